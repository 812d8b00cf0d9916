"""The pane of a group's pending entries, with their payloads."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content

from streamtop import figures
from streamtop.model.entries import PendingEntry
from streamtop.model.text import printable
from streamtop.model.verdict import MARKED_FATAL
from streamtop.source import MissingError, SourceError
from streamtop.ui.actions import ActionRequested, bindings_of
from streamtop.ui.rows import PendingRow
from streamtop.ui.text import Cell, as_sentence
from streamtop.ui.widgets.columns import Column
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.marks import Marks
from streamtop.ui.widgets.page_loader import PageLoader
from streamtop.ui.widgets.payloads import Payloads
from streamtop.ui.widgets.whole_pending import MOST as MOST_READ
from streamtop.ui.widgets.whole_pending import WholePending, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries, PendingOrder
    from streamtop.model.snapshot import Group, Stream
    from streamtop.source import Source
    from streamtop.ui.actions import Action

FIRST, MORE, MOST = 100, 200, 1000
"""Rows loaded at first, with each further page, and at most at a time."""
PAYLOAD_BYTES = 1_000_000
"""Bytes of payloads fetched at a time."""
SHOWN_AGAIN = 0.25
"""Seconds between two updates while the whole list is read."""
LEAST_PAUSE, PAUSES = 5.0, 10
"""Seconds between two readings of the whole list, at least, and how many times longer they are
than a reading takes."""
_ORDERS: Mapping[str, PendingOrder] = {
    "ID": "id",
    "CONSUMER": "consumer",
    "IDLE": "idle",
    "DELIVERIES": "deliveries",
}
"""The orders of the whole list, by the headings of the columns."""


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
    return words_of(row.entry, row.payload.summary if row.payload else "")


class PendingTable(LiveTable[PendingRow]):
    """One row for each pending entry of the selected group, the lowest ID first."""

    NAME = "4 Pending"
    HELP = (
        "Entries that were delivered to a consumer of the group and not acknowledged. Mark "
        "some with **space**, or all that match conditions with **b**; keys act on those. "
        "Sorting reads the whole list, up to 100,000 entries; **N** reads on, or searches it all "
        "for the filter; pressed again, it stops."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("pending"),
        Binding(
            *("N", "read_whole", "Search all"),
            show=False,
            id="pending.search",
            tooltip="Search, or sort, the whole list; stop",
        ),
    ]

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
        self.whole: WholePending | None = None
        """The whole list, while it is sorted or searched."""

    def on_mount(self) -> None:
        self.run_worker(self.loader.run(), group="loading")

    def on_show(self) -> None:
        self.loader.request("shown")

    @property
    def tally(self) -> str:
        """The number of rows shown, and of the entries among which they were looked for."""
        if self.group is None:
            return ""
        shown, whole = len(self.rows), self.whole
        if whole is not None and whole.needle:
            found = len(whole.kept)
            listed = f"{shown:,} listed of " if shown < found else ""
            return f"{listed}{found:,} of {whole.coverage(self.total)}"
        if self.needle and not self._all_searched:
            of_all = f"N searches all {self.total:,}, payloads too"
            return f"{shown:,} of the {len(self.data):,} loaded; {of_all}"
        total = len(self.data) if self._all_loaded else max(self.total, len(self.data))
        return f"{shown:,}" if shown == total else f"{shown:,} of {total:,}"

    @property
    def total(self) -> int:
        """The number of pending entries there are to show, by the latest look."""
        if self.group is None or self.only is None:
            return 0 if self.group is None else self.group.pending
        return sum(each.pending for each in self.group.consumers if each.name == self.only)

    @property
    def _all_loaded(self) -> bool:
        return self.whole is None and not self._more and self._begin[-1] is None

    @property
    def _all_searched(self) -> bool:
        """Whether the filter has seen all entries with their payloads."""
        return self._all_loaded and all(row.payload is not None for row in self.data)

    @property
    def why_empty(self) -> str:
        if self.needle and (self.data or self.whole is not None):
            return f"Nothing matches /{self.needle}: {self.tally}"
        return super().why_empty

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
        self._leave_whole()
        self.start_over()

    def title(self) -> Content:
        """The name of the pane, what the order covers, and whose entries alone are shown."""
        parts = [super().title()]
        if self._sorted and self.data:
            parts.append(Content(self._sorted_part))
        if self.whole is not None and self.whole.needle and self.whole.reading:
            parts.append(Content("searching; N stops"))
        if self.only is not None:
            parts.append(Content(f"held by {printable(self.only)}"))
        return Content(" ─ ").join(parts)

    @property
    def _sorted_part(self) -> str:
        """How much of the list was sorted."""
        whole, loaded = self.whole, len(self.data)
        if whole is None or whole.needle or not whole.read:
            is_all = self._all_loaded or (whole is not None and whole.needle)
            return f"sorted {loaded:,} of {loaded if is_all else self.total:,}"
        of_all = f" of {whole.read:,}" if whole.complete else ""
        more = "; N reads on" if whole.can_read_more(self.total) else ""
        return f"sorted {whole.coverage(self.total)}{of_all}{more}"

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
            self._leave_whole()
            self.empty = "Choose a group." if group is None else "Nothing is pending."
            self.data = ()
            self.show_title()
        else:
            self._read_whole_if_sorted()
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
        if self.whole is not None:
            await self._refresh_visible(source, stream, group)
            return
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
        if not self._is_current(stream, group) or self.whole is not None:
            return
        if not entries and len(self._begin) > 1:
            self._begin.pop()  # nothing is left from here on
            self.loader.request("rows")
            return
        self._more = len(entries) >= wanted
        self._arrange(entries)
        self._read_whole_if_sorted()

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
        unknown = (id_ for id_ in self._visible_ids if self._payloads.get(id_) is None)
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

    @property
    def _visible_ids(self) -> list[EntryId]:
        """The entries of the rows on screen, the one under the cursor first."""
        top = self.scroll_offset.y
        seen = [*self.rows[self.cursor : self.cursor + 1], *self.rows[top : top + self.size.height]]
        return list(dict.fromkeys(row.entry.id for row in seen))

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

    # The whole list, sorted or searched

    @property
    def _sorted(self) -> bool:
        return self.sort_column is not None or self.descending

    def watch_sort_column(self) -> None:
        self._order_changed()
        self._go_to_first()

    def watch_descending(self) -> None:
        self._order_changed()
        self._go_to_first()

    def _go_to_first(self) -> None:
        """Show the first rows of another order, which may lie far from the row under the cursor."""
        if self.rows:
            self.to_top()
            self.rearrange()

    def watch_needle(self) -> None:
        if self.whole is not None and self.whole.needle:
            self._leave_whole()
        self._order_changed()

    def fits(self, row: PendingRow) -> bool:
        """Whether a row matches the filter; those that a search found do."""
        searched = self.whole is not None and self.whole.needle == self.needle
        return searched or super().fits(row)

    def _order_changed(self) -> None:
        """Read the whole list if it is to be sorted, and sort what there is."""
        if self.whole is not None and not self.whole.needle and not self._sorted:
            self._leave_whole()
        if self.whole is not None and self.whole.read:
            self._show_whole(self.whole)
        self._read_whole_if_sorted()
        self.rearrange()

    def _leave_whole(self) -> None:
        """Stop reading the whole list, and list pages of it again."""
        if self.whole is not None:
            self.whole = None
            self.workers.cancel_group(self, "whole")
            self.loader.request("rows")

    def _read_whole_if_sorted(self) -> None:
        if self._sorted and self.whole is None and self.data and not self._all_loaded:
            self._begin_whole(WholePending())

    def _begin_whole(self, whole: WholePending) -> None:
        self.whole = whole
        self.run_worker(self._keep_reading(whole), group="whole", exclusive=True)

    def action_read_whole(self) -> None:
        """Search the whole list for the filter, or sort more of it; pressed again, stop."""
        whole = self.whole
        if whole is not None and whole.reading:
            self.workers.cancel_group(self, "whole")
            whole.reading = False
        elif self.needle:
            self._begin_whole(WholePending(self.needle, MOST_READ))
        elif whole is not None and whole.can_read_more(self.total):
            self._begin_whole(WholePending(most=MOST_READ))
        else:
            why = "Type a filter (/) or sort (s) first."
            if self._sorted:
                why = "The whole list is sorted."
            self.notify(why, title="Search all", markup=False)
        self.show_title()

    async def _keep_reading(self, whole: WholePending) -> None:
        """Read the list, and again after a pause while it is sorted; a search reads it once."""
        clock = asyncio.get_running_loop().time
        while self.whole is whole:
            source, stream, group = self.loader.source, self.stream, self.group
            if source is not None and stream is not None and group is not None and self.in_view:
                shown_at = -SHOWN_AGAIN
                try:
                    pages = whole.read_on(source, stream.name, group.name, self.only)
                    async with aclosing(pages):
                        async for _ in pages:
                            if whole.reading and clock() - shown_at > SHOWN_AGAIN:
                                shown_at = clock()
                                self._show_whole(whole)
                except SourceError as error:
                    if whole.needle:
                        why = as_sentence(str(error))
                        self.notify(why, title="Search ended", severity="error", markup=False)
                if whole.read:
                    self._show_whole(whole)
                if whole.needle:
                    return
            await asyncio.sleep(max(LEAST_PAUSE, PAUSES * whole.seconds))

    def _show_whole(self, whole: WholePending) -> None:
        """List the first entries of the whole list, in the order that was chosen."""
        column = None if self.sort_column is None else self.columns[self.sort_column]
        order = "id" if column is None else _ORDERS[column.title]
        if self.cursor == 0:
            self.to_top()
        self._arrange(whole.foremost(order, MOST, descending=self.descending))
        self.show_title()
        self.loader.request("payloads")

    async def _refresh_visible(self, source: Source, stream: Stream, group: Group) -> None:
        """Look again at the entries on screen, and drop those that are no longer pending."""
        whole, ids = self.whole, self._visible_ids
        if not ids:
            return
        now = dict(zip(ids, await source.pending_now(stream.name, group.name, ids), strict=True))
        if self._is_current(stream, group) and self.whole is whole:
            rows = (now.get(row.entry.id, row.entry) for row in self.data)
            self._arrange(
                [
                    row
                    for row in rows
                    if row is not None and (self.only is None or row.consumer == self.only)
                ]
            )

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
