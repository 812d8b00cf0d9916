"""What changed in a group from look to look, and what has not changed for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from streamtop.model.delivery_bounds import NOTHING, UNBOUNDED, Bounds
from streamtop.model.habits import NO_HABITS, SHORT_MS, Habit, Habits

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Consumer, Group, OldestPending

_RESET_MS = 1_000
"""An idle time this much shorter than it would be untouched has started anew."""


_OVERTAKEN, _KEEPS_UP = 1.3, 0.7
"""Spacings of entries that the first one is above the position, on average, where it is trimmed
past the group."""
LATE_MS = 10_000
"""A waiting entry that is older is late."""
_READS_AGAIN_MS = 10_000
"""Within this time of its acknowledgement a worker reads again."""


class _Left(NamedTuple):
    """The oldest pending entry, after it was acknowledged."""

    at: float
    consumer: str
    held_ms: int
    watched_ms: int


@dataclass(frozen=True, slots=True)
class ObservedChanges:
    """What the looks at one group have shown. Durations are milliseconds up to the last look."""

    watched_ms: int = 0
    """Since the first look, or since the first after a gap."""
    waiting_ms: int = 0
    """For how long entries were waiting at every look and none was delivered."""
    unmoved_ms: int = 0
    """For how long its last delivered ID has been the same."""
    moved_ms: int | None = None
    """How long ago, at most, entries were last delivered; `None` if that was not seen."""
    unacknowledged_ms: int = 0
    """For how long entries were pending and certainly none was acknowledged."""
    acknowledged_ms: int | None = None
    """How long ago, at most, an entry was last seen to be acknowledged."""
    held_ms: int = 0
    """For how long the oldest pending entry has had the same holder and delivery count."""
    carried_ms: int = 0
    """For how long it had been pending before: with other holders, or delivered less often."""
    renewed_ms: int | None = None
    """How long ago its holder last renewed its idle time without a new delivery (XCLAIM JUSTID)."""
    returned_idle_ms: int = 0
    """The longest idle time after which one of its consumers was seen to come back."""
    falling_behind_ms: int = 0
    """How long ago the lag was lowest since entries began to wait; where it is not known, the
    age of the first waiting entry."""
    late_ms: int | None = None
    """How long ago the first waiting entry was last late (`LATE_MS`) or of unknown age."""
    lag_before: int | None = None
    """What the lag was then."""
    overtaken_ms: int = 0
    """For how long the stream has begun well above the group's position at every look though
    the group reads: it is trimmed before the group can read it."""
    habits: Habits = NO_HABITS
    lost: Bounds = NOTHING
    """Entries lost while the group was watched."""
    lost_before: Bounds = UNBOUNDED
    """Entries lost before."""

    @property
    def renews(self) -> bool:
        """Whether the holder of the oldest pending entry keeps renewing it."""
        if self.renewed_ms is None:
            return False
        return self.renewed_ms <= max(30_000, 3 * self.habits.renewal_ms)


def waits(group: Group) -> bool:
    """Whether entries are proven to wait for the group; an unknown lag proves nothing."""
    return bool(group.lag.count) or group.undelivered_id is not None


class ChangeObserver:
    """Since when a group has been as it is: a few times, however many looks there were.

    Times are seconds of the monotonic clock.
    """

    __slots__ = (
        "_acknowledged",
        "_began",
        "_carried",
        "_completed",
        "_consumers",
        "_ended",
        "_gap",
        "_growing",
        "_growth_age",
        "_growth_lag",
        "_held",
        "_late",
        "_left",
        "_moved",
        "_oldest",
        "_overtaken",
        "_pending",
        "_pending_habit",
        "_position",
        "_quiet",
        "_renewal",
        "_renewed",
        "_retried",
        "_retry",
        "_returned",
        "_unacknowledged",
        "_unmoved",
        "_waited",
        "_waiting",
        "_waiting_habit",
        "_watched",
        "_working_habit",
    )

    def __init__(self, began: float, at: float, group: Group) -> None:
        self._returned = 0
        self._completed = False
        self._waiting_habit, self._working_habit = Habit(), Habit()
        self._pending_habit, self._retry, self._renewal = Habit(), Habit(), Habit()
        self._consumers: tuple[Consumer, ...] = ()
        self._held = at
        self._carried = 0
        self._renewed: float | None = None
        self._retried: int | None = None
        self.restart(began, at, group)

    def restart(self, began: float, at: float, group: Group) -> None:
        """Begin anew with this look, after a gap. Habits are kept."""
        self._watched = self._unmoved = at
        self._waiting = at if waits(group) else None
        self._moved: float | None = None
        self._acknowledged: float | None = None
        self._unacknowledged = self._quiet = at if group.pending else None
        self._begin_oldest(at)
        self._left: _Left | None = None
        self._growing: float | None = None
        self._growth_lag: int | None = None
        self._growth_age: int | None = None
        self._late: float | None = None
        self._overtaken: float | None = None
        self._gap = 0.5
        self._remember(began, at, group)

    def add(
        self,
        began: float,
        at: float,
        group: Group,
        delivered: Bounds,
        edges: Edges | None,
        time_ms: int | None,
    ) -> None:
        """Take in a look.

        Args:
            began: When the look began, in seconds of the monotonic clock.
            at: When it ended.
            group: What it saw.
            delivered: The entries delivered since the look before.
            edges: XINFO STREAM of the same look; `None` when it was not asked.
            time_ms: The server's clock.
        """
        self._see_returns(began, group.consumers)
        moved = group.last_delivered_id != self._position
        self._see_growth(at, group, time_ms)
        self._see_trimming(at, group, edges, moved=moved)
        if moved:
            if self._waiting is not None:
                waited = at - max(self._waiting, self._unmoved)
                self._waiting_habit.learn(_ms(waited), _ms(at - self._watched))
            self._unmoved = at
            self._moved = self._began
        if not waits(group):
            self._waiting = None
        elif self._waiting is None:
            self._waiting = at
        self._see_acknowledgements(at, group, delivered)
        self._see_oldest(at, group.oldest_pending)
        self._learn_pending(at, group.consumers)
        self._remember(began, at, group)

    def changes(self, now: float, *, lost: Bounds, lost_before: Bounds) -> ObservedChanges:
        """What the looks have shown, at the time of the last one."""
        waiting = None if self._waiting is None else max(self._waiting, self._unmoved)
        return ObservedChanges(
            watched_ms=_since(self._watched, now) or 0,
            waiting_ms=_since(waiting, now) or 0,
            unmoved_ms=_since(self._unmoved, now) or 0,
            moved_ms=_since(self._moved, now),
            unacknowledged_ms=_since(self._unacknowledged, now) or 0,
            acknowledged_ms=_since(self._acknowledged, now),
            held_ms=0 if self._oldest is None else _since(self._held, now) or 0,
            carried_ms=self._carried,
            renewed_ms=_since(self._renewed, now),
            returned_idle_ms=self._returned,
            falling_behind_ms=_since(self._growing, now) or 0,
            late_ms=_since(self._late, now),
            lag_before=self._growth_lag,
            overtaken_ms=_since(self._overtaken, now) or 0,
            habits=Habits(
                *(self._waiting_habit.longest_ms, self._working_habit.longest_ms),
                *(self._pending_habit.longest_ms, self._retry.longest_ms),
                *(self._renewal.longest_ms, self._completed),
            ),
            lost=lost,
            lost_before=lost_before,
        )

    def _see_acknowledgements(self, at: float, group: Group, delivered: Bounds) -> None:
        """Learn how long entries are pending before one is acknowledged."""
        grown = group.pending - self._pending
        least = max(0, delivered.low - grown)
        oldest = group.oldest_pending
        if self._oldest is not None and (oldest is None or oldest.id > self._oldest.id):
            least = max(least, 1)
        may_have = delivered.high is None or delivered.high - grown > 0
        if least:
            self._acknowledged = self._ended
            self._completed = True
            if self._quiet is not None:
                self._working_habit.learn(_ms(at - self._quiet), _ms(at - self._watched))
        if not group.pending:
            self._unacknowledged = self._quiet = None
        else:
            if least or self._quiet is None:
                self._quiet = at
            if least or may_have or self._unacknowledged is None:
                self._unacknowledged = at

    def _see_oldest(self, at: float, oldest: OldestPending | None) -> None:
        """Learn how long the oldest pending entry stays, who takes it over, who renews it."""
        before = self._oldest
        if before is None:
            self._begin_oldest(at)
            return
        watched = _ms(at - self._watched)
        held = max(_ms(self._ended - self._held), before.idle_ms)
        if oldest is None or oldest.id != before.id:
            if oldest is None or oldest.id > before.id:
                if self._retried is not None:
                    self._retry.learn(self._retried, watched)
                self._left = _Left(at, before.consumer, held, watched)
            self._begin_oldest(at)
        elif (oldest.consumer, oldest.deliveries) != (before.consumer, before.deliveries):
            if before.consumer and oldest.deliveries > before.deliveries:
                self._retried = max(before.idle_ms, self._retried or 0)
            self._carried += held
            self._held, self._renewed = at, None
        elif oldest.idle_ms < before.idle_ms:
            if self._renewed is not None:
                self._renewal.learn(_ms(at - self._renewed), watched)
            self._renewed = at

    def _learn_pending(self, at: float, consumers: tuple[Consumer, ...]) -> None:
        """Learn how long an entry was pending, once its holder shows that it worked on it.

        A worker that has acknowledged an entry reads again; one that is gone does not, and an
        operator acknowledged it.
        """
        left = self._left
        if left is None:
            return
        now = next((each for each in consumers if each.name == left.consumer), None)
        asked = now is not None and (
            now.inactive_ms is None or now.idle_ms <= _ms(at - left.at) + _READS_AGAIN_MS
        )
        if asked or left.held_ms <= SHORT_MS:
            self._pending_habit.learn(left.held_ms, left.watched_ms)
            self._left = None
        elif _ms(at - left.at) > _READS_AGAIN_MS:
            self._left = None

    def _begin_oldest(self, at: float) -> None:
        """Another entry is the oldest pending one now."""
        self._held = at
        self._carried = 0
        self._renewed = self._retried = None

    def _see_growth(self, at: float, group: Group, time_ms: int | None) -> None:
        """Whether the group falls behind: by its lag where that is proven, else by its age."""
        lag = group.lag.count if group.lag.trust in {"exact", "reported"} else None
        age = group.lag_age_ms(time_ms)
        if not waits(group) or (lag is None and age is None):
            self._growing = self._growth_lag = self._growth_age = None
            return
        if age is None or age >= LATE_MS:
            self._late = at
        fell = (
            lag < self._growth_lag
            if lag is not None and self._growth_lag is not None
            else age is not None and self._growth_age is not None and age < self._growth_age
        )
        if self._growing is None or fell:
            self._growing, self._growth_lag, self._growth_age = at, lag, age

    def _see_trimming(self, at: float, group: Group, edges: Edges | None, *, moved: bool) -> None:
        """Whether the stream is trimmed past the group again and again as it reads.

        Entries deleted once they are acknowledged leave the stream beginning above the position
        too, but then at the next entry: on average not further than one spacing away.
        """
        if edges is None:
            return
        first, last = edges.first_entry_id, edges.last_entry_id
        if not moved or first is None or last is None or edges.length < 2:
            return
        spacing = max(1.0, (last.ms - first.ms) / (edges.length - 1))
        gap = min(10.0, max(0, first.ms - group.last_delivered_id.ms) / spacing)
        self._gap += 0.03 * (gap - self._gap)
        if self._gap > _OVERTAKEN and self._overtaken is None:
            self._overtaken = at
        elif self._gap < _KEEPS_UP:
            self._overtaken = None

    def _see_returns(self, began: float, consumers: tuple[Consumer, ...]) -> None:
        """Learn after how long an absence consumers come back.

        Not from one that waited and received the first entry there was: how long a stream was
        quiet says nothing about a BLOCK or about work.
        """
        longer = [each for each in self._consumers if each.idle_ms > self._returned]
        if not longer:
            return
        passed = int((began - self._ended) * 1000) - _RESET_MS
        present = {consumer.name: consumer for consumer in consumers}
        for before in longer:
            now = present.get(before.name)
            if now is None or not _fell(before.idle_ms, now.idle_ms, passed):
                continue
            if self._missed(before) or not _fell(before.inactive_ms, now.inactive_ms, passed):
                self._returned = max(self._returned, before.idle_ms)

    def _missed(self, consumer: Consumer) -> bool:
        """Whether entries were to be had, by the look before, since the consumer last asked."""
        asked = self._ended - consumer.idle_ms / 1000
        return self._waited or (self._moved is not None and self._moved > asked)

    def _remember(self, began: float, at: float, group: Group) -> None:
        self._began, self._ended = began, at
        self._position: EntryId = group.last_delivered_id
        self._pending = group.pending
        self._oldest = group.oldest_pending
        self._consumers = group.consumers
        self._waited = waits(group)


def _fell(before: int | None, now: int | None, passed: int) -> bool:
    """Whether a time that grows by itself has started anew after so many milliseconds."""
    if before is None or now is None:
        return now is not None
    return now < max(before, before + passed)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _since(then: float | None, now: float) -> int | None:
    return None if then is None else _ms(now - then)
