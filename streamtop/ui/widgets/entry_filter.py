"""The filter over the loaded entries, and the search for further matches in the whole stream."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.decode import SlowQueryError
from streamtop.entry_search import search
from streamtop.model.entry_window import bounded
from streamtop.model.ids import age_ms

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from streamtop.decode.query import Query
    from streamtop.entry_search import Searched
    from streamtop.model.entries import Entry
    from streamtop.model.entry_window import EntryWindow
    from streamtop.model.ids import EntryId
    from streamtop.source import Direction, Source

TURN = 0.01
"""Seconds after which a long evaluation lets pressed keys go first."""
FOUND_AT_ONCE = 50
"""Matches after which a search pauses."""


class EntryFilter:
    """A query (words, a regular expression, a field's value, a JSON path) and its answers."""

    def __init__(self) -> None:
        self.query: Query | None = None
        """The query, or `None` while nothing valid is typed: then every entry matches."""
        self.error = ""
        """Why the text is not a valid query."""
        self._answers: dict[EntryId, bool] = {}

    def set(self, text: str) -> None:
        """Read a query; its answers are not known yet."""
        from streamtop.decode.query import query

        self.query, self.error = None, ""
        self._answers.clear()
        if text.strip():
            try:
                self.query = query(text)
            except ValueError as error:
                self.error = str(error)

    def fits(self, entry: Entry) -> bool:
        """Whether an entry matches; an expression that takes too long is dropped."""
        if self.query is None:
            return True
        if entry.id not in self._answers:
            try:
                self._answers[entry.id] = self.query.matches(entry)
            except SlowQueryError as error:
                self.error, self.query = str(error), None
                return True
        return self._answers[entry.id]

    async def evaluate(self, entries: Iterable[Entry]) -> None:
        """Find the answers for all of these entries, a few at a time."""
        clock = asyncio.get_running_loop().time
        query, began = self.query, clock()
        for entry in entries if query is not None else ():
            self.fits(entry)
            if clock() - began > TURN:
                await asyncio.sleep(0)
                began = clock()

    def forget_beyond(self, number: int) -> None:
        """Drop the answers when there are many more than entries."""
        if len(self._answers) > 2 * number:
            self._answers.clear()


class EntrySearch:
    """Matches of a query beyond the loaded window, found page by page in either direction."""

    def __init__(self) -> None:
        self.found: dict[EntryId, Entry] | None = None
        """The matches so far, those of the window included; `None` before a search."""
        self.status = ""
        """How far the search has come; empty before a search."""
        self._reached: dict[Direction, EntryId] = {}
        self._read: dict[Direction, int] = {}
        self._ended: set[Direction] = set()

    @property
    def read(self) -> int:
        """The entries that were read beyond the window."""
        return sum(self._read.values())

    def covers(self, window: EntryWindow) -> bool:
        """Whether every entry of the stream is in the window or was read."""
        return (window.at_oldest or "newest_first" in self._ended) and (
            window.at_newest or "oldest_first" in self._ended
        )

    def clear(self) -> bool:
        """Drop all matches; returns whether there was a search."""
        searched, self.found, self.status = self.found is not None, None, ""
        self._reached.clear()
        self._read.clear()
        self._ended.clear()
        return searched

    def stopped(self) -> None:
        """Say that the search was stopped."""
        self.status = self.status.replace("searching", "stopped after")

    async def read_on(
        self,
        source: Source,
        stream: str,
        query: Query,
        direction: Direction,
        window: EntryWindow,
        shown: Iterable[Entry],
        time_ms: int | None,
    ) -> AsyncGenerator[None]:
        """Search until the end of the stream or until enough is found.

        Args:
            source: The source of the entries.
            stream: The stream.
            query: What entries must match.
            direction: Towards older entries (newest first), or newer ones.
            window: The loaded entries: a first search begins at their edge.
            shown: The matches among them.
            time_ms: The server's clock.

        Yields:
            After each page.

        Raises:
            SourceError: If a page could not be read.
            SlowQueryError: If the query takes too long.
        """
        if self.found is None:
            self.found = {entry.id: entry for entry in shown}
        beyond = self._reached.get(direction)
        if beyond is None and window.entries:
            beyond = window.entries[-1 if direction == "newest_first" else 0].id
        number, before = 0, self._read.get(direction, 0)
        self.status = "searching"
        pages = search(source, stream, query.matches, direction=direction, beyond=beyond)
        try:
            async with aclosing(pages):
                async for page in pages:
                    self._take(page, direction, time_ms)
                    self._read[direction] = before + page.entries
                    if page.complete:
                        self._ended.add(direction)
                    yield
                    number += len(page.found)
                    if page.complete or number >= FOUND_AT_ONCE:
                        break
        finally:
            self.status = self.status.replace("searching", "searched")

    def _take(self, page: Searched, direction: Direction, time_ms: int | None) -> None:
        """Add the matches of a page; of very many, those that were found first are dropped."""
        if page.at is not None:
            self._reached[direction] = page.at
        age = age_ms(page.at, time_ms) if page.at is not None else None
        at = "" if age is None else f", {figures.duration(age)} ago"
        end = " ─ the end" if page.complete else ""
        self.status = f"searching {page.entries:,} entries{at}{end}"
        if page.found:
            found = (self.found or {}) | {entry.id: entry for entry in page.found}
            latest_first = sorted(found, reverse=direction == "oldest_first")
            kept = bounded(found[entry_id] for entry_id in latest_first)
            self.found = {entry.id: entry for entry in sorted(kept, key=_entry_id, reverse=True)}


def _entry_id(entry: Entry) -> EntryId:
    return entry.id
