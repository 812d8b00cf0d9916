"""A count of the entries after a group's position, made page by page and kept true.

No server can be asked for that number: XRANGE must be read, and its payloads travel along.
So a count is bounded, spread over looks, and afterwards only what moved is read again: the
page that the position is in, and what was added. It starts anew when anything says that an
undelivered entry may have been removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId

PAGE = 100
"""Entries of a page: what is read again when the position moves on."""
BOUND = 10_000
"""Entries that are counted, unless a full count is asked for."""
BOUND_BYTES = 4_000_000
"""Bytes that are read for one count, unless a full count is asked for."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a count has come."""

    count: int
    """Entries that were counted: all of them when complete, else a lower bound."""
    complete: bool
    first: EntryId | None
    """The first entry after the position; `None` when there is none, or none was read."""


@dataclass(frozen=True, slots=True)
class Span:
    """What to read next: XRANGE from the ID after `beyond` to `upto`, at most `count` rows."""

    beyond: EntryId
    upto: EntryId
    count: int


@dataclass(slots=True)
class _Page:
    last: EntryId
    count: int | None
    """`None` when the position moved into it: it must be read again."""


class LagCounter:
    """The count for one group. Feed it each look, then read the spans it asks for."""

    __slots__ = (
        *("_base", "_first", "_frontier", "_growth", "_grown", "_pages", "_position", "bound"),
    )

    def __init__(self) -> None:
        self.bound: int | None = BOUND
        """Entries to count at most; `None` for all there are."""
        self._position: EntryId | None = None
        self._base: Edges | None = None
        self._pages: list[_Page] = []
        self._frontier: EntryId | None = None
        self._first: EntryId | None = None
        self._growth: int | None = None
        """How many added entries will be counted if none was removed, where only that tells."""
        self._grown = 0

    def observe(self, position: EntryId, edges: Edges) -> None:
        """A new look: where the group stands, and what the stream says of itself.

        Whatever the look proves to be still true is kept.
        """
        if self._base is None or self._position is None or not self._still_true(position, edges):
            if self._base is not None:
                self.bound = BOUND  # a full count was asked for once, not for ever
            self._position, self._base = position, edges
            self._pages, self._frontier, self._first = [], position, None
            self._growth = None
            return
        if edges.entries_added is None and edges.last_generated_id > self._base.last_generated_id:
            self._growth, self._grown = edges.length - self._base.length, 0
        if position != self._position:
            self._move(position)
        self._base = edges

    def next_span(self, room: int) -> Span | None:
        """What to read next, at most `room` rows; `None` when the count is as far as it goes."""
        if self._position is None or self._base is None or self._frontier is None or room <= 0:
            return None
        if self._pages and self._pages[0].count is None:
            return Span(self._position, self._pages[0].last, PAGE)
        top = self._base.last_generated_id
        left = room if self.bound is None else min(room, self.bound + 1 - self._sum())
        if self._frontier >= top or left <= 0:
            return None
        return Span(self._frontier, top, left)

    def take(self, span: Span, ids: Sequence[EntryId]) -> None:
        """What was read of a span: the IDs of its rows, in order."""
        if span.beyond == self._position:
            self._first = ids[0] if ids else None
        if self._pages and self._pages[0].count is None:
            if ids:
                self._pages[0].count = len(ids)
            else:
                del self._pages[0]
                self._reread_first_page()
            return
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            self._pages.append(_Page(page[-1], len(page)))
        self._frontier = ids[-1] if len(ids) >= span.count else span.upto
        self._grown += len(ids)
        if self._growth is not None and self._frontier >= span.upto:
            if self._grown != self._growth:
                self.forget()
            self._growth = None

    def counted(self) -> Counted | None:
        """How far the count has come; `None` if nothing can be said."""
        if self._base is None or self._frontier is None:
            return None
        if self._pages and self._pages[0].count is None:
            known = sum(page.count or 0 for page in self._pages)
            return Counted(known, complete=False, first=None)
        complete = self._frontier >= self._base.last_generated_id
        return Counted(self._sum(), complete, self._first)

    def forget(self) -> None:
        """Start anew at the next look."""
        self._base = None

    def _sum(self) -> int:
        return sum(page.count or 0 for page in self._pages)

    def _still_true(self, position: EntryId, edges: Edges) -> bool:
        """Whether what was counted before must still be there."""
        base, before = self._base, self._position
        if base is None or before is None:
            return False
        if position == before and edges == base:
            return True
        if (
            position < before
            or self._sum() <= PAGE
            or edges.last_generated_id < base.last_generated_id
        ):
            return False
        if edges.entries_added is None or base.entries_added is None:
            return self._still_true_before_7(edges, base)
        added = edges.entries_added - base.entries_added
        removed = added - (edges.length - base.length)
        moved_on = edges.last_generated_id > base.last_generated_id
        if added < 0 or removed < 0 or moved_on != (added > 0):
            return False  # XSETID, or another stream by the same name
        return removed == 0 or _only_delivered_were_removed(position, edges)

    def _still_true_before_7(self, edges: Edges, base: Edges) -> bool:
        """The same where no server counts what was added: the length must tell.

        Nothing was removed if the length grew by just what is counted beyond the old top.
        """
        if edges.first_entry_id != base.first_entry_id:
            return False
        if edges.last_generated_id == base.last_generated_id:
            return edges.length == base.length
        return self._frontier is not None and self._frontier >= base.last_generated_id

    def _move(self, position: EntryId) -> None:
        """The group was given entries: what lies before its position no longer counts."""
        self._position = position
        self._pages = [page for page in self._pages if page.last > position]
        if self._frontier is not None and self._frontier <= position:
            self._frontier = position
        self._reread_first_page()

    def _reread_first_page(self) -> None:
        self._first = None
        if self._pages:
            self._pages[0].count = None


def _only_delivered_were_removed(position: EntryId, edges: Edges) -> bool:
    """Whether no entry above the position can have been removed, by XDEL or by a trim.

    XDEL of an entry raises max-deleted-entry-id to it; a trim takes the lowest first.
    """
    first, deleted = edges.first_entry_id, edges.max_deleted_entry_id
    return first is not None and first <= position and deleted is not None and deleted <= position
