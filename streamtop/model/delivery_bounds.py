"""How many entries a group received, and how many were trimmed before it read them.

No server counts either for certain: entries-read leaps over what was trimmed on some versions,
is an estimate after deletions on others, and is missing before 7.0. What always holds is

    delivered + lost + deleted unread = added - change of the lag

Where these cannot be told apart, they are kept as bounds, and the truth lies within them. Before
7.0 nothing shows that an entry between two others was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number known to lie between two others, both included.

    >>> Bounds(1, 3) + Bounds(0, None)
    Bounds(low=1, high=None)
    >>> Bounds(2, 2).exact, Bounds(2, 3).exact
    (2, None)
    """

    low: int = 0
    high: int | None = 0
    """`None` when nothing bounds it from above."""

    @property
    def exact(self) -> int | None:
        """The number itself, if the bounds leave only one."""
        return self.low if self.low == self.high else None

    def __add__(self, other: Bounds) -> Bounds:
        high = None if self.high is None or other.high is None else self.high + other.high
        return Bounds(self.low + other.low, high)


@dataclass(frozen=True, slots=True)
class Rate:
    """Entries a second, between two bounds."""

    low: float
    high: float | None
    """`None` when nothing bounds it from above."""

    @property
    def exact(self) -> float | None:
        """The rate itself, if the bounds leave only one."""
        return self.low if self.low == self.high else None


NOTHING = Bounds(0, 0)
UNBOUNDED = Bounds(0, None)


@dataclass(frozen=True, slots=True)
class Passed:
    """What happened to a group between two looks."""

    delivered: Bounds
    lost: Bounds
    """Entries that were trimmed before the group read them; not those deleted one by one."""


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """The position of a group, and its stream, at a look that asked XINFO STREAM too."""

    position: EntryId
    read: int | None
    pending: int
    lag: int | None
    """`None` unless it is proven."""
    undelivered: EntryId | None
    edges: Edges

    @classmethod
    def of(cls, group: Group, edges: Edges) -> GroupPosition:
        """The position that a look saw; `edges` are of the same look."""
        lag = group.lag.count if group.lag.trust == "exact" else None
        return cls(
            *(group.last_delivered_id, group.entries_read, group.pending, lag),
            *(group.undelivered_id, edges),
        )

    @property
    def read_or_removed(self) -> int | None:
        """Entries ever added that no longer wait for the group; `None` before 7.0."""
        added = self.edges.entries_added
        return None if added is None or self.lag is None else added - self.lag

    @property
    def removed(self) -> int | None:
        """Entries that were ever trimmed or deleted; `None` before 7.0."""
        added = self.edges.entries_added
        return None if added is None else added - self.edges.length

    @property
    def remaining(self) -> int | None:
        """Entries up to the position that still exist."""
        return None if self.lag is None else self.edges.length - self.lag

    def leaps_ahead(self, now: GroupPosition) -> bool:
        """Whether entries-read may leap over entries that had been removed above this position."""
        deleted = now.edges.max_deleted_entry_id
        return self.trimmed_past(self.position) or deleted is None or deleted > self.position

    def trimmed_past(self, position: EntryId) -> bool:
        """Whether the stream now begins above a position, or is empty."""
        first = self.edges.first_entry_id
        return first is None or first > position


def passed_between(before: GroupPosition, now: GroupPosition) -> Passed | None:
    """What happened to a group between two looks.

    Entries that a forward XGROUP SETID skips count as delivered.

    Returns:
        Bounds that hold whatever was added, trimmed, deleted, read and acknowledged in
        between; `None` if the stream was made anew.
    """
    if _made_anew(before, now):
        return None
    total = _difference(before.read_or_removed, now.read_or_removed)
    if _may_be_set(before, now):
        return _passed_where_set(before, now, total)
    trimmed = _may_be_trimmed(before, now)
    deleted = _may_be_deleted(before, now)
    if now.position == before.position:
        lost = _lost_in_place(before, now, total, deleted=deleted) if trimmed else NOTHING
        return Passed(NOTHING, lost)
    least = _least_delivered(before, now)
    most = _most_delivered(before, now, total, least)
    if not trimmed:
        exact = most is not None and (
            (total is not None and not deleted)
            or (most == _difference(before.read, now.read) and not before.leaps_ahead(now))
        )
        return Passed(Bounds(most if exact and most is not None else least, most), NOTHING)
    if total is None or most is None:
        return Passed(Bounds(least, most), Bounds(0, _difference(before.removed, now.removed)))
    least = min(least, most)
    surely = 0 if deleted else max(0, total - most)
    return Passed(Bounds(least, most), Bounds(surely, max(0, total - least)))


def lost_before(now: GroupPosition) -> Bounds:
    """Entries that a group lost before the first look at it, as far as that look shows."""
    removed = now.removed
    if removed is None:
        return UNBOUNDED
    seen = 0
    deleted = now.edges.max_deleted_entry_id
    alone = deleted is None or deleted <= now.position
    if alone and now.read is not None and now.lag and now.trimmed_past(now.position):
        seen = removed - now.read
    return Bounds(max(0, min(seen, removed)), max(0, removed))


def _made_anew(before: GroupPosition, now: GroupPosition) -> bool:
    if now.edges.last_generated_id < before.edges.last_generated_id:
        return True
    added = _difference(before.edges.entries_added, now.edges.entries_added)
    return added is not None and added < 0


def _may_be_set(before: GroupPosition, now: GroupPosition) -> bool:
    """Whether the position may have moved by XGROUP SETID rather than by reading."""
    moved = now.position != before.position
    return now.position < before.position or (
        moved and before.read is not None and now.read is None
    )


def _passed_where_set(before: GroupPosition, now: GroupPosition, total: int | None) -> Passed:
    """What happened to a group whose position may have been set."""
    removed = 0 if _begins_alike(before, now) else _difference(before.removed, now.removed)
    most = total if now.position > before.position else None
    least = max(0, now.pending - before.pending)
    if most is not None:
        least = min(least, most)
    lost = removed if most is None or removed is None else min(removed, most)
    return Passed(Bounds(least, most), Bounds(0, lost))


def _may_be_trimmed(before: GroupPosition, now: GroupPosition) -> bool:
    """Whether an entry above the earlier position may have been trimmed since.

    Trimming takes the first entries: while one up to that position is still there, or the
    same entry comes first, none above it was.
    """
    if before.removed is not None and before.removed == now.removed:
        return False
    if before.edges.last_generated_id == now.edges.last_generated_id and before.lag == 0:
        return False
    return now.trimmed_past(before.position) and not _begins_alike(before, now)


def _may_be_deleted(before: GroupPosition, now: GroupPosition) -> bool:
    """Whether an entry above the earlier position may have been deleted (XDEL) since."""
    if before.removed is not None and before.removed == now.removed:
        return False
    deleted = now.edges.max_deleted_entry_id
    return deleted is None or deleted > before.position


def _begins_alike(before: GroupPosition, now: GroupPosition) -> bool:
    """Whether the stream still begins with the same entry: nothing was trimmed."""
    first = now.edges.first_entry_id
    return first is not None and first == before.edges.first_entry_id


def _least_delivered(before: GroupPosition, now: GroupPosition) -> int:
    """Entries that were delivered in any case: the position moved, so there was one."""
    least = max(1, now.pending - before.pending)
    if now.remaining is not None:
        kept = 0 if now.trimmed_past(before.position) else before.remaining
        if kept is not None:
            least = max(least, now.remaining - kept)
    return least


def _most_delivered(
    before: GroupPosition, now: GroupPosition, total: int | None, least: int
) -> int | None:
    """Entries that were delivered at most: entries-read never rises by less."""
    read = _difference(before.read, now.read)
    if read is not None and read < least:
        read = None  # somebody set it (ENTRIESREAD)
    if total is None or read is None:
        return read if total is None else total
    return min(total, read)


def _lost_in_place(
    before: GroupPosition, now: GroupPosition, total: int | None, *, deleted: bool
) -> Bounds:
    """Entries lost while the group read nothing."""
    if total is not None:
        return Bounds(0 if deleted else max(0, total), max(0, total))
    removed = _difference(before.removed, now.removed)
    if removed is not None:
        return Bounds(0, removed)
    fallen = 0 if before.lag is None or now.lag is None else max(0, before.lag - now.lag)
    first, undelivered = now.edges.first_entry_id, before.undelivered
    if undelivered is not None and first is not None and first <= undelivered:
        return NOTHING
    if before.edges.last_generated_id == now.edges.last_generated_id and now.lag is not None:
        return Bounds(fallen, None if before.lag is None else fallen)
    overtaken = undelivered is not None
    return Bounds(max(fallen, int(overtaken)), None)


def _difference(first: int | None, last: int | None) -> int | None:
    return None if first is None or last is None else last - first
