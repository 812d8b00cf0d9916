"""A count of the entries after a group's position, made page by page and kept up to date.

No command returns that number: XRANGE must be read, with all payloads. A count is therefore
bounded and spread over several looks. Afterwards only the changed parts are read again: the
page that contains the position, and the entries added since. Once an undelivered entry may have
been removed, the count is kept up to date but proves nothing any more, until it starts over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId

PAGE = 100
"""Entries of a page, the unit that is read again when the position moves into it."""
BOUND = 10_000
"""Maximum entries of a count, unless it is a full one."""
BOUND_BYTES = 4_000_000
"""Maximum bytes read for a count, unless it is a full one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The progress of a count."""

    count: int
    """All entries after the position if complete, else a lower bound."""
    complete: bool
    first: EntryId | None
    """The first entry after the position; `None` if there is none, or none was read."""
    proven: bool = True
    """Whether all entries that were counted still exist."""


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
    """`None` if the position moved into it, so that it must be read again."""


class LagCounter:
    """The count for one group: call `observe` at each look, then read and `take` its spans."""

    __slots__ = (
        *("_base", "_first", "_frontier", "_growth", "_grown", "_pages", "_position", "bound"),
        *("proven", "settled"),
    )

    def __init__(self) -> None:
        self.bound: int | None = BOUND
        """Maximum entries to count; `None` for all."""
        self.proven = True
        """Whether all entries that were counted must still exist."""
        self.settled = False
        """Whether the count was complete before this look, and proven until now."""
        self._position: EntryId | None = None
        self._base: Edges | None = None
        self._pages: list[_Page] = []
        self._frontier: EntryId | None = None
        self._first: EntryId | None = None
        self._growth: int | None = None
        """By how much the length grew, where only that can show whether entries were removed."""
        self._grown = 0
        """How many of the added entries have been counted."""

    def observe(self, position: EntryId, edges: Edges) -> None:
        """Take in a look. The count starts over if little was counted, or if it is of no use.

        Args:
            position: The group's last delivered ID.
            edges: The stream's edges.
        """
        if self._base is None or not self._goes_on(position, edges):
            self._begin(position, edges)
            return
        was_complete = self._is_complete
        self.proven = self.proven and self._still_true(position, edges)
        self.settled = self.proven and was_complete
        if not self.proven:
            if self.bound is None:  # a full count is made only once
                self._begin(position, edges)
                return
            self._growth = None
        elif edges.entries_added is None and edges.last_generated_id > self._base.last_generated_id:
            self._growth, self._grown = edges.length - self._base.length, 0
        if position != self._position:
            self._move(position)
        elif not self.proven:
            self._reread_first_page()
        self._base = edges

    def restart(self) -> None:
        """Start over with the look that was taken in last."""
        if self._position is not None and self._base is not None:
            self._begin(self._position, self._base)

    @property
    def need(self) -> int:
        """Entries to read if it starts over, about."""
        if self.bound is None:
            return 0
        known = self._sum()
        return min(self.bound + 1, known + known // 10 + PAGE) if self._is_complete else self.bound

    def next_span(self, room: int) -> Span | None:
        """What to read next, at most `room` rows; `None` if the count needs no more."""
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
        """Count the rows of a span, by their IDs in order."""
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
            self.proven = self.proven and self._grown == self._growth
            self._growth = None

    def counted(self) -> Counted | None:
        """The progress of the count; `None` before the first look and after `forget`."""
        if self._base is None or self._frontier is None:
            return None
        if self._pages and self._pages[0].count is None:
            known = sum(page.count or 0 for page in self._pages)
            return Counted(known, complete=False, first=None, proven=self.proven)
        return Counted(self._sum(), self._is_complete, self._first, self.proven)

    def forget(self) -> None:
        """Start over at the next look."""
        self._base = None

    def _begin(self, position: EntryId, edges: Edges) -> None:
        if self._base is not None:
            self.bound = BOUND if self.bound is None else self.bound
        self._position, self._base = position, edges
        self._pages, self._frontier, self._first = [], position, None
        self._growth = None
        self.proven, self.settled = True, False

    @property
    def _is_complete(self) -> bool:
        if self._base is None or self._frontier is None:
            return False
        unread = bool(self._pages) and self._pages[0].count is None
        return not unread and self._frontier >= self._base.last_generated_id

    def _sum(self) -> int:
        return sum(page.count or 0 for page in self._pages)

    def _goes_on(self, position: EntryId, edges: Edges) -> bool:
        """Whether to keep the count: it is of the same stream, and not read again at once."""
        base, before = self._base, self._position
        if base is None or before is None:
            return False
        if position == before and edges == base:
            return True
        known = edges.entries_added, base.entries_added
        return (
            position >= before
            and self._sum() > PAGE
            and edges.last_generated_id >= base.last_generated_id
            and (None in known or known[0] >= known[1])  # type: ignore[operator]
        )

    def _still_true(self, position: EntryId, edges: Edges) -> bool:
        """Whether all entries counted before must still exist."""
        base = self._base
        if base is None:
            return False
        if position == self._position and edges == base:
            return True
        if edges.entries_added is None or base.entries_added is None:
            return self._still_true_before_7(edges, base)
        added = edges.entries_added - base.entries_added
        removed = added - (edges.length - base.length)
        moved_on = edges.last_generated_id > base.last_generated_id
        if added < 0 or removed < 0 or moved_on != (added > 0):
            return False  # XSETID, or another stream by the same name
        return removed == 0 or _only_delivered_were_removed(position, edges)

    def _still_true_before_7(self, edges: Edges, base: Edges) -> bool:
        """The same for servers that do not count added entries.

        Nothing was removed if the length grew by exactly the entries above the old last ID.
        """
        if edges.first_entry_id != base.first_entry_id:
            return False
        if edges.last_generated_id == base.last_generated_id:
            return edges.length == base.length
        return self._frontier is not None and self._frontier >= base.last_generated_id

    def _move(self, position: EntryId) -> None:
        """Entries were delivered: those up to the new position no longer count."""
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

    XDEL raises max-deleted-entry-id to the deleted ID; a trim removes the lowest IDs first.
    """
    first, deleted = edges.first_entry_id, edges.max_deleted_entry_id
    return first is not None and first <= position and deleted is not None and deleted <= position
