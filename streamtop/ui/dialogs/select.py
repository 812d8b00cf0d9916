"""Which pending entries are meant, said by what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from streamtop import figures
from streamtop.model.selection import Selection
from streamtop.model.text import from_name, printable, printable_bytes
from streamtop.settings import milliseconds

if TYPE_CHECKING:
    from textual.app import ComposeResult

RELEASED = "(released)"
"""How entries that nobody holds are asked for."""


class Select(ModalScreen[Selection | None]):
    """Four conditions, each of which may be left empty; Enter takes them, Escape leaves."""

    AUTO_FOCUS = "#idle"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", id="select.leave"),
        Binding("enter", "take", "Mark", show=False, priority=True, id="select.take"),
        Binding("down", "app.focus_next", "Next", show=False, id="select.next"),
        Binding("up", "app.focus_previous", "Previous", show=False, id="select.previous"),
    ]

    def __init__(
        self, stream: str, group: str, consumers: tuple[str, ...], consumer: str | None = None
    ) -> None:
        super().__init__()
        self.stream, self.group = stream, group
        self.names = {printable(name): name for name in consumers} | {RELEASED: ""}
        self.consumer = consumer
        """The one that is filled in."""

    def compose(self) -> ComposeResult:
        names = SuggestFromList(self.names)
        preset = "" if self.consumer is None else printable(self.consumer) or RELEASED
        with VerticalGroup(id="dialog"):
            yield Label(
                f"Mark which pending entries of {printable(self.stream)}, "
                f"group {printable(self.group)}?",
                id="question",
                markup=False,
            )
            yield from _field("idle", "idle longer than", Input(placeholder="any: 90s, 5m, 2h"))
            yield from _field("deliveries", "delivered at least", Input(placeholder="any: 5"))
            yield from _field(
                "consumer", "held by", Input(preset, placeholder="anyone", suggester=names)
            )
            yield from _field("contains", "payload contains", Input(placeholder="anything"))
            yield Label(id="wrong", markup=False)
            yield Label(
                "All that is given must hold; nothing given means all.\n"
                "Enter marks them   Tab next   Escape leaves",
                classes="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = "Mark"
        self.query_one("#wrong").display = False

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def action_take(self) -> None:
        """Be dismissed with the conditions, if they can be."""
        try:
            selection = self._selection()
        except ValueError as error:
            wrong = self.query_one("#wrong", Label)
            wrong.update(str(error))
            wrong.display = True
        else:
            self.dismiss(selection)

    def _selection(self) -> Selection:
        idle, deliveries = self._text("idle"), self._text("deliveries")
        consumer, contains = self._text("consumer"), self.query_one("#contains", Input).value
        try:
            idle_ms = milliseconds(idle) if idle else None
        except ValueError:
            self.query_one("#idle").focus()
            raise ValueError("Idle longer than: a duration such as 90s, 5m or 2h.") from None
        if deliveries and not (deliveries.isascii() and deliveries.isdecimal()):
            self.query_one("#deliveries").focus()
            raise ValueError("Delivered at least: a whole number such as 5.")
        return Selection(
            idle_over_ms=idle_ms,
            deliveries_least=int(deliveries) if deliveries else None,
            consumer=self.names.get(consumer, consumer) if consumer else None,
            contains=from_name(contains) if contains else None,
        )


def _field(name: str, label: str, field: Input) -> ComposeResult:
    field.id = name
    field.compact = True
    with HorizontalGroup(classes="field"):
        yield Label(label, markup=False)
        yield field


def in_words(selection: Selection) -> str:
    """The conditions as one sentence.

    >>> in_words(Selection(idle_over_ms=90_000, deliveries_least=3, consumer=""))
    'Looking for pending entries idle longer than 1 m 30s, delivered 3 times or more, released'
    >>> in_words(Selection(consumer="w1", contains=b"42"))
    'Looking for pending entries held by w1, with 42 in their payload'
    """
    told = []
    if selection.idle_over_ms is not None:
        told.append(f"idle longer than {figures.duration(selection.idle_over_ms)}")
    if selection.deliveries_least is not None:
        told.append(f"delivered {selection.deliveries_least:,} times or more")
    if selection.consumer is not None:
        told.append(
            f"held by {printable(selection.consumer)}" if selection.consumer else "released"
        )
    if selection.contains is not None:
        told.append(f"with {printable_bytes(selection.contains)} in their payload")
    return " ".join(["Looking for pending entries", ", ".join(told)]).rstrip()
