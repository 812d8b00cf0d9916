"""A filter over what is loaded, and a search for more of the same in the whole stream."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import var

from streamtop import figures
from streamtop.decode import SlowQueryError
from streamtop.entry_search import search
from streamtop.model.entry_window import bounded
from streamtop.model.ids import age_ms
from streamtop.source import SourceError
from streamtop.ui.text import as_sentence
from streamtop.ui.widgets.entry_browser import Browsing

if TYPE_CHECKING:
    from streamtop.decode.query import Query
    from streamtop.entry_search import Searched
    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId
    from streamtop.source import Direction
    from streamtop.ui.widgets.entry_rows import EntryRow

TURN = 0.01
"""Seconds that the filter may take before keys have their turn."""
FOUND_AT_ONCE = 50
"""Entries after which a search pauses; `n` goes on."""


class Searching(Browsing):
    """The filter is a query: words, a regular expression, a field's value, a JSON path."""

    searched: var[str] = var("")
    """How far a search has come; empty when none is under way and none was."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.query_error = ""
        """Why what was typed is no query, if it is none."""
        self._query: Query | None = None
        self._fitting: dict[EntryId, bool] = {}
        """Which of the loaded entries the filter lets through, as far as they were asked."""
        self._found: dict[EntryId, Entry] | None = None
        self._reached: dict[Direction, EntryId] = {}
        """How far a search has come in each direction."""

    @property
    def looked_for(self) -> Query | None:
        """What the filter asks for; `None` without one, or while it is none."""
        return self._query

    # The filter

    def watch_needle(self) -> None:
        self.end_search()
        self._query, self.query_error = None, ""
        self._fitting.clear()
        if self.needle.strip():
            from streamtop.decode.query import query

            try:
                self._query = query(self.needle)
            except ValueError as error:
                self.query_error = str(error)
        self.ask_rows()

    @work(group="filter", exclusive=True)
    async def ask_rows(self) -> None:
        """Ask the filter about all that is loaded, a little at a time, and show what it says."""
        clock = asyncio.get_running_loop().time
        query, began = self._query, clock()
        for row in self.data if query is not None else ():
            self.fits(row)
            if clock() - began > TURN:
                await asyncio.sleep(0)  # keys that were pressed meanwhile come first
                began = clock()
        super().watch_needle()

    def fits(self, row: EntryRow) -> bool:
        """Whether the filter lets a row through."""
        if self._query is None:
            return True
        entry_id = row.entry.id
        if entry_id not in self._fitting:
            try:
                self._fitting[entry_id] = self._query.matches(row.entry)
            except SlowQueryError as error:
                self.query_error, self._query = str(error), None
                return True
        return self._fitting[entry_id]

    def rearrange(self) -> None:
        """Filter and sort the data anew; what left it is forgotten."""
        if len(self._fitting) > 2 * len(self.data):
            self._fitting.clear()
        super().rearrange()

    # The search

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return any(
            worker.group == "search" and not worker.is_finished and worker.node is self
            for worker in self.workers
        )

    def action_search(self, by: int) -> None:
        """Look for more of the same in older entries, or in newer ones; pressed again, stop."""
        if self.searching:
            self.workers.cancel_group(self, "search")
            self.searched = self.searched.replace("searching", "stopped after")
        elif self._query is None:
            self.notify("Type what to look for first: / asks.", title="Search", markup=False)
        else:
            self.following = False
            self.search("newest_first" if by > 0 else "oldest_first")

    def end_search(self) -> None:
        """Stop searching; what was loaded before is shown again."""
        self.workers.cancel_group(self, "search")
        self.searched = ""
        self._reached.clear()
        if self._found is not None:
            self._found = None
            self.show_stretch()

    def show_stretch(self) -> None:
        """Show what is loaded, unless what a search found is shown."""
        if self._found is None:
            super().show_stretch()

    @work(group="search", exclusive=True)
    async def search(self, direction: Direction) -> None:
        """Read on from the last row, page by page, and show what is found."""
        source, stream, query = self.source, self.stream, self._query
        if source is None or stream is None or query is None:
            return
        if self._found is None:
            self._found = {row.entry.id: row.entry for row in self.data if self.fits(row)}
        edge = -1 if direction == "newest_first" else 0
        beyond = self._reached.get(direction)
        if beyond is None and self.stretch.entries:
            beyond = self.stretch.entries[edge].id
        found = 0
        self.searched = "searching"
        pages = search(source, stream.name, query.matches, direction=direction, beyond=beyond)
        try:
            async with aclosing(pages):
                async for searched in pages:
                    if not self._take_found(searched, direction):
                        return
                    found += len(searched.found)
                    if searched.complete or found >= FOUND_AT_ONCE:
                        break
        except (SourceError, SlowQueryError) as error:
            told = as_sentence(str(error))
            self.notify(told, title="Search ended", severity="error", markup=False)
        self.searched = self.searched.replace("searching", "searched")

    def _take_found(self, searched: Searched, direction: Direction) -> bool:
        """Show what a page brought; whether anybody still wants it."""
        if self._found is None:
            return False
        if searched.at is not None:
            self._reached[direction] = searched.at
        age = age_ms(searched.at, self.time_ms) if searched.at is not None else None
        at = "" if age is None else f", {figures.duration(age)} ago"
        end = " ─ the end" if searched.complete else ""
        self.searched = f"searching {searched.entries:,} entries{at}{end}"
        if searched.found:
            self._found |= {entry.id: entry for entry in searched.found}
            ids = sorted(self._found, reverse=True)
            kept = bounded(
                self._found[each]
                for each in (reversed(ids) if direction == "newest_first" else ids)
            )
            self._found = {entry.id: entry for entry in kept}
            self.show_entries(self._found[each] for each in ids if each in self._found)
        self.show_title()
        return True
