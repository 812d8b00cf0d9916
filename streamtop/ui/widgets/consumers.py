"""The pane of a group's consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from streamtop import figures
from streamtop.ui.rows import ConsumerRow
from streamtop.ui.text import Cell, Tone
from streamtop.ui.widgets.columns import Column
from streamtop.ui.widgets.livetable import LiveTable
from streamtop.ui.widgets.streams import number

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

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


class ConsumerTable(LiveTable[ConsumerRow]):
    """One row a consumer of the selected group, those that hold most first."""

    NAME = "3 Consumers"
    HELP = (
        "The consumers of the selected group. **Idle** is the time since a consumer last asked "
        "for entries, **inactive** since it last got one (Redis 7.2 and later; before, idle "
        "is the time since it last got one)."
    )
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
