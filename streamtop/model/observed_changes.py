"""What earlier looks saw of one group: for how long what has not changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Consumer, Group

_RETURN_MS = 1_000
"""An idle time that is so much less than it would be untouched has begun anew."""


@dataclass(frozen=True, slots=True)
class ObservedChanges:
    """What earlier looks saw of one group, as far as a verdict needs it.

    Times are milliseconds up to the last look. None is longer than the group was watched,
    and only what every look in it saw counts.
    """

    watched_ms: int = 0
    """Since the first look, or since the first after a gap."""
    unmoved_ms: int = 0
    """For how long its last delivered ID has been the same."""
    lagging_ms: int = 0
    """For how long entries have been waiting for it, proven at each look."""
    unfallen_ms: int = 0
    """For how long its lag was known and never less than before."""
    risen_ms: int | None = None
    """How long ago its lag was last seen to have grown; `None` if it never did."""
    held_ms: int = 0
    """For how long its oldest pending entry has been the same and nothing was acknowledged."""
    moved_ms: int | None = None
    """How long ago, at most, it was last given entries; `None` if that was not seen."""
    returned_idle_ms: int = 0
    """The longest idle time after which one of its consumers was seen to come back: the
    longest that one waits in BLOCK, or works on what it got."""
    lost: int | None = None
    """Entries that were trimmed unread while it was watched; `None` if that cannot be told."""
    added: float | None = None
    """Entries a second that came in lately; `None` if that cannot be told."""
    delivered: float | None = None
    """Entries a second that it was given lately; `None` if that cannot be told."""
    climbing_ms: int = 0
    """For how long the largest lag of each few seconds was never less than before, and grew
    on the whole: a group that reads in batches lowers its lag with each, and yet falls behind."""


def waits(group: Group) -> bool:
    """Whether entries are proven to wait for the group: an unknown lag is none."""
    return bool(group.lag.count) or group.undelivered_id is not None


class ChangeObserver:
    """Since when things have been as they are: a few times, however many looks there were.

    Each is the time of the first look that saw it so, in seconds of the monotonic clock.
    """

    __slots__ = (
        *("_began", "_consumers", "_ended", "_held", "_id", "_lag", "_lagging", "_moved"),
        *("_oldest", "_pending", "_read", "_returned", "_risen", "_unfallen", "_unmoved"),
        *("_waited", "_watched"),
    )

    def __init__(self, began: float, at: float, group: Group) -> None:
        self._returned = 0
        self._consumers: tuple[Consumer, ...] = ()
        self.restart(began, at, group)

    def restart(self, began: float, at: float, group: Group) -> None:
        """Begin with this look: what was before it is long past."""
        self._watched = self._unmoved = at
        self._risen: float | None = None
        self._moved: float | None = None
        self._lagging = at if waits(group) else None
        self._unfallen = None if group.lag.count is None else at
        self._held = None if group.oldest_pending is None else at
        self._remember(began, at, group)

    def add(self, began: float, at: float, group: Group) -> None:
        """Take in a look.

        Args:
            began: When the look began, in seconds of the monotonic clock.
            at: When it was taken.
            group: What it saw.
        """
        self._see_returns(began, group.consumers)
        if group.last_delivered_id != self._id:
            self._unmoved = at
            self._moved = self._began
        if not waits(group):
            self._lagging = None
        elif self._lagging is None:
            self._lagging = at
        self._see_lag(at, group.lag.count)
        self._see_pending(at, group)
        self._remember(began, at, group)

    def past(
        self,
        now: float,
        *,
        lost: int | None,
        added: float | None,
        delivered: float | None,
        climbing_ms: int = 0,
    ) -> ObservedChanges:
        """What there is to tell at the last look, beside what others know."""
        return ObservedChanges(
            _since(self._watched, now) or 0,
            _since(self._unmoved, now) or 0,
            _since(self._lagging, now) or 0,
            _since(self._unfallen, now) or 0,
            _since(self._risen, now),
            _since(self._held, now) or 0,
            _since(self._moved, now),
            self._returned,
            lost,
            added,
            delivered,
            climbing_ms,
        )

    def _see_lag(self, at: float, lag: int | None) -> None:
        before = self._lag
        if lag is None:
            self._unfallen = None
        elif before is None or lag < before:
            self._unfallen = at
        elif lag > before:
            self._risen = at

    def _see_pending(self, at: float, group: Group) -> None:
        oldest = group.oldest_pending
        if oldest is None:
            self._held = None
            return
        same = oldest.id == self._oldest and group.pending >= self._pending
        if same and group.entries_read is not None and self._read is not None:
            same = group.entries_read - self._read <= group.pending - self._pending
        if not same or self._held is None:
            self._held = at

    def _see_returns(self, began: float, consumers: tuple[Consumer, ...]) -> None:
        """Learn how long consumers stay away that come back.

        Not from one that was given the first entry there was, after a wait: how long a
        stream was quiet tells nothing of a BLOCK or of work.
        """
        longer = [each for each in self._consumers if each.idle_ms > self._returned]
        if not longer:
            return
        passed = int((began - self._ended) * 1000) - _RETURN_MS
        found = {each.name: each for each in consumers}
        for each in longer:
            now = found.get(each.name)
            if now is None or not _fell(each.idle_ms, now.idle_ms, passed):
                continue
            if self._missed(each) or not _fell(each.inactive_ms, now.inactive_ms, passed):
                self._returned = max(self._returned, each.idle_ms)

    def _missed(self, consumer: Consumer) -> bool:
        """Whether at the look before there had been entries to be had since it last asked."""
        asked = self._ended - consumer.idle_ms / 1000
        return self._waited or (self._moved is not None and self._moved > asked)

    def _remember(self, began: float, at: float, group: Group) -> None:
        self._began, self._ended = began, at
        self._id: EntryId = group.last_delivered_id
        self._lag = group.lag.count
        self._pending = group.pending
        self._read = group.entries_read
        oldest = group.oldest_pending
        self._oldest = None if oldest is None else oldest.id
        self._consumers = group.consumers
        self._waited = waits(group)


def _fell(before: int | None, now: int | None, passed: int) -> bool:
    """Whether a time that grows by itself has begun anew, after so many milliseconds."""
    if before is None or now is None:
        return now is not None
    return now < max(before, before + passed)


def _since(then: float | None, now: float) -> int | None:
    return None if then is None else max(0, round((now - then) * 1000))
