"""The part of a stream that is loaded, and how it grows: from either end, around a place, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streamtop.model.entry_window import MOST_BYTES, EntryWindow, around, from_newest, from_oldest
from streamtop.model.ids import EntryId
from streamtop.model.tail import Tail
from streamtop.ui.widgets.page_loader import PageLoader

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.entries import EntryPage
    from streamtop.model.snapshot import Stream
    from streamtop.source import Direction, Source

PAGE, PAGE_BYTES = 100, 1_000_000
"""Entries and bytes of a page, at most; a single entry is read whatever its size."""
FOLLOWED_BYTES = 250_000
"""The newest page is fetched again at each look while it is not larger than this."""
TAIL_EVERY, TAIL_PAGE = 0.25, 50
"""Seconds between two reads of the newest end, and the entries shown at each."""
Place = EntryId | Literal["newest", "oldest"]
CursorMove = EntryId | Literal["first", "last"] | None
"""Where the cursor goes after a load; `None` leaves it on its entry."""


class EntryBrowser:
    """A window over the entries of a stream, moved by loads from a source.

    While the pane is not in use the window follows the newest entries. In use it stays, and
    `newer` says whether newer ones exist. Following live, it takes in each entry as it is added.
    """

    def __init__(
        self,
        show: Callable[[CursorMove], None],
        *,
        in_view: Callable[[], bool] = lambda: True,
        failed: Callable[[str], None],
    ) -> None:
        """Make the browser.

        Args:
            show: Called when the window has changed.
            in_view: Whether the pane can be seen; nothing is loaded while it cannot.
            failed: Called with the reason when a load fails.
        """
        self.loader = PageLoader(self.load, wanted=in_view, failed=failed)
        self.stream: Stream | None = None
        self.window = EntryWindow()
        self.tail = Tail()
        self.following = False
        """Whether entries are shown live, as they are added."""
        self.in_use = False
        """Whether the user is in this pane, or reads one of its entries."""
        self.newer = False
        """Whether newer entries are known to exist."""
        self.lines = 0
        """The height of the pane: it is filled even if entries are large."""
        self._in_view = in_view
        self._show = show
        self._place: Place | None = None
        self._stepping = False
        """Whether the cursor waits at the last row for the next page."""

    # The stream

    def begin(self, stream: Stream | None) -> None:
        """Browse this stream, from its newest entry."""
        self.stream = stream
        self.following = self.newer = False
        self.window, self._place = EntryWindow(), None
        self.loader.request("newest")

    def look(self, stream: Stream, *, anchored: bool) -> None:
        """Take in a newer state of the stream.

        Args:
            stream: The stream in the latest snapshot.
            anchored: Whether the window must not move: some of its entries are marked.
        """
        self.stream = stream
        if not self._in_view():
            return
        newest = stream.edges.last_generated_id if stream.edges else None
        top = self.window.entries[0].id if self.window.entries else None
        grown = newest is not None and (top is None or newest > top) and stream.length > 0
        if self.following and stream.edges is not None and stream.edges_fresh:
            self.tail.look(stream.edges)
        light = self.window.octets <= FOLLOWED_BYTES
        follows = not self.in_use and self.window.at_newest and not anchored and light
        emptied = top is not None and stream.length == 0
        if not self.following and ((follows and (grown or emptied)) or (top is None and grown)):
            self.loader.request("newest")
        self.newer = grown and top is not None and not self.following

    # Moves

    def go_to(self, place: Place) -> None:
        """Go to an end of the stream, or to the first entry at or after an ID."""
        self._place = place
        self.loader.request("place")

    def follow(self, following: bool) -> None:
        """Begin to show entries as they are added, or stop."""
        if following == self.following:
            return
        self.following = following
        self.tail.begin(self.stream.edges if self.stream is not None else None)
        self.tail.show(entry.id for entry in self.window.entries)
        if following and not self.window.at_newest:
            self.loader.request("newest")

    def read_tail(self) -> None:
        """Load what was added since the last read, if that is followed."""
        if self.following and self._in_view():
            self.loader.request("tail")

    def approach(self, cursor: int) -> None:
        """Load a further page if the cursor is near either end of the window."""
        if self.following or not self.window.entries:
            return
        if cursor >= len(self.window.entries) - PAGE // 4 and not self.window.at_oldest:
            self.loader.request("older")
        if cursor == 0 and not self.window.at_newest:
            self.loader.request("newer")

    def step(self, by: int, *, at_first: bool, at_last: bool) -> None:
        """Load a further page if the cursor is to move beyond either end."""
        if by < 0 and at_first:
            self.loader.request("newer")
        self._stepping = by > 0 and at_last and not self.window.at_oldest
        if self._stepping:
            self.loader.request("older")

    # Loads

    async def load(self, source: Source, requests: set[str]) -> None:
        """Load the newest page, one more at either end, the tail, or the pages around a place.

        Raises:
            SourceError: If a page could not be read.
        """
        if self.stream is None:
            return
        name = self.stream.name
        if "place" in requests and self._place is not None:
            await self._load_place(source, name, self._place)
        elif "tail" in requests and self.following:
            await self._load_tail(source, name)
        elif "newest" in requests or not self.window.entries:
            await self._load_newest(source, name)
        elif "newer" in requests:
            await self._load_more(source, name, "oldest_first")
        elif "older" in requests:
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
        """Whether the stream is still the one to browse."""
        return self.stream is not None and self.stream.name == stream

    async def _load_newest(self, source: Source, stream: str, *, to_first: bool = False) -> None:
        page = await self._page(source, stream, "newest_first", None)
        if self._is_current(stream):
            self.newer = False
            to_first = to_first or not self.in_use or self.following
            self._take(from_newest(page), "first" if to_first else None)

    async def _load_tail(self, source: Source, stream: str) -> None:
        """Load what was added since; if that is more than a page, only the newest of it."""
        if not self.window.entries or not self.window.at_newest:
            await self._load_newest(source, stream)
            return
        top = self.window.entries[0].id
        page = await self._page(source, stream, "oldest_first", top, TAIL_PAGE)
        if not page.complete:
            page = await self._page(source, stream, "newest_first", None, TAIL_PAGE)
            if self._is_current(stream) and self.following:
                self.tail.jumped = True
                self._take(from_newest(page), fill=False)
        elif page.entries and self._is_current(stream) and self.following:
            self._take(self.window.newer(page), fill=False)

    async def _load_more(self, source: Source, stream: str, direction: Direction) -> None:
        loaded = self.window
        if not loaded.entries:
            return
        older = direction == "newest_first"
        edge = loaded.entries[-1 if older else 0].id
        page = await self._page(source, stream, direction, edge)
        if not self._is_current(stream) or self.window is not loaded:
            return
        if older:
            self._take(
                loaded.older(page), page.entries[0].id if self._stepping and page.entries else None
            )
        else:
            self._take(loaded.newer(page))
            self.newer = self.newer and not page.complete

    async def _load_place(self, source: Source, stream: str, place: Place) -> None:
        self._place = None
        if place == "newest":
            await self._load_newest(source, stream, to_first=True)
        elif place == "oldest":
            page = await self._page(source, stream, "oldest_first", None)
            if self._is_current(stream):
                self._take(from_oldest(page), "last")
        else:
            older = await self._page(source, stream, "newest_first", place)
            newer = await self._page(source, stream, "oldest_first", place.previous())
            if self._is_current(stream):
                nearest = newer.entries[:1] or older.entries[:1]
                self._take(around(older, newer), nearest[0].id if nearest else None)

    def _take(self, window: EntryWindow, move: CursorMove = None, *, fill: bool = True) -> None:
        """Show another window; load more while a page of large entries leaves lines empty."""
        if self.following:
            before = {entry.id for entry in self.window.entries}
            self.tail.show(entry.id for entry in window.entries if entry.id not in before)
        self.window = window
        self._show(move)
        few = len(window.entries) < self.lines and window.octets < MOST_BYTES // 4
        if fill and few and not window.at_oldest:
            self.loader.request("older")
        elif fill and few and not window.at_newest:
            self.loader.request("newer")
