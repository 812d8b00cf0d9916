"""A form and its fields: each field is a widget, and the key to its own answer."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar, cast

from rich.cells import cell_len, set_cell_size
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, OptionList, TextArea
from textual.widgets import Checkbox as TextualCheckbox
from textual.widgets.option_list import Option as ListOption

from streamtop.model.order import matches
from streamtop.model.text import printable
from streamtop.settings import milliseconds
from streamtop.ui.text import as_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
SHOWN = 200
"""Names that are listed, at most: typing narrows them."""
FRAME = 9
"""Lines of a form beside its fields: border, heading, hint and button."""


class Field(VerticalGroup, Generic[T_co]):
    """A field of a form: its label, the control, and below it why the answer is refused."""

    lines = 1
    """The lines that it needs, apart from a list that may grow."""

    def __init__(self, label: str, *, greyed: str | None = None) -> None:
        """Make the field.

        Args:
            label: What it asks for.
            greyed: Why it cannot be answered here.
        """
        super().__init__()
        self.label = label
        self.greyed = greyed
        self.problem = Label("", classes="problem", markup=False)

    @abstractmethod
    def answer(self) -> T_co:
        """The answer.

        Raises:
            ValueError: If it is refused; its text is one sentence.
        """

    def step(self, by: int) -> bool:
        """Move within the field; returns whether there was anywhere to move to."""
        return False

    def refuse(self, problem: str) -> None:
        """Show why the answer is refused; nothing if the text is empty."""
        self.problem.update(Content(as_sentence(problem) if problem else ""))
        self.problem.display = bool(problem)

    @property
    def entrance(self) -> Widget | None:
        """The widget that takes the focus; `None` if the field cannot be answered here."""
        return next((widget for widget in self.query("*") if widget.focusable), None)


class Answers:
    """The answers of a form, by field."""

    def __init__(self, answers: Mapping[Field[object], object]) -> None:
        self._answers = answers

    def __getitem__(self, field: Field[T]) -> T:
        """The answer to a field."""
        return cast("T", self._answers[field])


# Yes or no


class TickBox(TextualCheckbox):
    """`[x]` or `[ ]`: readable without colours."""

    @property
    def _button(self) -> Content:
        return Content.styled("[x]" if self.value else "[ ]", "bold")


class Checkbox(Field[bool]):
    """Yes or no; no if it is greyed."""

    def __init__(self, label: str, *, preset: bool = False, greyed: str | None = None) -> None:
        super().__init__(label, greyed=greyed)
        self.preset = preset and greyed is None
        self.lines = 1 if greyed is None else 2

    def compose(self) -> ComposeResult:
        disabled = self.greyed is not None
        yield TickBox(Content(self.label), value=self.preset, disabled=disabled, compact=True)
        if self.greyed is not None:
            yield Label(as_sentence(self.greyed), classes="greyed", markup=False)
        yield self.problem

    def answer(self) -> bool:
        """Whether it is ticked."""
        return self.query_one(TickBox).value


# Text


class TextField(Field[T_co]):
    """A line of text."""

    def __init__(
        self,
        label: str,
        read: Callable[[str], T_co],
        *,
        preset: str = "",
        hint: str = "",
        suggestions: Collection[str] = (),
    ) -> None:
        """Make the field.

        Args:
            label: What it asks for.
            read: Makes the answer from the text, or raises a ValueError with one sentence.
            preset: The initial text.
            hint: The text shown while the line is empty.
            suggestions: Texts that complete what is typed.
        """
        super().__init__(label)
        self.read = read
        self.preset = preset
        self.hint = hint
        self.suggestions = suggestions

    def compose(self) -> ComposeResult:
        suggester = SuggestFromList(self.suggestions) if self.suggestions else None
        with HorizontalGroup():
            yield Label(self.label, classes="label", markup=False)
            yield Input(self.preset, placeholder=self.hint, compact=True, suggester=suggester)
        yield self.problem

    def answer(self) -> T_co:
        """The text as it was read."""
        return self.read(self.query_one(Input).value)


class MultilineField(TextField[T_co]):
    """Several lines of text."""

    lines = 6

    def compose(self) -> ComposeResult:
        yield Label(self.label, classes="label-above", markup=False)
        yield TextArea(self.preset, placeholder=Content(self.hint), compact=True)
        yield self.problem

    def answer(self) -> T_co:
        """The text as it was read."""
        return self.read(self.query_one(TextArea).text)


def text(label: str, *, preset: str = "", hint: str = "") -> TextField[str]:
    """A field for any text, stripped."""
    return TextField(label, str.strip, preset=preset, hint=hint)


def duration(label: str, *, preset: str = "", hint: str = "") -> TextField[int | None]:
    """A field for milliseconds; empty for `None`."""
    return TextField(label, _milliseconds, preset=preset, hint=hint)


def as_typed(ms: int) -> str:
    """A duration as it is typed; empty for 0.

    >>> as_typed(7_200_000), as_typed(90_000), as_typed(250), as_typed(0)
    ('2h', '90s', '250ms', '')
    """
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms" if ms else ""


def number(label: str, *, preset: str = "", hint: str = "") -> TextField[float | None]:
    """A field for a number above 0; empty for `None`."""
    return TextField(label, _number, preset=preset, hint=hint)


def new_name(label: str, taken: Collection[str]) -> TextField[str]:
    """A field for a name that does not exist yet."""

    def read(typed: str) -> str:
        if not typed.strip():
            raise ValueError("Type a name.")
        if typed.strip() in taken:
            raise ValueError("There is one of that name already.")
        return typed.strip()

    return TextField(label, read)


def _milliseconds(typed: str) -> int | None:
    if not typed.strip():
        return None
    try:
        return milliseconds(typed)
    except ValueError:
        raise ValueError("Give a duration such as 500ms, 90s, 5m, 2h or 1d.") from None


def _number(typed: str) -> float | None:
    if not typed.strip():
        return None
    try:
        value = float(typed)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise ValueError("Give a number above 0.")
    return value


# Lists


class MarkedList(OptionList):
    """Lines to choose from; a mark shows the highlighted one, so that it needs no colour."""

    def __init__(self, mark: str, unmarked: str) -> None:
        super().__init__(markup=False, compact=True)
        self.marks = unmarked, mark
        self.texts: list[Content] = []

    def add_line(self, line: Content, line_id: str, *, disabled: bool = False) -> None:
        """Add a line at the end."""
        self.texts.append(line)
        self.add_option(ListOption(self._marked(len(self.texts) - 1), line_id, disabled))

    def clear_lines(self) -> None:
        """Remove all lines."""
        self.texts.clear()
        self.clear_options()

    def _marked(self, at: int) -> Content:
        return Content.assemble(self.marks[at == self.highlighted], self.texts[at])

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        for at in range(self.option_count):
            self.replace_option_prompt_at_index(at, self._marked(at))

    def step(self, by: int) -> bool:
        """Highlight the next enabled line; returns whether there is one."""
        at = (-1 if self.highlighted is None else self.highlighted) + by
        while 0 <= at < self.option_count and self.get_option_at_index(at).disabled:
            at += by
        if not 0 <= at < self.option_count:
            return False
        self.highlighted = at
        return True


class Option(NamedTuple):
    """One of a few ways to do something."""

    value: str
    label: str
    about: str = ""
    greyed: str | None = None
    """Why it cannot be chosen here."""


class Choice(Field[str]):
    """One of a few options, one below the other."""

    def __init__(self, label: str, ways: Sequence[Option], *, preset: str | None = None) -> None:
        super().__init__(label)
        self.ways = ways
        self.preset = preset
        self.lines = 1 + len(ways)

    def compose(self) -> ComposeResult:
        yield Label(self.label, classes="label-above", markup=False)
        yield MarkedList("(•) ", "( ) ")
        yield self.problem

    def on_mount(self) -> None:
        options = self.query_one(MarkedList)
        widest = max(cell_len(way.label) for way in self.ways)
        for way in self.ways:
            label = set_cell_size(way.label, widest)
            line = Content.assemble(label, "  ", (way.greyed or way.about, "$foreground 60%"))
            options.add_line(line, way.value, disabled=way.greyed is not None)
        enabled = [at for at, way in enumerate(self.ways) if way.greyed is None]
        preset = (at for at in enabled if self.ways[at].value == self.preset)
        options.highlighted = next(preset, enabled[0] if enabled else None)
        options.styles.height = len(self.ways)

    def answer(self) -> str:
        """The value of the highlighted option."""
        at = self.query_one(MarkedList).highlighted
        if at is None:
            raise ValueError("None of these can be done here.")
        return self.ways[at].value

    def step(self, by: int) -> bool:
        """Move to the next option that is not greyed."""
        return self.query_one(MarkedList).step(by)


class NameOption(NamedTuple):
    """A name that can be chosen, and what is known of it."""

    name: str
    about: str = ""


class ChosenName(NamedTuple):
    """A name that was chosen."""

    name: str
    is_new: bool = False


class NameField(Field[ChosenName]):
    """A name from a list that typing narrows, or a new one."""

    def __init__(
        self,
        label: str,
        names: Sequence[NameOption],
        *,
        new: str | None = None,
        preset: str | None = None,
        any_one: str | None = None,
        choose: bool = True,
        unfit: Callable[[str], str | None] | None = None,
    ) -> None:
        """Make the field.

        Args:
            label: What the name is for.
            names: The names to choose from.
            new: What a name outside the list would be: a new consumer. `None` if it must be
                in the list.
            preset: The name that is highlighted first; `None` for the first one.
            any_one: The meaning of the empty name at the head of the list: everyone.
            choose: Whether a name is highlighted before anything is typed.
            unfit: Returns one sentence on why a name is refused, or `None`.
        """
        super().__init__(label)
        self.names = names if any_one is None else [NameOption(""), *names]
        self.new = new
        self.preset = preset
        self.any_one = any_one
        self.choose = choose
        self.unfit = unfit

    def compose(self) -> ComposeResult:
        hint = "type to narrow" if self.new is None else f"type to narrow, or name {self.new}"
        with HorizontalGroup():
            yield Label(self.label, classes="label", markup=False)
            yield Input(placeholder=hint, compact=True)
        names = MarkedList("› ", "  ")
        names.can_focus = False
        yield names
        yield self.problem

    def on_mount(self) -> None:
        self._narrow("")

    def fit(self, lines: int) -> None:
        """Give the list so many lines, at most."""
        count = max(1, len(self.names) + (self.new is not None))
        self.query_one(MarkedList).styles.height = max(2, min(lines, count))

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """List the names that match, and the typed one if it is new."""
        event.stop()
        self._narrow(event.value)

    def _narrow(self, needle: str) -> None:
        options = self.query_one(MarkedList)
        options.clear_lines()
        matching = [each for each in self.names if matches(self._shown(each.name), needle)][:SHOWN]
        for each in matching:
            line = Content.assemble(self._shown(each.name), "  ", (each.about, "$foreground 60%"))
            options.add_line(line, f"={each.name}")
        if needle and self.new is not None and needle not in {name for name, _ in self.names}:
            new = (self.new, "$text-warning")
            options.add_line(Content.assemble(self._shown(needle), "  ", new), f"+{needle}")
        at = self._first_choice([each.name for each in matching], needle)
        last = options.option_count - 1
        chosen = last >= 0 and (self.choose or bool(needle))
        options.highlighted = min(at, last) if chosen else None

    def _shown(self, name: str) -> str:
        return self.any_one if self.any_one is not None and not name else printable(name)

    def _first_choice(self, names: list[str], needle: str) -> int:
        """The index to highlight: the name itself, one with that prefix, or the new name."""
        wanted = needle or self.preset
        if wanted in names:
            return names.index(wanted)
        starts = (i for i, name in enumerate(names) if name.startswith(needle))
        return next(starts, len(names))

    def step(self, by: int) -> bool:
        """Move through the names."""
        return self.query_one(MarkedList).step(by)

    def answer(self) -> ChosenName:
        """The name that is highlighted."""
        options = self.query_one(MarkedList)
        if options.highlighted is None:
            typed = self.query_one(Input).value
            if typed:
                raise ValueError("There is no such name.")
            raise ValueError("Type or choose a name." if self.names else "Type a name.")
        option_id = options.get_option_at_index(options.highlighted).id or ""
        choice = ChosenName(option_id[1:], option_id.startswith("+"))
        problem = self.unfit(choice.name) if self.unfit is not None else None
        if problem is not None:
            raise ValueError(problem)
        return choice


# The form


class Form(ModalScreen[Answers | None]):
    """Asks for its fields; dismissed with valid answers to all of them, or with `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="form.leave"),
        Binding("enter", "go_on", "Continue", show=False, priority=True, id="form.go-on"),
        Binding(
            "ctrl+s", "go_on(True)", "Continue", show=False, priority=True, id="form.go-on-now"
        ),
        Binding("ctrl+r", "instead", "Instead", show=False, priority=True, id="form.instead"),
        Binding("down", "step(1)", "Next", show=False, priority=True, id="form.next"),
        Binding("up", "step(-1)", "Previous", show=False, priority=True, id="form.previous"),
    ]

    def __init__(
        self,
        heading: str,
        fields: Sequence[Field[object]],
        *,
        notes: Sequence[str] = (),
        problem: str = "",
        instead: str = "",
    ) -> None:
        """Make the form.

        Args:
            heading: The question.
            fields: The fields, from the top.
            notes: Sentences to read before the answers.
            problem: Why the previous answers were refused.
            instead: What to do in place of it all, as the label of a button; empty for nothing.
        """
        super().__init__()
        self.instead = instead
        self.instead_chosen = False
        """Whether that was chosen; the form is then dismissed with `None`."""
        self.heading = heading
        self.fields = fields
        self.notes = notes
        self.problem = problem

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(self.heading, id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                for sentence in self.notes:
                    yield Label(sentence, classes="note", markup=False)
                yield from self.fields
                problem = Label(self.problem, id="problem", classes="problem", markup=False)
                problem.display = bool(self.problem)
                yield problem
            with HorizontalGroup(id="form-foot"):
                yield Label(self._hint, classes="hint", markup=False)
                if self.instead:
                    yield Button(f"{self.instead} (ctrl+r)", id="instead", compact=True)
                yield Button("Continue" if self.fields else "Close", id="go-on", compact=True)

    @property
    def _hint(self) -> str:
        if not self.fields:
            return "Escape closes"
        several = "Tab next   " if len(self.fields) > 1 else ""
        lines = any(isinstance(field, MultilineField) for field in self.fields)
        return f"{several}{'Ctrl+S' if lines else 'Enter'} continues   Escape cancels"

    def on_mount(self) -> None:
        for field in self.fields:
            field.refuse("")
        self._fit()
        if entrances := self._entrances:
            self.set_focus(entrances[0])

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Share the remaining lines among the lists of names."""
        lists = [field for field in self.fields if isinstance(field, NameField)]
        taken = FRAME + 2 * len(self.notes) + sum(field.lines for field in self.fields)
        height = self.app.size.height
        for field in lists:
            field.fit(min((height - taken) // len(lists), height // (2 + len(lists))))

    # Keys

    @property
    def _entrances(self) -> list[Widget]:
        return [widget for field in self.fields if (widget := field.entrance) is not None]

    @property
    def _current(self) -> Field[object] | None:
        """The field that has the focus."""
        above = self.focused.ancestors if self.focused is not None else ()
        return next((field for field in self.fields if field in above), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In several lines of text, Enter and the arrows edit."""
        if isinstance(self.focused, TextArea) and (
            action == "step" or (action == "go_on" and not parameters)
        ):
            return False
        return super().check_action(action, parameters)

    def action_step(self, by: int) -> None:
        """Move within the field, and beyond its end to the next one."""
        current = self._current
        if current is not None and current.step(by):
            return
        entrances = self._entrances
        at = entrances.index(current.entrance) if current and current.entrance else -1
        if 0 <= at + by < len(entrances):
            self.set_focus(entrances[at + by])

    def action_go_on(self, now: bool = False) -> None:
        """Dismiss the form with its answers, unless one is refused."""
        answers: dict[Field[object], object] = {}
        at_fault: Widget | None = None
        self.query_one("#problem").display = False
        for field in self.fields:
            try:
                answers[field] = field.answer()
            except ValueError as error:
                field.refuse(str(error))
                at_fault = at_fault or field.entrance
            else:
                field.refuse("")
        if len(answers) == len(self.fields):
            self.dismiss(Answers(answers))
        elif at_fault is not None:
            self.set_focus(at_fault)

    def action_instead(self) -> None:
        """Do something else in place of it all."""
        if self.instead:
            self.instead_chosen = True
            self.dismiss(None)

    @on(Button.Pressed, "#instead")
    def press_instead(self, event: Button.Pressed) -> None:
        """A click on that button."""
        event.prevent_default()
        event.stop()
        self.action_instead()

    @on(Button.Pressed, "#go-on")
    def pressed(self) -> None:
        """A click on the button is Enter."""
        self.action_go_on(now=True)

    @on(OptionList.OptionSelected)
    def picked(self, event: OptionList.OptionSelected) -> None:
        """A click on a name chooses it, and goes on if nothing else is asked."""
        event.stop()
        if len(self.fields) == 1 and isinstance(self.fields[0], NameField):
            self.action_go_on(now=True)
