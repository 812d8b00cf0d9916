"""A stretch of a stream that is read page by page: from either end, from a place, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.reactive import var

from streamtop.model.entry_window import MOST_BYTES, EntryWindow, around, from_newest, from_oldest
from streamtop.model.ids import EntryId, age_ms
from streamtop.model.tail import Tail
from streamtop.ui.widgets.entry_rows import EntryRow, entry_row
from streamtop.ui.widgets.page_loader import LoadingTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.entries import Entry, EntryPage
    from streamtop.model.snapshot import Stream
    from streamtop.source import Direction, Source

PAGE, PAGE_BYTES = 100, 1_000_000
"""Entries and bytes of a page, at most; one entry is read however large."""
FOLLOWED_BYTES = 250_000
"""Bytes that the newest page may have to be fetched again at each look."""
TAIL_EVERY, TAIL_PAGE = 0.25, 50
"""Seconds between two looks at the newest end, and the entries that are shown at each."""
Place = EntryId | Literal["newest", "oldest"]


class Browsing(LoadingTable[EntryRow]):
    """What of a stream is loaded, and how it grows.

    While the pane is not in use it follows the newest entries; in use it stands still, and
    tells when there are newer ones. Following live, it shows each entry as it is added.
    """

    following: var[bool] = var(False)
    """Whether entries are shown live, as they are added."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.stream: Stream | None = None
        self.time_ms: int | None = None
        self.in_use = False
        """Whether the user is in this pane, or reads one of its entries."""
        self.newer = False
        """Whether newer entries are known to be there."""
        self.stretch = EntryWindow()
        self.tail = Tail()
        self._place: Place | None = None
        self._stepping = False
        """Whether the cursor waits at the last row for the next page."""

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(TAIL_EVERY, self._look_at_the_end)

    # What the screen tells it

    def show(self, stream: Stream | None, time_ms: int | None) -> None:
        """Show the entries of this stream."""
        before, self.stream, self.time_ms = self.stream, stream, time_ms
        if (before and before.name) != (stream and stream.name):
            self.begin_anew()
            return
        if stream is None or not self.in_view:
            return
        self._notice_newer(stream)
        self.show_rows(
            EntryRow(row.entry, row.summary, row.facts, age_ms(row.entry.id, self.time_ms))
            for row in self.data
        )
        self.show_title()

    def begin_anew(self) -> None:
        """Another stream is to be shown."""
        self.following = False
        self.newer, self.stretch, self._place = False, EntryWindow(), None
        self.start_over()
        if self.stream is None:
            self.empty = "No stream is selected."
        self.wish("newest")

    def _notice_newer(self, stream: Stream) -> None:
        newest = stream.edges.last_generated_id if stream.edges else None
        top = self.stretch.entries[0].id if self.stretch.entries else None
        grown = newest is not None and (top is None or newest > top) and stream.length > 0
        if self.following and stream.edges is not None and stream.edges_fresh:
            self.tail.look(stream.edges)
        light = self.stretch.octets <= FOLLOWED_BYTES
        follows = not self.in_use and self.stretch.at_newest and not self.marks and light
        emptied = top is not None and stream.length == 0
        if not self.following and ((follows and (grown or emptied)) or (top is None and grown)):
            self.wish("newest")
        self.newer = grown and bool(self.data) and not self.following

    def go_to(self, place: Place) -> None:
        """Go to an end of the stream, or to the first entry that is not before an ID."""
        self.following = False
        self.needle = ""
        self._place = place
        self.wish("place")

    # Live

    def watch_following(self) -> None:
        self.tail.begin(self.stream.edges if self.stream is not None else None)
        self.tail.show(entry.id for entry in self.stretch.entries)
        if self.following:
            self.needle = ""
            if not self.stretch.at_newest:
                self.wish("newest")
        self.show_title()

    def _look_at_the_end(self) -> None:
        if self.following and self.in_view:
            self.wish("tail")

    async def _load_tail(self, source: Source, stream: str) -> None:
        """What was added since; when that is too much for the eye, the newest of it."""
        if not self.stretch.entries or not self.stretch.at_newest:
            await self._load_newest(source, stream)
            return
        top = self.stretch.entries[0].id
        page = await self._page(source, stream, "oldest_first", top, TAIL_PAGE)
        if not page.complete:
            page = await self._page(source, stream, "newest_first", None, TAIL_PAGE)
            if self._is_current(stream) and self.following:
                self.tail.jumped = True
                self._take(from_newest(page))
        elif page.entries and self._is_current(stream) and self.following:
            self._take(self.stretch.newer(page))

    # Loading

    async def load(self, source: Source, wishes: set[str]) -> None:
        """The newest page, one more at either end, or those around a place."""
        if self.stream is None:
            return
        name = self.stream.name
        if "place" in wishes and self._place is not None:
            await self._load_place(source, name, self._place)
        elif "tail" in wishes and self.following:
            await self._load_tail(source, name)
        elif "newest" in wishes or not self.data:
            await self._load_newest(source, name)
        elif "newer" in wishes:
            await self._load_more(source, name, "oldest_first")
        elif "older" in wishes:
            await self._load_more(source, name, "newest_first")

    async def _page(
        self,
        source: Source,
        stream: str,
        direction: Direction,
        beyond: EntryId | None,
        count: int = PAGE,
    ) -> EntryPage:
        return await source.entries(
            stream, direction=direction, beyond=beyond, count=count, max_bytes=PAGE_BYTES
        )

    def _is_current(self, stream: str) -> bool:
        """Whether this stream is still the one to show."""
        return self.stream is not None and self.stream.name == stream

    async def _load_newest(self, source: Source, stream: str, *, at_top: bool = False) -> None:
        page = await self._page(source, stream, "newest_first", None)
        if not self._is_current(stream):
            return
        self.newer = False
        self.empty = "The stream holds no entries."
        if at_top or not self.in_use or self.following:
            self.to_top()
        self._take(from_newest(page))
        self._fill_the_screen()

    def _fill_the_screen(self) -> None:
        """Load more while a page of large entries leaves lines empty."""
        loaded = self.stretch
        few = len(loaded.entries) < self.size.height and loaded.octets < MOST_BYTES // 4
        if few and not loaded.at_oldest:
            self.wish("older")
        elif few and not loaded.at_newest:
            self.wish("newer")

    async def _load_more(self, source: Source, stream: str, direction: Direction) -> None:
        loaded = self.stretch
        if not loaded.entries:
            return
        older = direction == "newest_first"
        edge = loaded.entries[-1 if older else 0].id
        page = await self._page(source, stream, direction, edge)
        if not self._is_current(stream) or self.stretch is not loaded:
            return
        if older:
            self._take(loaded.older(page))
            self._fill_the_screen()
            if self._stepping and page.entries:
                self.select(page.entries[0].id)
        else:
            self._take(loaded.newer(page))
            self._fill_the_screen()
            self.newer = self.newer and not page.complete

    async def _load_place(self, source: Source, stream: str, place: Place) -> None:
        self._place = None
        if place == "newest":
            await self._load_newest(source, stream, at_top=True)
            return
        if place == "oldest":
            page = await self._page(source, stream, "oldest_first", None)
            if self._is_current(stream):
                self._take(from_oldest(page))
                self.cursor = len(self.rows) - 1
                self._fill_the_screen()
            return
        older = await self._page(source, stream, "newest_first", place)
        at_or_after = place.previous()
        newer = await self._page(source, stream, "oldest_first", at_or_after)
        if self._is_current(stream):
            self._take(around(older, newer))
            if found := newer.entries[:1] or older.entries[:1]:
                self.select(found[0].id)
            self._fill_the_screen()

    def _take(self, stretch: EntryWindow) -> None:
        """Show what is loaded now. Followed from the first row, the newest is on screen."""
        if self.following:
            before = {entry.id for entry in self.stretch.entries}
            self.tail.show(entry.id for entry in stretch.entries if entry.id not in before)
            if self.cursor == 0:
                self.to_top()
        self.stretch = stretch
        self.show_stretch()

    def show_stretch(self) -> None:
        """Show what is loaded."""
        self.show_entries(self.stretch.entries)

    def show_entries(self, entries: Iterable[Entry]) -> None:
        """Show these entries, the newest first; those that were decoded before are not again."""
        known = {row.entry.id: row for row in self.data}
        self.show_rows(known.get(entry.id) or entry_row(entry, self.time_ms) for entry in entries)

    def show_rows(self, rows: Iterable[EntryRow]) -> None:
        """Show these rows; marks hold them as they are now."""
        self.data = list(rows)
        self.refresh_marks()

    # Keys

    def watch_cursor(self) -> None:
        super().watch_cursor()
        if not self.data or not self.in_own_order or self.following:
            return
        if self.cursor >= len(self.data) - PAGE // 4 and not self.stretch.at_oldest:
            self.wish("older")
        if self.cursor == 0 and not self.stretch.at_newest:
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
        if self.needle:
            return
        if by < 0 and self.cursor == 0:
            self.wish("newer")
        last = self.cursor >= len(self.rows) - 1
        self._stepping = by > 0 and last and not self.stretch.at_oldest
        if self._stepping:
            self.wish("older")

    def action_edge(self, which: int) -> None:
        """Home goes to the newest entry there is now, End to the oldest."""
        if not self.needle:
            if which < 0 and (self.newer or not self.stretch.at_newest):
                self._place = "newest"
                self.wish("place")
            elif which > 0 and not self.stretch.at_oldest:
                self.go_to("oldest")
                return
        super().action_edge(which)
