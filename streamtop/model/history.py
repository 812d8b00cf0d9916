"""The recent past of all streams and groups: rates, losses, and what changed in each group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from streamtop.model.delivery_bounds import (
    NOTHING,
    UNBOUNDED,
    Bounds,
    GroupPosition,
    Rate,
    lost_before,
    passed_between,
)
from streamtop.model.observed_changes import ChangeObserver, ObservedChanges
from streamtop.model.time_series import LagSeries, RateWindow

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.snapshot import Group, Snapshot, Stream

GAP = 30.0
"""Seconds without a look over which no rate is taken, unless all looks are that rare."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """How fast a group moves; `None` where that is not known."""

    delivered: Rate | None = None
    acknowledged: Rate | None = None
    """Entries that left the pending entries list: acknowledged, or dropped."""
    drain: float | None = None
    """Seconds until the lag is 0 at the present rates; infinite when it does not fall."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look: when it was, and what does not continue the one before it."""

    began: float
    at: float
    time_ms: int | None
    rates_anew: bool
    window_anew: bool


class _GroupHistory:
    """The past of one group."""

    __slots__ = ("_counted", "_last", "_totals", "before", "changes", "lags", "lost", "rates")

    def __init__(self, look: _Look, group: Group) -> None:
        self.changes = ChangeObserver(look.began, look.at, group)
        self.lags = LagSeries()
        self.rates = RateWindow()
        self.lost = NOTHING
        """Entries lost since the first look."""
        self.before = UNBOUNDED
        """Entries lost before it."""
        self._totals = (0, 0, 0)
        """Entries delivered at least and at most, and spans in which nothing bounds them."""
        self._counted: GroupPosition | None = None
        """The group at the last look that asked XINFO STREAM."""
        self._last = group

    def add(self, look: _Look, group: Group, edges: Edges | None) -> None:
        """Take in a look."""
        if look.rates_anew:
            self.rates.restart()
        delivered = self._count(look.at, group, edges)
        if delivered is None or look.window_anew:
            self.changes.restart(look.began, look.at, group)
        else:
            self.changes.add(look.began, look.at, group, delivered, edges, look.time_ms)
        self.lags.add(look.at, group.lag.count)
        self._last = group

    def _count(self, at: float, group: Group, edges: Edges | None) -> Bounds | None:
        """Count deliveries and losses.

        Returns:
            The deliveries since the last look; `None` if the stream was made anew since.
        """
        grown = group.pending - self._last.pending
        delivered: Bounds | None = NOTHING
        if group.last_delivered_id != self._last.last_delivered_id:
            delivered = Bounds(max(1, grown), None)
        if edges is None:
            return delivered
        now = GroupPosition.of(group, edges)
        if self._counted is None:
            self.before = lost_before(now) if self.before == UNBOUNDED else self.before
        elif now == self._counted:
            if now.position == self._last.last_delivered_id:
                delivered = NOTHING
        else:
            passed = passed_between(self._counted, now)
            if passed is None or now.position < self._counted.position:
                self.rates.restart()
            if passed is None:
                self.lost += NOTHING if now.removed is None else lost_before(now)
                delivered = None
            else:
                self.lost += passed.lost
                self._add_delivered(passed.delivered)
                if self._counted.position == self._last.last_delivered_id:
                    delivered = passed.delivered
        self._counted = now
        self.rates.add(at, *self._totals, group.pending)
        return delivered

    def _add_delivered(self, delivered: Bounds) -> None:
        low, high, unbounded = self._totals
        if delivered.high is None:
            self._totals = (low + delivered.low, high + delivered.low, unbounded + 1)
        else:
            self._totals = (low + delivered.low, high + delivered.high, unbounded)

    def delivered(self, now: float) -> Rate | None:
        """Entries delivered a second."""
        gained = self.rates.gained(now)
        if gained is None:
            return None
        seconds, (low, high, unbounded, _) = gained
        return Rate(low / seconds, None if unbounded else high / seconds)

    def acknowledged(self, now: float) -> Rate | None:
        """Entries acknowledged a second."""
        gained = self.rates.gained(now)
        if gained is None:
            return None
        seconds, (low, high, unbounded, pending) = gained
        if not unbounded and high < pending:
            return None  # entries became pending without being delivered
        most = None if unbounded else (high - pending) / seconds
        return Rate(max(0, low - pending) / seconds, most)


class _StreamHistory:
    """The past of one stream and its groups."""

    __slots__ = ("_added", "_seen_at", "added", "groups", "missed")

    def __init__(self) -> None:
        self.added = RateWindow()
        self.groups: dict[str, _GroupHistory] = {}
        self.missed = False
        """Whether it could not be read at the last look."""
        self._added: int | None = None
        self._seen_at = 0.0

    def add(self, look: _Look, stream: Stream, window: float) -> None:
        """Take in a look. Groups that are no longer there are forgotten."""
        if self.missed:
            missed = look.at - self._seen_at
            look = replace(
                look,
                rates_anew=look.rates_anew or missed > GAP,
                window_anew=look.window_anew or missed > window,
            )
        self.missed, self._seen_at = False, look.at
        edges = stream.edges if stream.edges_fresh else None
        self._add_edges(look, edges)
        before = self.groups
        self.groups = {}
        for group in stream.groups:
            past = before.get(group.name) or _GroupHistory(look, group)
            past.add(look, group, edges)
            self.groups[group.name] = past

    def _add_edges(self, look: _Look, edges: Edges | None) -> None:
        """Take in how many entries were ever added."""
        if look.rates_anew:
            self.added.restart()
        if edges is None or edges.entries_added is None:
            return
        if self._added is not None and edges.entries_added < self._added:
            self.added.restart()
        self._added = edges.entries_added
        self.added.add(look.at, self._added)


class History:
    """The recent past of every stream and group, bounded in time and in memory.

    A few kilobytes a group, however often looks are taken and however long they go on.
    """

    def __init__(self, window_ms: int = 60_000) -> None:
        """Begin with nothing.

        Args:
            window_ms: The span over which verdicts are made. After a longer time without
                a look, a group's past begins anew.
        """
        self._window = window_ms / 1000
        self._streams: dict[str, _StreamHistory] = {}
        self._now: float | None = None
        self._time_ms: int | None = None
        self._pace = 0.0

    def add(self, snapshot: Snapshot) -> None:
        """Take a snapshot in. What is no longer in it is forgotten.

        A stream that could not be read stays as it was. A snapshot that is not later than
        the last one, as when a recording is wound back, begins anew.
        """
        look = self._look(snapshot)
        before = self._streams
        self._streams = {}
        for stream in snapshot.streams:
            past = before.get(stream.name) or _StreamHistory()
            if stream.error is None or stream.groups:
                past.add(look, stream, self._window)
            else:
                past.missed = True
            self._streams[stream.name] = past

    def added(self, stream: str) -> float | None:
        """Entries added to the stream a second; `None` before Redis 7.0 and at the first look."""
        past = self._streams.get(stream)
        return _rate(past.added.gained(self._now)) if past and self._now is not None else None

    def rates(self, stream: str, group: Group) -> GroupRates:
        """How fast a group moves."""
        past = self._group(stream, group.name)
        if past is None or self._now is None:
            return GroupRates()
        delivered = past.delivered(self._now)
        return GroupRates(
            delivered=delivered,
            acknowledged=past.acknowledged(self._now),
            drain=_drain(group, delivered, self.added(stream)),
        )

    def changes(self, stream: str, group: str) -> ObservedChanges | None:
        """What earlier looks saw of a group; `None` if there were none."""
        past = self._group(stream, group)
        if past is None or self._now is None:
            return None
        return past.changes.changes(self._now, lost=past.lost, lost_before=past.before)

    def lost(self, stream: str, group: str) -> Bounds | None:
        """Entries that the group lost while it was watched: removed before it read them.

        `None` before the first look at it. It is remembered as long as there is a group of
        that name, even when the stream is made anew.
        """
        past = self._group(stream, group)
        return past.lost if past else None

    def lags(self, stream: str, group: str, points: int) -> tuple[int | None, ...]:
        """The lag over the last five minutes, oldest first.

        Each of the points is the largest lag of its part of the time; `None` where none
        was known. Fewer points come back while there is less to tell.
        """
        past = self._group(stream, group)
        return past.lags.points(points) if past else ()

    def _group(self, stream: str, group: str) -> _GroupHistory | None:
        past = self._streams.get(stream)
        return past.groups.get(group) if past else None

    def _look(self, snapshot: Snapshot) -> _Look:
        """How this look follows on the one before it.

        A gap is a time without looks that is long in itself, and against the last pace:
        one look a minute has no gaps. The server's clock sees what this machine slept
        through.
        """
        at = snapshot.at
        step = 0.0 if self._now is None else at - self._now
        slept = 0.0
        if snapshot.time_ms is not None and self._time_ms is not None:
            slept = (snapshot.time_ms - self._time_ms) / 1000
        longest = max(step, slept) if max(step, slept) > 2 * self._pace else 0.0
        self._now, self._time_ms, self._pace = at, snapshot.time_ms, step
        return _Look(
            at - snapshot.cost.seconds,
            at,
            snapshot.time_ms,
            rates_anew=step < 0 or longest > GAP,
            window_anew=step < 0 or longest > self._window,
        )


def _drain(group: Group, delivered: Rate | None, added: float | None) -> float | None:
    lag = group.lag
    if lag.count is None or added is None or delivered is None:
        return None
    if lag.count == 0:
        return 0.0
    if delivered.high is not None and delivered.high <= added:
        return inf
    if delivered.exact is None or lag.trust == "at_least":
        return None
    return lag.count / (delivered.exact - added)


def _rate(gained: tuple[float, tuple[int, ...]] | None) -> float | None:
    return gained[1][0] / gained[0] if gained else None
