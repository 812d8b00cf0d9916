"""The browser of a stream's entries, newest first, paged both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from streamtop import decode, figures
from streamtop.model.ids import EntryId, age_ms
from streamtop.ui.messages import ReplayWanted
from streamtop.ui.text import Cell
from streamtop.ui.widgets.columns import Column
from streamtop.ui.widgets.loading import LoadingTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from streamtop.model.entries import Entry
    from streamtop.model.snapshot import Stream
    from streamtop.source import Direction, Source

PAGE, MOST = 100, 1000
"""Entries of a page, and at most kept."""
PAGE_BYTES, MOST_BYTES = 1_000_000, 64_000_000
"""Bytes of a page, and at most kept: a page holds at least one entry, however large."""
FOLLOWED_BYTES = 250_000
"""Bytes that the newest page may have to be fetched again at each look."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry ready for a line."""

    entry: Entry
    summary: str
    age_ms: int | None


def _age(row: EntryRow) -> Cell:
    if row.age_ms is None:
        return Cell(figures.UNKNOWN, "dim")
    return Cell(figures.duration(row.age_ms))


class EntryTable(LoadingTable[EntryRow]):
    """One row an entry of the selected stream, the newest first.

    While the pane is not in use it follows the newest entries; in use it stands still, and
    tells when there are newer ones: Home, or Up from the first row, loads them.
    """

    NAME = "5 Entries"
    HELP = (
        "The entries of the selected stream, newest first. More are loaded at either end; "
        "**Home** goes to the newest. Mark some with **space**; **r** replays them."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r", "replay", "Replay", id="entries.replay", tooltip="Add a copy to a stream (XADD)"
        ),
    ]
    COLUMNS: ClassVar[Sequence[Column[EntryRow]]] = (
        Column(
            "ID",
            18,
            lambda row: Cell(str(row.entry.id)),
            order=lambda row: row.entry.id,
            right=False,
            keep=100,
            descending=False,
        ),
        Column("AGE", 7, _age, keep=80),
        Column(
            "SIZE",
            7,
            lambda row: Cell(figures.size(row.entry.size)),
            order=lambda row: row.entry.size,
            keep=50,
        ),
        Column("PAYLOAD", 16, lambda row: Cell(row.summary), right=False, keep=60, grow=1),
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.stream: Stream | None = None
        self.time_ms: int | None = None
        self.in_use = False
        """Whether the user is in this pane, or reads one of its entries."""
        self._at_newest = True
        self._at_oldest = False
        self._newer = False
        self._stepping = False
        """Whether the cursor waits at the last row for the next page."""

    def key(self, row: EntryRow) -> Hashable:
        """An entry is its ID."""
        return row.entry.id

    def entry_id(self, row: EntryRow) -> EntryId:
        """The ID."""
        return row.entry.id

    def words(self, row: EntryRow) -> str:
        """The ID and the summary."""
        return f"{row.entry.id} {row.summary}"

    @property
    def tally(self) -> str:
        """How many are loaded, of how many, and whether there are newer ones."""
        if self.stream is None or not self.data:
            return ""
        marked = f"{len(self.marked):,} marked ─ " if self.marked else ""
        newer = "newer entries: Home ─ " if self._newer else ""
        return f"{marked}{newer}{len(self.rows):,} of {self.stream.length:,}"

    # What the screen tells it

    def show(self, stream: Stream | None, time_ms: int | None) -> None:
        """Show the entries of this stream."""
        before, self.stream, self.time_ms = self.stream, stream, time_ms
        if (before and before.name) != (stream and stream.name):
            self._at_newest, self._at_oldest, self._newer = True, False, False
            self.start_over()
            if stream is None:
                self.empty = "No stream is selected."
            self.wish("newest")
            return
        if stream is None or not self.in_view:
            return
        newest = stream.edges.last_generated_id if stream.edges else None
        top = self.data[0].entry.id if self.data else None
        grown = newest is not None and (top is None or newest > top) and stream.length > 0
        light = sum(row.entry.size for row in self.data) <= FOLLOWED_BYTES
        follows = not self.in_use and self._at_newest and not self.marked and light
        emptied = top is not None and stream.length == 0
        if (follows and (grown or emptied)) or (top is None and stream.length > 0):
            self.wish("newest")
        self._newer = grown and bool(self.data)
        self.data = [
            EntryRow(row.entry, row.summary, age_ms(row.entry.id, time_ms)) for row in self.data
        ]
        self.refresh_marks()
        self.show_title()

    # Loading

    async def load(self, source: Source, wishes: set[str]) -> None:
        """The newest page, or one more at either end."""
        if self.stream is None:
            return
        name = self.stream.name
        if "newest" in wishes or not self.data:
            await self._load_newest(source, name)
        elif "newer" in wishes:
            await self._load_more(source, name, "oldest_first")
        elif "older" in wishes:
            await self._load_more(source, name, "newest_first")

    async def _load_newest(self, source: Source, stream: str) -> None:
        page = await source.entries(stream, count=PAGE, max_bytes=PAGE_BYTES)
        if self.stream is None or self.stream.name != stream:
            return
        self._at_newest, self._at_oldest, self._newer = True, page.complete, False
        self.empty = "The stream holds no entries."
        if not self.in_use:
            self.to_top()
        self.data = self._rows(page.entries)
        self._fill_the_screen()

    def _fill_the_screen(self) -> None:
        """Load more while a page of large entries leaves lines empty."""
        octets = sum(row.entry.size for row in self.data)
        if not self._at_oldest and len(self.data) < self.size.height and octets < MOST_BYTES // 4:
            self.wish("older")

    async def _load_more(self, source: Source, stream: str, direction: Direction) -> None:
        if not self.data:
            return
        older = direction == "newest_first"
        edge = self.data[-1 if older else 0].entry.id
        page = await source.entries(
            stream, direction=direction, beyond=edge, count=PAGE, max_bytes=PAGE_BYTES
        )
        if self.stream is None or self.stream.name != stream or not self.data:
            return
        if older:
            self._at_oldest = page.complete
            rows = [*self.data, *self._rows(page.entries)]
            kept = self._bounded(reversed(rows))
            self._at_newest = self._at_newest and len(kept) == len(rows)
            self.data = kept[::-1]
            self._fill_the_screen()
            if self._stepping and page.entries:
                self.select(page.entries[0].id)
        else:
            self._at_newest = page.complete
            rows = [*self._rows(reversed(page.entries)), *self.data]
            kept = self._bounded(rows)
            self._at_oldest = self._at_oldest and len(kept) == len(rows)
            self.data = kept
            self._newer = self._newer and not page.complete

    def _rows(self, entries: Iterable[Entry]) -> list[EntryRow]:
        return [
            EntryRow(entry, decode.summary(entry), age_ms(entry.id, self.time_ms))
            for entry in entries
        ]

    @staticmethod
    def _bounded(rows: Iterable[EntryRow]) -> list[EntryRow]:
        """The rows from the end that is in use, as many as may be kept."""
        kept: list[EntryRow] = []
        octets = 0
        for row in rows:
            octets += row.entry.size
            if kept and (len(kept) >= MOST or octets > MOST_BYTES):
                break
            kept.append(row)
        return kept

    # Keys

    def watch_cursor(self) -> None:
        super().watch_cursor()
        if not self.data or not self.in_own_order:
            return
        if self.cursor >= len(self.data) - PAGE // 4 and not self._at_oldest:
            self.wish("older")
        if self.cursor == 0 and not self._at_newest:
            self.wish("newer")

    def action_move(self, by: int) -> None:
        """Move the cursor; beyond either end further entries are loaded."""
        self._load_beyond(by)
        super().action_move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful; beyond either end further entries are loaded."""
        self._load_beyond(by)
        super().action_page(by)

    def _load_beyond(self, by: int) -> None:
        if by < 0 and self.cursor == 0:
            self.wish("newer")
        self._stepping = by > 0 and self.cursor >= len(self.rows) - 1 and not self._at_oldest
        if self._stepping:
            self.wish("older")

    def action_edge(self, which: int) -> None:
        """Home goes to the newest entry there is now; End to the oldest that is loaded."""
        if which < 0 and (self._newer or not self._at_newest):
            self.to_top()
            self.wish("newest")
        super().action_edge(which)

    def action_replay(self) -> None:
        """Wish to replay the chosen entries."""
        if self.stream is not None and self.chosen:
            ids = tuple(row.entry.id for row in self.chosen)
            self.post_message(ReplayWanted(self.stream.name, ids, None))
