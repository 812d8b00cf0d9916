"""The pane of all streams."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, ClassVar

from streamtop import figures
from streamtop.model.verdict import KINDS
from streamtop.ui.actions import ActionRequested, bindings_of
from streamtop.ui.rows import StreamRow
from streamtop.ui.text import Cell, Tone
from streamtop.ui.widgets.columns import Column, figure_column, text_column
from streamtop.ui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from textual.binding import BindingType

    from streamtop.model.lag import Lag
    from streamtop.model.verdict import Kind as Trouble
    from streamtop.model.verdict import Verdict
    from streamtop.ui.actions import Action

SIGNS: dict[Trouble, Cell] = {kind: Cell(*sign) for kind, sign in figures.SIGNS.items()}


def sign_of(verdict: Verdict) -> Cell:
    """The sign of a verdict: a shape with a colour."""
    return SIGNS[verdict.kind]


def trouble_order(verdict: Verdict) -> int:
    """The sort key of a verdict, worst first; one that is still warming up counts as well."""
    return KINDS.index("ok") if verdict.kind == "warming_up" else verdict.rank


def lag_cell(lag: Lag | None) -> Cell:
    """A lag, marked by its trust."""
    if lag is None:
        return Cell(figures.ABSENT, "dim")
    tone: Tone = "dim" if lag.count == 0 else "accent" if lag.count is None else "plain"
    return Cell(figures.lag(lag), tone)


def lag_order(lag: Lag | None) -> float | None:
    """The sort key of a lag; an unknown one counts as the largest."""
    if lag is None:
        return None
    return inf if lag.count is None else lag.count


def _trouble(row: StreamRow) -> Cell:
    if row.stream.error is not None:
        return Cell(row.stream.error, "error")
    if not row.verdict.is_trouble:
        return Cell("")
    return Cell(f"{row.verdict.kind}: {row.verdict.reasons[0]}", sign_of(row.verdict).tone)


def age_cell(ms: int | None, lag: Lag | None) -> Cell:
    """How long the first undelivered entry has waited; a dash if nothing is undelivered."""
    if ms:
        return Cell(figures.duration(ms))
    unknown = ms is None and lag is not None and lag.count != 0
    return Cell(figures.UNKNOWN if unknown else figures.ABSENT, "dim")


def _lag_age(row: StreamRow) -> Cell:
    return age_cell(row.lag_age_ms, row.worst_lag)


def _last_entry(row: StreamRow) -> Cell:
    if row.last_entry_age_ms is None:
        has_entries = row.stream.length > 0
        return Cell(figures.UNKNOWN if has_entries else figures.ABSENT, "dim")
    return Cell(figures.duration(row.last_entry_age_ms))


def _oldest(row: StreamRow) -> Cell:
    ms = row.oldest_pending_ms
    return Cell(figures.since_delivery(ms), "dim" if ms is None else "plain")


COLUMNS: tuple[Column[StreamRow], ...] = (
    text_column("STREAM", 14, lambda row: row.stream.name, keep=100, grow=3, most=40),
    figure_column("LENGTH", 9, lambda row: row.stream.length, figures.count, keep=80),
    figure_column("IN/S", 6, lambda row: row.added, figures.rate, keep=60),
    figure_column("GROUPS", 6, lambda row: len(row.stream.groups), figures.count, keep=30),
    Column(
        "WORST LAG",
        10,
        lambda row: lag_cell(row.worst_lag),
        order=lambda row: lag_order(row.worst_lag),
        keep=90,
    ),
    Column("LAG AGE", 7, _lag_age, order=lambda row: row.lag_age_ms, keep=55),
    figure_column("PENDING", 9, lambda row: row.stream.pending, figures.count, keep=70),
    Column("OLDEST", 8, _oldest, order=lambda row: row.oldest_pending_ms, keep=50),
    Column(
        "LAST ENTRY",
        10,
        _last_entry,
        order=lambda row: row.last_entry_age_ms,
        keep=40,
        descending=False,
    ),
    Column("TROUBLE", 30, _trouble, right=False, keep=20, grow=10),
)


def _sign(row: StreamRow) -> Cell:
    if row.stream.error is not None:
        return Cell("!", "error")
    return sign_of(row.verdict) if row.stream.groups else Cell("○", "dim")


class StreamTable(LiveTable[StreamRow]):
    """One row for each stream, trouble first."""

    NAME = "1 Streams"
    HELP = "All streams of the server, those in trouble first. **Enter** goes to the groups."
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("streams")

    def __init__(self) -> None:
        super().__init__(
            COLUMNS,
            key=lambda row: row.stream.name,
            sign=_sign,
            order=lambda row: (trouble_order(row.verdict), row.stream.name),
            id="streams",
        )

    def why_not(self, action: Action) -> str | None:
        if self.selected is None:
            return "No stream is selected."
        if self.selected.stream.error is not None:
            return self.selected.stream.error
        if action in {"trim", "redrive"} and not self.selected.stream.length:
            return "The stream holds no entries."
        return None

    def request(self, action: Action) -> ActionRequested | None:
        """The request for the action on the selected stream."""
        row = self.selected
        return None if row is None else ActionRequested(action, row.stream.name)
