"""The pane of a group's pending entries, beside their payloads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from streamtop import decode, figures
from streamtop.model.entries import PendingEntry
from streamtop.model.text import printable
from streamtop.operations import Acknowledge
from streamtop.source import MissingError
from streamtop.ui.messages import ClaimWanted, ReplayWanted, Wanted
from streamtop.ui.rows import Payload, PendingRow
from streamtop.ui.text import Cell
from streamtop.ui.widgets.columns import Column
from streamtop.ui.widgets.loading import LoadingTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group, Stream
    from streamtop.source import Source

FIRST, MORE, MOST = 100, 200, 1000
"""Rows loaded at first, with each further page, and at most at a time."""
PAYLOAD_BYTES = 1_000_000
"""Bytes of payloads fetched at a time."""
PAYLOADS_FRESH = 10.0
"""Seconds after which a payload is looked for again: it may have been deleted."""
GONE = Payload("(payload gone)", gone=True)


def _consumer(row: PendingRow) -> Cell:
    name = row.entry.consumer
    return Cell(name) if name else Cell("(released)", "dim")


def _idle(row: PendingRow) -> Cell:
    ms = row.entry.idle_ms
    return Cell(figures.ABSENT, "dim") if ms < 0 else Cell(figures.duration(ms))


def _deliveries(row: PendingRow) -> Cell:
    times = row.entry.deliveries
    if times >= 2**62:
        return Cell("fatal", "error")
    return Cell(figures.count(times), "warning" if times >= 5 else "plain")


def _payload(row: PendingRow) -> Cell:
    if row.payload is None:
        return Cell("…", "dim")
    return Cell(row.payload.summary, "warning" if row.payload.gone else "plain")


class PendingTable(LoadingTable[PendingRow]):
    """One row a pending entry of the selected group, the lowest ID first."""

    NAME = "4 Pending"
    HELP = (
        "Entries that were delivered to a consumer of the group and not acknowledged. Mark "
        "some with **space**; **a** acknowledges, **c** claims, **r** replays them."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "Ack", id="pending.acknowledge", tooltip="Acknowledge (XACK)"),
        Binding("c", "claim", "Claim", id="pending.claim", tooltip="Give to a consumer (XCLAIM)"),
        Binding(
            "r", "replay", "Replay", id="pending.replay", tooltip="Add a copy to a stream (XADD)"
        ),
    ]
    COLUMNS: ClassVar[Sequence[Column[PendingRow]]] = (
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
        Column("DELIVERIES", 10, _deliveries, order=lambda row: row.entry.deliveries, keep=70),
        Column("PAYLOAD", 16, _payload, right=False, keep=60, grow=6),
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.stream: Stream | None = None
        self.group: Group | None = None
        self.only: str | None = None
        """The consumer whose pending entries are shown; `None` for all."""
        self._payloads: dict[EntryId, Payload] = {}
        self._payloads_at = 0.0
        self._wanted = FIRST
        self._begin: list[EntryId | None] = [None]
        self._more = False

    def key(self, row: PendingRow) -> Hashable:
        """A pending entry is its ID."""
        return row.entry.id

    def entry_id(self, row: PendingRow) -> EntryId:
        """The ID."""
        return row.entry.id

    def words(self, row: PendingRow) -> str:
        """The ID, the consumer and the payload."""
        payload = row.payload.summary if row.payload else ""
        return f"{row.entry.id} {row.entry.consumer} {payload}"

    @property
    def tally(self) -> str:
        """How many are shown, of how many that are pending."""
        if self.group is None:
            return ""
        marked = f"{len(self.marked):,} marked ─ " if self.marked else ""
        all_loaded = not self._more and self._begin[-1] is None
        total = len(self.data) if all_loaded else max(self.group.pending, len(self.data))
        shown = f"{len(self.rows):,}"
        return marked + (shown if len(self.rows) == total else f"{shown} of {total:,}")

    # What the screen tells it

    def show_only(self, consumer: str | None) -> None:
        """Show only what this consumer holds; `None` for what anyone holds."""
        if consumer != self.only:
            self.only = consumer
            self.forget()
            self.wish("rows")

    def forget(self) -> None:
        """Forget everything: other rows are to be shown."""
        self._payloads.clear()
        self._wanted, self._begin, self._more = FIRST, [None], False
        self.start_over()

    def title(self) -> Content:
        """The name of the pane, and of the consumer if only one's entries are shown."""
        told = super().title()
        if self.only is None:
            return told
        return Content.assemble(told, f" ─ held by {printable(self.only)}")

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
            self.wish("rows")

    def _notice_deletions(self, stream: Stream) -> None:
        """Forget payloads when something was deleted from the stream, or after a while."""
        now = asyncio.get_running_loop().time()
        first = stream.edges.first_entry_id if stream.edges and stream.edges_fresh else None
        if now - self._payloads_at > PAYLOADS_FRESH:
            self._payloads = {key: kept for key, kept in self._payloads.items() if kept.gone}
            self._payloads_at = now
        if first is not None:
            for row in self.data:
                if row.entry.id < first:
                    self._payloads[row.entry.id] = GONE

    # Loading

    async def load(self, source: Source, wishes: set[str]) -> None:
        """The rows as they are pending now, and the payloads of those on screen."""
        stream, group = self.stream, self.group
        if stream is None or group is None or not group.pending:
            return
        try:
            if wishes - {"payloads"}:
                await self._load_rows(source, stream, group)
            await self._load_payloads(source, stream, group)
        except MissingError:
            self.empty = "The group is gone."
            self.data = ()

    async def _load_rows(self, source: Source, stream: Stream, group: Group) -> None:
        wanted, found = self._wanted, list[PendingEntry]()
        last = self._begin[-1]
        while len(found) < wanted:
            count = min(MORE, wanted - len(found))
            page = await source.pending(
                stream.name, group.name, after=last, count=count, consumer=self.only
            )
            found += page
            if len(page) < count:
                break
            last = page[-1].id
        if not self._is_current(stream, group):
            return
        if not found and len(self._begin) > 1:
            self._begin.pop()  # all from here on is gone: what lies before is shown
            self.wish("rows")
            return
        self._more = len(found) >= wanted
        self._arrange(found)

    def _is_current(self, stream: Stream, group: Group) -> bool:
        """Whether this group is still the one to show."""
        now = (self.stream and self.stream.name, self.group and self.group.name)
        return now == (stream.name, group.name)

    def _arrange(self, found: Sequence[PendingEntry]) -> None:
        self.empty = "Nothing is pending."
        self.data = [PendingRow(entry, self._payloads.get(entry.id)) for entry in found]
        self.refresh_marks()

    async def _load_payloads(self, source: Source, stream: Stream, group: Group) -> None:
        """Fetch the payloads of the rows on screen, the one under the cursor first."""
        top = self.scroll_offset.y
        seen = [*self.rows[self.cursor : self.cursor + 1], *self.rows[top : top + self.size.height]]
        missing = [row.entry.id for row in seen if row.entry.id not in self._payloads]
        if not missing:
            return
        entries = await source.entries_by_id(
            stream.name, list(dict.fromkeys(missing)), max_bytes=PAYLOAD_BYTES
        )
        if not self._is_current(stream, group):
            return
        for entry_id, entry in entries.items():
            self._payloads[entry_id] = GONE if entry is None else Payload(decode.summary(entry))
        self._arrange([row.entry for row in self.data])

    def watch_cursor(self) -> None:
        super().watch_cursor()
        self._page_at_the_ends()
        self.wish("payloads")

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.wish("payloads")

    def _page_at_the_ends(self) -> None:
        """Load further pages near either end; keep a bounded number of rows."""
        if not self.in_own_order:
            return
        if self._more and self.cursor >= len(self.data) - MORE // 4:
            if self._wanted < MOST:
                self._wanted += MORE
            elif len(self.data) > MOST // 2:
                self._begin.append(self.data[MOST // 2].entry.id)
            self._more = False
            self.wish("rows")
        elif self.cursor == 0 and len(self._begin) > 1:
            self._begin.pop()
            self.wish("rows")

    # Wishes

    def _chosen_entries(self) -> tuple[PendingEntry, ...]:
        return tuple(row.entry for row in self.chosen)

    def action_acknowledge(self) -> None:
        """Wish to acknowledge the chosen entries."""
        if self.stream is not None and self.group is not None and self.chosen:
            entries = self._chosen_entries()
            self.post_message(Wanted(Acknowledge(self.stream.name, self.group.name, entries)))

    def action_claim(self) -> None:
        """Wish to claim the chosen entries."""
        if self.stream is not None and self.group is not None and self.chosen:
            gone = sum(row.payload is not None and row.payload.gone for row in self.chosen)
            self.post_message(
                ClaimWanted(self.stream.name, self.group.name, self._chosen_entries(), gone)
            )

    def action_replay(self) -> None:
        """Wish to replay the chosen entries."""
        if self.stream is not None and self.group is not None and self.chosen:
            self.post_message(
                ReplayWanted(self.stream.name, self._chosen_entries(), self.group.name)
            )
