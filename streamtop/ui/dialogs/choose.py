"""A name, chosen from those there are or newly given."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalGroup
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from streamtop.model.order import matches
from streamtop.model.text import printable
from streamtop.ui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

SHOWN = 200
"""Names that are listed, at most: typing narrows them."""


class Choice(NamedTuple):
    """What was chosen."""

    name: str
    is_new: bool
    ticked: bool
    """Whether the box was ticked, if there was one."""


class Named(NamedTuple):
    """A name that can be chosen, and what is known of it."""

    name: str
    about: str


class Choose(ModalScreen[Choice | None]):
    """A line to type a name into, above the names there are; Enter chooses, Escape leaves."""

    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", id="choose.leave"),
        Binding("down", "move(1)", "Next", show=False, priority=True, id="choose.next"),
        Binding("up", "move(-1)", "Previous", show=False, priority=True, id="choose.previous"),
        Binding("enter", "take", "Choose", show=False, priority=True, id="choose.choose"),
    ]

    def __init__(
        self,
        title: str,
        names: Sequence[Named],
        *,
        new: str,
        preset: str = "",
        tick: str | None = None,
    ) -> None:
        super().__init__()
        self.heading = title
        self.names = names
        self.new = new
        """What a new name would be: a new consumer."""
        self.preset = preset
        self.tick = tick
        """The text of a box to tick, if there is one."""

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(self.heading, id="question", markup=False)
            yield Input(placeholder=f"type to narrow, or name {self.new}", id="name")
            names = OptionList(id="names", markup=False)
            names.can_focus = False
            yield names
            if self.tick is not None:
                yield Tick(Content(self.tick), id="tick")
            yield Label(self._hint, classes="hint", markup=False)

    @property
    def _hint(self) -> str:
        tick = "" if self.tick is None else "Tab, then space, ticks the box   "
        return f"{tick}Enter chooses   Escape leaves"

    def on_mount(self) -> None:
        self._narrow("")

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """List the names that match, and the typed one if it is new."""
        self._narrow(event.value)

    def _narrow(self, needle: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        found = [each for each in self.names if matches(each.name, needle)][:SHOWN]
        exact = needle in {each.name for each in self.names}
        for each in found:
            told = Content.assemble(printable(each.name), "  ", (each.about, "$foreground 60%"))
            options.add_option(Option(told, id=f"={each.name}"))
        if needle and not exact:
            told = Content.assemble(printable(needle), "  ", (self.new, "$text-warning"))
            options.add_option(Option(told, id=f"+{needle}"))
        at = self._first_choice([each.name for each in found], needle)
        options.highlighted = at if options.option_count else None
        options.styles.height = max(1, min(options.option_count, self.app.size.height // 3))

    def _first_choice(self, names: list[str], needle: str) -> int:
        """The one to highlight: the name itself, one that begins so, or the new name at the end."""
        wanted = needle or self.preset
        if wanted in names:
            return names.index(wanted)
        starts = (i for i, name in enumerate(names) if name.startswith(needle))
        return next(starts, len(names))

    def action_move(self, by: int) -> None:
        """Move through the names while typing."""
        options = self.query_one(OptionList)
        if options.option_count:
            now = -1 if options.highlighted is None else options.highlighted
            options.highlighted = max(0, min(options.option_count - 1, now + by))

    def action_take(self) -> None:
        """Choose the highlighted name."""
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self._choose(options.get_option_at_index(options.highlighted))

    @on(OptionList.OptionSelected)
    def take_clicked(self, event: OptionList.OptionSelected) -> None:
        """Choose the name that was clicked."""
        self._choose(event.option)

    def _choose(self, option: Option) -> None:
        option_id = option.id or ""
        ticked = self.tick is not None and self.query_one(Tick).value
        self.dismiss(Choice(option_id[1:], option_id.startswith("+"), ticked))
