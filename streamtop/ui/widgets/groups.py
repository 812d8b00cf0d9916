"""The pane of a stream's groups."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, ClassVar

from streamtop import figures
from streamtop.ui.actions import ActionRequested, bindings_of
from streamtop.ui.rows import SPARKS, GroupRow
from streamtop.ui.text import Cell
from streamtop.ui.widgets.columns import Column, text_column
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.streams import (
    age_cell,
    lag_cell,
    lag_order,
    sign_of,
    trouble_order,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from streamtop.model.delivery_bounds import Rate
    from streamtop.model.snapshot import Stream
    from streamtop.ui.actions import Action

BARS = "▁▂▃▄▅▆▇█"


def spark(values: tuple[int | None, ...]) -> str:
    """One bar for each value, from 0 to the largest; a gap for an unknown one.

    >>> spark((0, 4, None, 8))
    '▁▄ █'
    """
    top = max((value for value in values if value is not None), default=0) or 1
    return "".join(
        " " if value is None else BARS[min(7, value * 7 // top + (value > 0 and value < top / 7))]
        for value in values
    )


def _oldest(row: GroupRow) -> Cell:
    oldest = row.group.oldest_pending
    if oldest is None:
        return Cell(figures.ABSENT, "dim")
    return Cell(
        figures.since_delivery(oldest.idle_ms),
        "error" if row.verdict.kind == "stuck" else "plain",
    )


def _pending(row: GroupRow) -> Cell:
    return Cell(figures.pending(row.group), "plain" if row.group.pending else "dim")


def _drain(row: GroupRow) -> Cell:
    seconds = row.rates.drain
    if seconds is None or seconds == 0:
        return Cell(figures.ABSENT, "dim")
    return Cell("never", "warning") if isinf(seconds) else Cell(figures.duration(seconds * 1000))


def _lost(row: GroupRow) -> Cell:
    lost = row.lost
    return Cell(figures.count_bounds(lost), "error" if lost is not None and lost.low else "dim")


def _rate_column(
    title: str, rate: Callable[[GroupRow], Rate | None], *, keep: int
) -> Column[GroupRow]:
    def cell(row: GroupRow) -> Cell:
        value = rate(row)
        return Cell(figures.rate_bounds(value), "plain" if value and value.high != 0 else "dim")

    def order(row: GroupRow) -> float | None:
        value = rate(row)
        return None if value is None else value.low

    return Column(title, 6, cell, order=order, keep=keep, grow=1, most=10)


COLUMNS: tuple[Column[GroupRow], ...] = (
    text_column("GROUP", 10, lambda row: row.group.name, keep=100, grow=3, most=40),
    Column(
        "LAG",
        7,
        lambda row: lag_cell(row.group.lag),
        order=lambda row: lag_order(row.group.lag),
        keep=95,
    ),
    Column(
        "LAG AGE",
        7,
        lambda row: age_cell(row.lag_age_ms, row.group.lag),
        order=lambda row: row.lag_age_ms,
        keep=85,
    ),
    Column("PENDING", 7, _pending, order=lambda row: row.group.pending, keep=90),
    Column(
        "OLDEST",
        8,
        _oldest,
        order=lambda row: row.group.oldest_pending and row.group.oldest_pending.idle_ms,
        keep=80,
    ),
    _rate_column("OUT/S", lambda row: row.rates.delivered, keep=60),
    _rate_column("ACK/S", lambda row: row.rates.acknowledged, keep=50),
    Column("DRAIN", 7, _drain, order=lambda row: row.rates.drain, keep=40),
    Column("LOST", 6, _lost, order=lambda row: row.lost and row.lost.low, keep=20, grow=1, most=11),
    Column(
        "LAG, 5 MIN",
        SPARKS,
        lambda row: Cell(spark(row.lags).rjust(SPARKS), "accent"),
        right=False,
        keep=25,
    ),
)


class GroupTable(LiveTable[GroupRow]):
    """One row for each group of the selected stream, trouble first."""

    NAME = "2 Groups"
    HELP = "The groups of the selected stream. **Enter** goes to the consumers."
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("groups")

    stream: Stream | None = None
    """The stream whose groups are listed, also if it has none."""

    def __init__(self) -> None:
        super().__init__(
            COLUMNS,
            key=lambda row: (row.stream, row.group.name),
            words=lambda row: row.group.name,
            sign=lambda row: sign_of(row.verdict),
            order=lambda row: (trouble_order(row.verdict), row.group.name),
            id="groups",
        )

    def why_not(self, action: Action) -> str | None:
        if action == "create-group":
            return "No stream is selected." if self.stream is None else None
        return "No group is selected." if self.selected is None else None

    def request(self, action: Action) -> ActionRequested | None:
        """The request for a new group, or for the action on the selected one."""
        if action == "create-group" and self.stream is not None:
            return ActionRequested(action, self.stream.name)
        row = self.selected
        return None if row is None else ActionRequested(action, row.stream, group=row.group.name)
