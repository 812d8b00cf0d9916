"""The pane of a group's consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from streamtop import figures
from streamtop.model.text import printable
from streamtop.ui.actions import ActionRequested, bindings_of
from streamtop.ui.rows import ConsumerRow
from streamtop.ui.text import Cell, Tone
from streamtop.ui.widgets.columns import Column, figure_column, text_column
from streamtop.ui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from textual.binding import BindingType

    from streamtop.model.snapshot import Group, Stream
    from streamtop.ui.actions import Action

_SIGNS = {"gone": "✖", "idle": "○", "active": "●", "": "·"}


def _tone(row: ConsumerRow) -> Tone:
    """The tone of its state: a consumer that is gone is no trouble unless it holds entries."""
    if row.gone and row.holds:
        return "error"
    return "good" if row.state == "active" else "dim"


def _sign(row: ConsumerRow) -> Cell:
    return Cell(_SIGNS[row.state], _tone(row))


def _idle(row: ConsumerRow) -> Cell:
    return Cell(figures.duration(row.consumer.idle_ms), _tone(row) if row.gone else "plain")


def _inactive(row: ConsumerRow) -> Cell:
    if row.consumer.never_active:
        return Cell("never", "dim")
    ms = row.consumer.inactive_ms
    return Cell(
        figures.UNKNOWN if ms is None else figures.duration(ms), "dim" if ms is None else "plain"
    )


COLUMNS: tuple[Column[ConsumerRow], ...] = (
    text_column("CONSUMER", 12, lambda row: row.consumer.name, keep=100, grow=1, most=48),
    figure_column("PENDING", 7, lambda row: row.consumer.pending, figures.count, keep=90),
    Column("IDLE", 7, _idle, order=lambda row: row.consumer.idle_ms, keep=80),
    Column("INACTIVE", 8, _inactive, order=lambda row: row.consumer.inactive_ms, keep=60),
    Column(
        "STATE",
        6,
        lambda row: Cell(row.state or figures.UNKNOWN, _tone(row)),
        order=lambda row: row.state,
        right=False,
        keep=50,
        descending=False,
    ),
)


class ConsumerTable(LiveTable[ConsumerRow]):
    """One row for each consumer of the selected group; gone ones that hold entries first."""

    NAME = "3 Consumers"
    HELP = (
        "The consumers of the selected group. **Idle** is the time since a consumer last asked "
        "for entries, **inactive** since it last got one (Redis 7.2 and later; before, idle "
        "is the time since it last got one)."
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("consumers")

    stream: Stream | None = None
    group: Group | None = None
    """The group whose consumers are listed, also if it has none."""

    def __init__(self) -> None:
        super().__init__(
            COLUMNS,
            key=lambda row: row.consumer.name,
            sign=_sign,
            order=lambda row: (not (row.gone and row.holds), row.consumer.name),
            id="consumers",
        )

    def why_not(self, action: Action) -> str | None:
        if self.group is None:
            return "No group is selected."
        if action == "create-consumer":
            return None
        if action == "prune-consumers":
            every_one_holds = all(row.holds for row in self.data)
            return "There is no consumer that holds nothing." if every_one_holds else None
        if action == "take-over":
            return None if self.group.pending else "Nothing is pending."
        if self.selected is None:
            return "No consumer is selected."
        if action == "handover" and not self.selected.consumer.pending:
            return f"{printable(self.selected.consumer.name)} holds no pending entries."
        return None

    def request(self, action: Action) -> ActionRequested | None:
        """The request for the action on the selected consumer, or on the group."""
        if self.stream is None or self.group is None:
            return None
        one = self.selected if action != "prune-consumers" else None
        consumer = None if one is None else one.consumer.name
        return ActionRequested(action, self.stream.name, group=self.group.name, consumer=consumer)
