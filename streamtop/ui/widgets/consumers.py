"""The pane of a group's consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from streamtop import figures
from streamtop.model.text import printable
from streamtop.ui.messages import ActionRequested
from streamtop.ui.rows import ConsumerRow
from streamtop.ui.text import Cell, Tone
from streamtop.ui.widgets.action_keys import ActionTable, action_binding
from streamtop.ui.widgets.columns import Column
from streamtop.ui.widgets.streams import number

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual.binding import BindingType

    from streamtop.model.snapshot import Group, Stream
    from streamtop.ui.messages import Action

_STATES: dict[str, tuple[Cell, Tone]] = {
    "gone": (Cell("✖", "error"), "error"),
    "idle": (Cell("○", "dim"), "dim"),
    "active": (Cell("●", "good"), "good"),
    "": (Cell("·", "dim"), "dim"),
}


def _idle(row: ConsumerRow) -> Cell:
    return Cell(figures.duration(row.consumer.idle_ms), "error" if row.gone else "plain")


def _inactive(row: ConsumerRow) -> Cell:
    if row.consumer.never_active:
        return Cell("never", "dim")
    ms = row.consumer.inactive_ms
    return Cell(
        figures.UNKNOWN if ms is None else figures.duration(ms), "dim" if ms is None else "plain"
    )


class ConsumerTable(ActionTable[ConsumerRow]):
    """One row a consumer of the selected group, those that hold most first."""

    NAME = "3 Consumers"
    HELP = (
        "The consumers of the selected group. **Idle** is the time since a consumer last asked "
        "for entries, **inactive** since it last got one (Redis 7.2 and later; before, idle "
        "is the time since it last got one)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        action_binding(
            "H", "handover", "Hand over", "consumers.hand-over", "Give all it holds away"
        ),
        action_binding(
            "T", "take-over", "Take over", "consumers.take-over", "Claim what is idle for long"
        ),
        action_binding(
            "N",
            "create-consumer",
            "New",
            "consumers.new",
            "Create a consumer in advance",
            show=False,
        ),
        action_binding(
            "X", "remove-consumer", "Remove", "consumers.remove", "Remove it from the group"
        ),
    ]
    COLUMNS: ClassVar[Sequence[Column[ConsumerRow]]] = (
        Column(
            "CONSUMER",
            12,
            lambda row: Cell(row.consumer.name),
            order=lambda row: row.consumer.name,
            right=False,
            keep=100,
            grow=1,
            most=48,
            descending=False,
        ),
        Column(
            "PENDING",
            7,
            lambda row: number(figures.count(row.consumer.pending), row.consumer.pending),
            order=lambda row: row.consumer.pending,
            keep=90,
        ),
        Column("IDLE", 7, _idle, order=lambda row: row.consumer.idle_ms, keep=80),
        Column("INACTIVE", 8, _inactive, order=lambda row: row.consumer.inactive_ms, keep=60),
        Column(
            "STATE",
            6,
            lambda row: Cell(row.state or figures.UNKNOWN, _STATES[row.state][1]),
            order=lambda row: row.state,
            right=False,
            keep=50,
            descending=False,
        ),
    )

    stream: Stream | None = None
    group: Group | None = None

    def within(self, stream: Stream | None, group: Group | None) -> None:
        """The consumers are those of this group, also where it has none."""
        self.stream, self.group = stream, group

    def key(self, row: ConsumerRow) -> Hashable:
        """A consumer is its name."""
        return row.consumer.name

    def words(self, row: ConsumerRow) -> str:
        """The name."""
        return row.consumer.name

    def sign(self, row: ConsumerRow) -> Cell:
        """Its state."""
        return _STATES[row.state][0]

    def own_order(self, rows: Sequence[ConsumerRow]) -> Sequence[ConsumerRow]:
        """Gone consumers that hold entries first, then by name: a calm order."""
        return sorted(
            rows, key=lambda row: (not (row.gone and row.consumer.pending), row.consumer.name)
        )

    # Wishes

    def nothing_to_do(self, kind: Action) -> str | None:
        """Why there is nothing here to do that to; `None` when there is."""
        if self.group is None:
            return "No group is selected."
        if kind == "create-consumer":
            return None
        if kind == "take-over":
            return None if self.group.pending else "Nothing is pending."
        if self.selected is None:
            return "No consumer is selected."
        if kind == "handover" and not self.selected.consumer.pending:
            return f"{printable(self.selected.consumer.name)} holds no pending entries."
        return None

    def want(self, kind: Action) -> None:
        """Wish for something to be done with the selected consumer, or the group's pending ones."""
        if self.stream is not None and self.group is not None:
            consumer = None if self.selected is None else self.selected.consumer.name
            self.post_message(
                ActionRequested(kind, self.stream.name, group=self.group.name, consumer=consumer)
            )
