"""What was observed of one group over time: for how long it has been as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Consumer, Group

_RETURN_MS = 1_000
"""An idle time this much below its expected value shows that the consumer came back."""


@dataclass(frozen=True, slots=True)
class ObservedChanges:
    """What was observed of one group, as far as a verdict needs it.

    Times are milliseconds up to the last snapshot. None exceeds the time for which the group
    was watched, and each condition held in every snapshot since.
    """

    watched_ms: int = 0
    """Since the first snapshot, or the first after a gap."""
    unmoved_ms: int = 0
    """For how long its last delivered ID has been the same."""
    lagging_ms: int = 0
    """For how long entries have been waiting, proven in each snapshot."""
    unfallen_ms: int = 0
    """For how long its lag has been known and has not fallen."""
    risen_ms: int | None = None
    """How long ago its lag last grew; `None` if it never did."""
    held_ms: int = 0
    """For how long its oldest pending entry has been the same, with nothing acknowledged."""
    moved_ms: int | None = None
    """Upper bound of the time since entries were last delivered; `None` if never seen."""
    returned_idle_ms: int = 0
    """The longest idle time after which one of its consumers came back: the longest wait in
    BLOCK, or work on what it received."""
    lost: int | None = None
    """Entries trimmed unread while it was watched; `None` if not known."""
    added: float | None = None
    """Entries added lately, a second; `None` if not known."""
    delivered: float | None = None
    """Entries delivered to it lately, a second; `None` if not known."""
    climbing_ms: int = 0
    """For how long the largest lag of each few seconds has not fallen, while it grew overall.
    A group that reads in batches lowers its lag with each batch and may still fall behind."""


def waits(group: Group) -> bool:
    """Whether entries are proven to wait for the group; an unknown lag proves nothing."""
    return bool(group.lag.count) or group.undelivered_id is not None


class ChangeObserver:
    """Since when a group has been as it is: a few times, however many snapshots there were.

    Each is the time of the first snapshot that showed the present state, in seconds of the
    monotonic clock.
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
        """Begin with this snapshot: the one before is too old."""
        self._watched = self._unmoved = at
        self._risen: float | None = None
        self._moved: float | None = None
        self._lagging = at if waits(group) else None
        self._unfallen = None if group.lag.count is None else at
        self._held = None if group.oldest_pending is None else at
        self._remember(began, at, group)

    def add(self, began: float, at: float, group: Group) -> None:
        """Take in a snapshot of the group.

        Args:
            began: When the look began, in seconds of the monotonic clock.
            at: When it ended.
            group: The group as it was seen.
        """
        self._observe_returns(began, group.consumers)
        if group.last_delivered_id != self._id:
            self._unmoved = at
            self._moved = self._began
        if not waits(group):
            self._lagging = None
        elif self._lagging is None:
            self._lagging = at
        self._observe_lag(at, group.lag.count)
        self._observe_pending(at, group)
        self._remember(began, at, group)

    def observed(
        self,
        now: float,
        *,
        lost: int | None,
        added: float | None,
        delivered: float | None,
        climbing_ms: int = 0,
    ) -> ObservedChanges:
        """The observed times as of `now`, with the figures that others have counted."""
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

    def _observe_lag(self, at: float, lag: int | None) -> None:
        before = self._lag
        if lag is None:
            self._unfallen = None
        elif before is None or lag < before:
            self._unfallen = at
        elif lag > before:
            self._risen = at

    def _observe_pending(self, at: float, group: Group) -> None:
        oldest = group.oldest_pending
        if oldest is None:
            self._held = None
            return
        same = oldest.id == self._oldest and group.pending >= self._pending
        if same and group.entries_read is not None and self._read is not None:
            same = group.entries_read - self._read <= group.pending - self._pending
        if not same or self._held is None:
            self._held = at

    def _observe_returns(self, began: float, consumers: tuple[Consumer, ...]) -> None:
        """Learn how long consumers that come back stay away.

        A consumer that waited and then received the first available entry does not count:
        how long a stream was quiet says nothing about BLOCK times or work.
        """
        candidates = [each for each in self._consumers if each.idle_ms > self._returned]
        if not candidates:
            return
        passed = int((began - self._ended) * 1000) - _RETURN_MS
        present = {consumer.name: consumer for consumer in consumers}
        for before in candidates:
            now = present.get(before.name)
            if now is None or not _restarted(before.idle_ms, now.idle_ms, passed):
                continue
            if self._missed_entries(before) or not _restarted(
                before.inactive_ms, now.inactive_ms, passed
            ):
                self._returned = max(self._returned, before.idle_ms)

    def _missed_entries(self, consumer: Consumer) -> bool:
        """Whether, by the last snapshot, there had been entries since the consumer asked."""
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


def _restarted(before: int | None, now: int | None, passed: int) -> bool:
    """Whether a time that grows by itself has started again within `passed` milliseconds."""
    if before is None or now is None:
        return now is not None
    return now < max(before, before + passed)


def _since(then: float | None, now: float) -> int | None:
    return None if then is None else max(0, round((now - then) * 1000))
