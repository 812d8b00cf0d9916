"""The pane of a group's pending entries, with their payloads."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from streamtop import figures
from streamtop.model.entries import PendingEntry
from streamtop.model.text import printable
from streamtop.model.verdict import MARKED_FATAL
from streamtop.source import MissingError
from streamtop.ui.actions import ActionRequested, bindings_of
from streamtop.ui.rows import PendingRow
from streamtop.ui.text import Cell
from streamtop.ui.widgets.columns import Column
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.marks import Marks
from streamtop.ui.widgets.page_loader import PageLoader
from streamtop.ui.widgets.payloads import Payloads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.model.snapshot import Group, Stream
    from streamtop.source import Source
    from streamtop.ui.actions import Action

FIRST, MORE, MOST = 100, 200, 1000
"""Rows loaded at first, with each further page, and at most at a time."""
PAYLOAD_BYTES = 1_000_000
"""Bytes of payloads fetched at a time."""


def _consumer(row: PendingRow) -> Cell:
    name = row.entry.consumer
    return Cell(name) if name else Cell("(released)", "dim")


def _idle(row: PendingRow) -> Cell:
    ms = row.entry.idle_ms
    return Cell(figures.ABSENT, "dim") if ms < 0 else Cell(figures.duration(ms))


def _deliveries(poison_deliveries: int, row: PendingRow) -> Cell:
    times = row.entry.deliveries
    if times >= MARKED_FATAL:
        return Cell("fatal", "error")
    return Cell(figures.count(times), "warning" if times >= poison_deliveries else "plain")


def _payload(row: PendingRow) -> Cell:
    if row.payload is None:
        return Cell("…", "dim")
    return Cell(row.payload.summary, "warning" if row.payload.gone else "plain")


def _columns(poison_deliveries: int) -> tuple[Column[PendingRow], ...]:
    return (
        Column(
            "ID",
            18,
            lambda row: Cell(str(row.entry.id)),
            order=lambda row: row.entry.id,
            right=False,
            keep=100,
            descending=False,
        ),
        Column(
            "CONSUMER",
            12,
            _consumer,
            order=lambda row: row.entry.consumer,
            right=False,
            keep=80,
            grow=1,
            most=24,
            descending=False,
        ),
        Column("IDLE", 7, _idle, order=lambda row: row.entry.idle_ms, keep=90),
        Column(
            "DELIVERIES",
            10,
            partial(_deliveries, poison_deliveries),
            order=lambda row: row.entry.deliveries,
            keep=70,
        ),
        Column("PAYLOAD", 16, _payload, right=False, keep=60, grow=6),
    )


def _words(row: PendingRow) -> str:
    payload = row.payload.summary if row.payload else ""
    return f"{row.entry.id} {row.entry.consumer} {payload}"


class PendingTable(LiveTable[PendingRow]):
    """One row for each pending entry of the selected group, the lowest ID first."""

    NAME = "4 Pending"
    HELP = (
        "Entries that were delivered to a consumer of the group and not acknowledged. Mark "
        "some with **space**, or all that match conditions with **b**; keys act on those."
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("pending")

    marks: Marks[PendingRow]

    def __init__(self, poison_deliveries: int) -> None:
        super().__init__(
            _columns(poison_deliveries),
            key=lambda row: row.entry.id,
            words=_words,
            marks=Marks(lambda row: row.entry.id, lambda row: row.entry),
            id="pending",
        )
        self.loader = PageLoader(self._load, wanted=lambda: self.in_view, failed=self._load_failed)
        self.stream: Stream | None = None
        self.group: Group | None = None
        self.only: str | None = None
        """The consumer whose pending entries are shown; `None` for all."""
        self.fetching = False
        """Whether payloads are being loaded."""
        self._payloads = Payloads()
        self._wanted, self._more = FIRST, False
        self._begin: list[EntryId | None] = [None]

    def on_mount(self) -> None:
        self.run_worker(self.loader.run(), group="loading")

    def on_show(self) -> None:
        self.loader.request("shown")

    @property
    def tally(self) -> str:
        """The number of rows shown, and of all pending entries if that is larger."""
        if self.group is None:
            return ""
        all_loaded = not self._more and self._begin[-1] is None
        total = len(self.data) if all_loaded else max(self.group.pending, len(self.data))
        shown = f"{len(self.rows):,}"
        return shown if len(self.rows) == total else f"{shown} of {total:,}"

    # The group

    def show_only(self, consumer: str | None) -> None:
        """Show only the entries of this consumer; `None` for those of all."""
        if consumer != self.only:
            self.only = consumer
            self.forget()
            self.loader.request("rows")

    def forget(self) -> None:
        """Drop all rows: others are to be loaded."""
        self._payloads.clear()
        self._wanted, self._begin, self._more = FIRST, [None], False
        self.start_over()

    def title(self) -> Content:
        """The name of the pane, and the consumer whose entries alone are shown."""
        title = super().title()
        if self.only is None:
            return title
        return Content.assemble(title, f" ─ held by {printable(self.only)}")

    def show(self, stream: Stream | None, group: Group | None) -> None:
        """Show the pending entries of this group, as they are now."""
        before = (self.stream and self.stream.name, self.group and self.group.name)
        self.stream, self.group = stream, group
        if before != (stream and stream.name, group and group.name):
            self.only = None
            self.forget()
        elif stream is not None and stream.edges is not None:
            self._notice_deletions(stream)
        if group is None or group.pending == 0:
            self.empty = "Choose a group." if group is None else "Nothing is pending."
            self.data = ()
            self.show_title()
        else:
            self.loader.request("rows")

    def _notice_deletions(self, stream: Stream) -> None:
        """Drop payloads of entries that were trimmed, and others after a while."""
        now = asyncio.get_running_loop().time()
        first = stream.edges.first_entry_id if stream.edges and stream.edges_fresh else None
        self._payloads.grow_old(now)
        if first is not None:
            for row in self.data:
                if row.entry.id < first:
                    self._payloads.gone(row.entry.id)

    async def _load(self, source: Source, requests: set[str]) -> None:
        """Load the rows as they are now, and the payloads of those on screen."""
        stream, group = self.stream, self.group
        if stream is None or group is None or not group.pending:
            return
        try:
            if requests - {"payloads"}:
                await self._load_rows(source, stream, group)
            await self._load_payloads(source, stream, group)
        except MissingError:
            self.empty = "The group is gone."
            self.data = ()

    def _load_failed(self, why: str) -> None:
        self.empty = why

    async def _load_rows(self, source: Source, stream: Stream, group: Group) -> None:
        wanted, entries = self._wanted, list[PendingEntry]()
        last = self._begin[-1]
        while len(entries) < wanted:
            count = min(MORE, wanted - len(entries))
            page = await source.pending(
                stream.name, group.name, after=last, count=count, consumer=self.only
            )
            entries += page
            if len(page) < count:
                break
            last = page[-1].id
        if not self._is_current(stream, group):
            return
        if not entries and len(self._begin) > 1:
            self._begin.pop()  # nothing is left from here on
            self.loader.request("rows")
            return
        self._more = len(entries) >= wanted
        self._arrange(entries)

    def _is_current(self, stream: Stream, group: Group) -> bool:
        """Whether the group is still the one to show."""
        now = (self.stream and self.stream.name, self.group and self.group.name)
        return now == (stream.name, group.name)

    def _arrange(self, entries: Sequence[PendingEntry]) -> None:
        self.empty = "Nothing is pending."
        self.data = [PendingRow(entry, self._payloads.get(entry.id)) for entry in entries]
        self.marks.refresh(self.data)

    async def _load_payloads(self, source: Source, stream: Stream, group: Group) -> None:
        """Fetch the payloads of the rows on screen, the one under the cursor first."""
        top = self.scroll_offset.y
        seen = [*self.rows[self.cursor : self.cursor + 1], *self.rows[top : top + self.size.height]]
        unknown = (row.entry.id for row in seen if self._payloads.get(row.entry.id) is None)
        missing = list(dict.fromkeys(unknown))
        if not missing:
            return
        self.fetching = True
        try:
            entries = await source.entries_by_id(stream.name, missing, max_bytes=PAYLOAD_BYTES)
        finally:
            self.fetching = False
        if not self._is_current(stream, group):
            return
        self._payloads.take(entries)
        self._arrange([row.entry for row in self.data])
        self.post_message(self.Moved(self))

    def watch_cursor(self) -> None:
        super().watch_cursor()
        self._page_at_the_ends()
        self.loader.request("payloads")

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.loader.request("payloads")

    def _page_at_the_ends(self) -> None:
        """Load a further page near either end; the number of rows stays bounded."""
        if not self.in_own_order:
            return
        if self._more and self.cursor >= len(self.data) - MORE // 4:
            if self._wanted < MOST:
                self._wanted += MORE
            elif len(self.data) > MOST // 2:
                self._begin.append(self.data[MOST // 2].entry.id)
            self._more = False
            self.loader.request("rows")
        elif self.cursor == 0 and len(self._begin) > 1:
            self._begin.pop()
            self.loader.request("rows")

    # Requests

    @property
    def chosen(self) -> PendingEntries:
        """The marked entries, or else the one under the cursor, as they were seen pending."""
        return self.marks.chosen_pending(self.selected)

    def why_not(self, action: Action) -> str | None:
        row = self.selected
        if action == "handover" and row is not None:
            return None if row.entry.consumer else "It was released: nobody holds it."
        has_chosen = self.has_chosen and action != "handover"
        return None if has_chosen else "No entry is chosen."

    def request(self, action: Action) -> ActionRequested | None:
        """The request for the action on the marked entries, or else the selected one."""
        if self.stream is None or self.group is None:
            return None
        stream, group, row = self.stream.name, self.group.name, self.selected
        if action == "handover" and row is not None:
            return ActionRequested(action, stream, group=group, consumer=row.entry.consumer)
        return ActionRequested(action, stream, group=group, entries=self.chosen)
