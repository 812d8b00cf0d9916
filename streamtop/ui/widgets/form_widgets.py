"""The widgets of a form: each asks for one field, and tells what is wrong with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import HorizontalGroup, VerticalGroup
from textual.content import Content
from textual.widgets import Input, Label, TextArea

from streamtop.model.order import matches
from streamtop.ui.dialogs.form_fields import (
    Checkbox,
    Choice,
    ChosenName,
    Field,
    MultilineField,
    NameField,
    TextField,
)
from streamtop.ui.text import as_sentence
from streamtop.ui.widgets.checkbox import TickBox as TickBox
from streamtop.ui.widgets.marked_list import MarkedList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

SHOWN = 200
"""Names that are listed, at most: typing narrows them."""


class FieldWidget(VerticalGroup):
    """A field of a form: its label, what is typed or ticked, and below it what is wrong."""

    def __init__(self, field: Field[object]) -> None:
        super().__init__()
        self.field = field

    def compose(self) -> ComposeResult:
        yield from self.compose_answer()
        yield Label("", classes="problem", markup=False)

    def compose_answer(self) -> ComposeResult:
        """What is typed into, or ticked."""
        raise NotImplementedError

    @property
    def height_wanted(self) -> int:
        """Lines that it takes, apart from a list that may grow."""
        return 1

    def answer(self) -> object:
        """What was answered.

        Raises:
            ValueError: If that will not do; its text is one sentence.
        """
        raise NotImplementedError

    def step(self, by: int) -> bool:
        """Move within the field; whether there was anywhere to move to."""
        return False

    def tell(self, problem: str) -> None:
        """Show what is wrong; nothing if the text is empty."""
        told = self.query_one(".problem", Label)
        told.update(Content(as_sentence(problem) if problem else ""))
        told.display = bool(problem)

    @property
    def entrance(self) -> Widget | None:
        """What takes the focus; `None` for what cannot be answered here."""
        return next((widget for widget in self.query("*") if widget.focusable), None)


class CheckboxWidget(FieldWidget):
    """A box to tick."""

    field: Checkbox

    def compose_answer(self) -> ComposeResult:
        greyed = self.field.greyed
        yield TickBox(
            Content(self.field.label),
            value=self.field.preset,
            disabled=greyed is not None,
            compact=True,
        )
        if greyed is not None:
            yield Label(as_sentence(greyed), classes="greyed", markup=False)

    @property
    def height_wanted(self) -> int:
        """Lines that it takes."""
        return 1 if self.field.greyed is None else 2

    def answer(self) -> bool:
        """Whether it is ticked."""
        return self.query_one(TickBox).value


class TextFieldWidget(FieldWidget):
    """A line to type."""

    field: TextField[object]

    def compose_answer(self) -> ComposeResult:
        with HorizontalGroup():
            yield Label(self.field.label, classes="label", markup=False)
            yield Input(self.field.preset, placeholder=self.field.hint, compact=True)

    def answer(self) -> object:
        """What the text is read as."""
        return self.field.read(self.query_one(Input).value)


class MultilineFieldWidget(FieldWidget):
    """Some lines to type."""

    field: MultilineField[object]

    def compose_answer(self) -> ComposeResult:
        yield Label(self.field.label, classes="label-above", markup=False)
        yield TextArea(self.field.preset, placeholder=Content(self.field.hint), compact=True)

    @property
    def height_wanted(self) -> int:
        """Lines that it takes at least."""
        return 6

    def answer(self) -> object:
        """What the text is read as."""
        return self.field.read(self.query_one(TextArea).text)


class ChoiceWidget(FieldWidget):
    """One of a few ways."""

    field: Choice

    def compose_answer(self) -> ComposeResult:
        yield Label(self.field.label, classes="label-above", markup=False)
        yield MarkedList("(•) ", "( ) ")

    def on_mount(self) -> None:
        ways = self.query_one(MarkedList)
        widest = max(len(way.label) for way in self.field.ways)
        for way in self.field.ways:
            told = (way.greyed or way.about, "$foreground 60%")
            line = Content.assemble(way.label.ljust(widest), "  ", told)
            ways.add_line(line, way.value, disabled=way.greyed is not None)
        open_ways = [at for at, way in enumerate(self.field.ways) if way.greyed is None]
        preset = (at for at in open_ways if self.field.ways[at].value == self.field.preset)
        ways.highlighted = next(preset, open_ways[0] if open_ways else None)
        ways.styles.height = len(self.field.ways)

    @property
    def height_wanted(self) -> int:
        """Lines that it takes."""
        return 1 + len(self.field.ways)

    def answer(self) -> str:
        """The way that is marked."""
        at = self.query_one(MarkedList).highlighted
        if at is None:
            raise ValueError("None of these can be done here.")
        return self.field.ways[at].value

    def step(self, by: int) -> bool:
        """Move to the next way that is open."""
        ways = self.query_one(MarkedList)
        now = -1 if ways.highlighted is None else ways.highlighted
        at = now + by
        while 0 <= at < len(self.field.ways) and self.field.ways[at].greyed is not None:
            at += by
        if not 0 <= at < len(self.field.ways):
            return False
        ways.highlighted = at
        return True


class NameFieldWidget(FieldWidget):
    """A line to type a name into, above the names there are."""

    field: NameField

    def compose_answer(self) -> ComposeResult:
        new = self.field.new
        hint = "type to narrow" if new is None else f"type to narrow, or name {new}"
        with HorizontalGroup():
            yield Label(self.field.label, classes="label", markup=False)
            yield Input(placeholder=hint, compact=True)
        names = MarkedList("› ", "  ")
        names.can_focus = False
        yield names

    def on_mount(self) -> None:
        self._narrow("")

    @property
    def height_wanted(self) -> int:
        """Lines that it takes without the list."""
        return 1

    def fit(self, lines: int) -> None:
        """Let the list have so many lines, at most."""
        count = max(1, len(self.field.names) + (self.field.new is not None))
        self.query_one(MarkedList).styles.height = max(2, min(lines, count))

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """List the names that match, and the typed one if it is new."""
        event.stop()
        self._narrow(event.value)

    def _narrow(self, needle: str) -> None:
        options = self.query_one(MarkedList)
        options.clear_lines()
        names = self.field.names
        found = [each for each in names if matches(self.field.shown(each.name), needle)][:SHOWN]
        for each in found:
            shown = self.field.shown(each.name)
            told = Content.assemble(shown, "  ", (each.about, "$foreground 60%"))
            options.add_line(told, f"={each.name}")
        if needle and self.field.new is not None and needle not in {name for name, _ in names}:
            new = (self.field.new, "$text-warning")
            options.add_line(Content.assemble(self.field.shown(needle), "  ", new), f"+{needle}")
        at = self._first_choice([each.name for each in found], needle)
        last = options.option_count - 1
        options.highlighted = min(at, last) if last >= 0 else None

    def _first_choice(self, names: list[str], needle: str) -> int:
        """The one to highlight: the name itself, one that begins so, or the new name at the end."""
        wanted = needle or self.field.preset
        if wanted in names:
            return names.index(wanted)
        starts = (i for i, name in enumerate(names) if name.startswith(needle))
        return next(starts, len(names))

    def step(self, by: int) -> bool:
        """Move through the names."""
        options = self.query_one(MarkedList)
        now = -1 if options.highlighted is None else options.highlighted
        if not 0 <= now + by < options.option_count:
            return False
        options.highlighted = now + by
        return True

    def answer(self) -> ChosenName:
        """The name that is highlighted."""
        options = self.query_one(MarkedList)
        if options.highlighted is None:
            raise ValueError("There is no such name." if self.query_one(Input).value else _NONE)
        option_id = options.get_option_at_index(options.highlighted).id or ""
        choice = ChosenName(option_id[1:], option_id.startswith("+"))
        problem = self.field.unfit(choice.name) if self.field.unfit is not None else None
        if problem is not None:
            raise ValueError(problem)
        return choice


_NONE = "Type a name."


def widget_for(field: Field[object]) -> FieldWidget:
    """The widget that asks for a field."""
    match field:
        case NameField():
            return NameFieldWidget(field)
        case Checkbox():
            return CheckboxWidget(field)
        case Choice():
            return ChoiceWidget(field)
        case MultilineField():
            return MultilineFieldWidget(field)
        case TextField():
            return TextFieldWidget(field)
        case _:
            raise TypeError(f"no widget asks for {field!r}")
