"""What two and more snapshots tell: rates, time to drain, and the past of each group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from streamtop.model.losses import Losses
from streamtop.model.observed_changes import ChangeObserver, ObservedChanges
from streamtop.model.time_series import LagSeries, RateWindow

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group, ServerInfo, Snapshot, Stream

GAP = 30.0
"""Seconds without a look over which no rate is taken, unless all looks are that rare."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """How fast a group moves, entries a second; `None` where that cannot be told."""

    delivered: float | None = None
    acknowledged: float | None = None
    """Entries that left the pending entries list: acknowledged, or dropped."""
    drain: float | None = None
    """Seconds until the lag is 0 at the present rates; infinite when it does not fall."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look: when it was, and what does not follow on what was before it."""

    began: float
    at: float
    leaps: bool
    """Whether the server's version says that entries-read leaps over what was lost."""
    rates_anew: bool
    window_anew: bool


class _GroupPast:
    """The past of one group."""

    __slots__ = ("_delivered", "_id", "_passed", "_read", "flow", "line", "losses", "watch")

    def __init__(self, look: _Look, group: Group) -> None:
        self.watch = ChangeObserver(look.began, look.at, group)
        self.losses = Losses()
        self.line = LagSeries()
        self.flow = RateWindow()
        self._delivered = 0
        self._id: EntryId = group.last_delivered_id
        self._read: int | None = None
        self._passed: int | None = None

    def add(self, look: _Look, group: Group, stream: Stream, *, anew: bool) -> None:
        """Take in a look. With `anew` its stream is not the one that it was."""
        edges = stream.edges if stream.edges_fresh else None
        if anew:
            self.losses.restart()
        self.losses.add(group, edges, leaps=look.leaps)
        if anew or look.window_anew:
            self.watch.restart(look.began, look.at, group)
        else:
            self.watch.add(look.began, look.at, group)
        if anew or look.rates_anew:
            self.flow.restart()
        self._count(look.at, group, None if edges is None else edges.entries_added)
        self.line.add(look.at, group.lag.count)

    def _count(self, at: float, group: Group, added: int | None) -> None:
        """Count what was delivered: by entries-read, or else by what left a proven lag."""
        read = None if group.entries_read is None else group.entries_read - self.losses.skipped
        passed = None
        if added is not None and group.lag.count is not None and group.lag.trust == "exact":
            passed = added - group.lag.count - (self.losses.total or 0)
        moved = _difference(self._read, read)
        if moved is None:
            moved = _difference(self._passed, passed)
        if moved is None and group.last_delivered_id == self._id:
            moved = 0
        if moved is None and read is None and passed is None:
            return  # nothing to count by at this look; the next one may tell
        if moved is None or moved < 0:
            self.flow.restart()
        else:
            self._delivered += moved
        self._id, self._read, self._passed = group.last_delivered_id, read, passed
        self.flow.add(at, self._delivered, group.pending)


class _StreamPast:
    """The past of one stream and its groups."""

    __slots__ = ("_added", "_seen_at", "flow", "groups", "missed")

    def __init__(self) -> None:
        self.flow = RateWindow()
        self.groups: dict[str, _GroupPast] = {}
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
        anew = self._add_edges(look, stream)
        before = self.groups
        self.groups = {}
        for group in stream.groups:
            past = before.get(group.name) or _GroupPast(look, group)
            past.add(look, group, stream, anew=anew)
            self.groups[group.name] = past

    def _add_edges(self, look: _Look, stream: Stream) -> bool:
        """Take in how many entries were ever added; whether it is another stream now."""
        if look.rates_anew:
            self.flow.restart()
        if stream.edges is None or not stream.edges_fresh or stream.edges.entries_added is None:
            return False
        anew = self._added is not None and stream.edges.entries_added < self._added
        if anew:
            self.flow.restart()
        self._added = stream.edges.entries_added
        self.flow.add(look.at, self._added)
        return anew


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
        self._streams: dict[str, _StreamPast] = {}
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
            past = before.get(stream.name) or _StreamPast()
            if stream.error is None or stream.groups:
                past.add(look, stream, self._window)
            else:
                past.missed = True
            self._streams[stream.name] = past

    def added(self, stream: str) -> float | None:
        """Entries added to the stream a second; `None` before Redis 7.0 and at the first look."""
        past = self._streams.get(stream)
        return _rate(past.flow.gained(self._now)) if past and self._now is not None else None

    def rates(self, stream: str, group: Group) -> GroupRates:
        """How fast a group moves."""
        past = self._group(stream, group.name)
        gained = past.flow.gained(self._now) if past and self._now is not None else None
        if gained is None:
            return GroupRates()
        seconds, delivered, pending = gained
        left = delivered - pending
        return GroupRates(
            delivered=delivered / seconds,
            acknowledged=left / seconds if left >= 0 else None,
            drain=_drain(group, delivered / seconds, self.added(stream)),
        )

    def past(self, stream: str, group: str) -> ObservedChanges | None:
        """What earlier looks saw of a group; `None` if there were none."""
        whole = self._streams.get(stream)
        past = whole.groups.get(group) if whole else None
        if whole is None or past is None or self._now is None:
            return None
        return past.watch.past(
            self._now,
            lost=past.losses.total,
            added=_rate(whole.flow.gained(self._now)),
            delivered=_rate(past.flow.gained(self._now)),
            climbing_ms=past.line.climbing_ms(),
        )

    def lost(self, stream: str, group: str) -> int | None:
        """Entries that the group was seen to lose in this session: trimmed before it read them.

        `None` if that could never be told. It is remembered as long as there is a group of
        that name, also when the stream is made anew.
        """
        past = self._group(stream, group)
        return past.losses.total if past else None

    def lags(self, stream: str, group: str, points: int) -> tuple[int | None, ...]:
        """The lag over the last five minutes, oldest first.

        Each of the points is the largest lag of its part of the time; `None` where none
        was known. Fewer points come back while there is less to tell.
        """
        past = self._group(stream, group)
        return past.line.points(points) if past else ()

    def _group(self, stream: str, group: str) -> _GroupPast | None:
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
            _leaps(snapshot.server),
            rates_anew=step < 0 or longest > GAP,
            window_anew=step < 0 or longest > self._window,
        )


def _leaps(server: ServerInfo) -> bool:
    if server.flavour == "valkey":
        return True
    return server.flavour != "redict" and server.api >= (8, 0)


def _drain(group: Group, delivered: float, added: float | None) -> float | None:
    lag = group.lag
    if lag.count is None or added is None:
        return None
    if lag.count == 0:
        return 0.0
    if delivered <= added:
        return inf
    return None if lag.trust == "at_least" else lag.count / (delivered - added)


def _rate(gained: tuple[float, int, int] | None) -> float | None:
    return gained[1] / gained[0] if gained else None


def _difference(first: int | None, last: int | None) -> int | None:
    return None if first is None or last is None else last - first
