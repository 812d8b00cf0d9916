"""The recent past of every stream and group: rates, time to drain, changes, losses."""

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
"""Seconds without a snapshot over which no rate is taken, unless all of them are that rare."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """How fast a group moves, in entries a second; `None` where that is not known."""

    delivered: float | None = None
    acknowledged: float | None = None
    """Entries that left the pending entries list: acknowledged, or dropped."""
    drain: float | None = None
    """Seconds until the lag is 0 at the present rates; infinite if it does not fall."""


@dataclass(frozen=True, slots=True)
class _Look:
    """When a snapshot was taken, and whether it continues the one before."""

    began: float
    at: float
    leaps: bool
    """Whether this version of the server advances entries-read over lost entries."""
    after_gap: bool
    """Whether no rate can be taken from the snapshot before."""
    after_window: bool
    """Whether the snapshot before lies further back than the window of the verdicts."""


class _GroupHistory:
    """The past of one group."""

    __slots__ = ("_counted", "_delivered", "_id", "_read", "changes", "lags", "losses", "window")

    def __init__(self, look: _Look, group: Group) -> None:
        self.changes = ChangeObserver(look.began, look.at, group)
        self.losses = Losses()
        self.lags = LagSeries()
        self.window = RateWindow()
        self._delivered = 0
        """Entries delivered since the first snapshot."""
        self._id: EntryId = group.last_delivered_id
        self._read: int | None = None
        """Entries read as of the last snapshot, without those that were lost."""
        self._counted: int | None = None
        """The same, derived from a proven lag."""

    def add(self, look: _Look, group: Group, stream: Stream, *, recreated: bool) -> None:
        """Take in a snapshot of the group.

        Args:
            look: When it was taken.
            group: The group.
            stream: Its stream.
            recreated: Whether the stream was deleted and created again since the last one.
        """
        edges = stream.edges if stream.edges_fresh else None
        if recreated:
            self.losses.restart()
        self.losses.add(group, edges, leaps=look.leaps)
        if recreated or look.after_window:
            self.changes.restart(look.began, look.at, group)
        else:
            self.changes.add(look.began, look.at, group)
        if recreated or look.after_gap:
            self.window.restart()
        self._count(look.at, group, None if edges is None else edges.entries_added)
        self.lags.add(look.at, group.lag.count)

    def _count(self, at: float, group: Group, added: int | None) -> None:
        """Count what was delivered: by entries-read, or else by what left a proven lag."""
        read = None if group.entries_read is None else group.entries_read - self.losses.skipped
        counted = None
        if added is not None and group.lag.count is not None and group.lag.trust == "exact":
            counted = added - group.lag.count - (self.losses.total or 0)
        moved = _difference(self._read, read)
        if moved is None:
            moved = _difference(self._counted, counted)
        if moved is None and group.last_delivered_id == self._id:
            moved = 0
        if moved is None and read is None and counted is None:
            return  # this snapshot holds nothing to count by; the next one may
        if moved is None or moved < 0:
            self.window.restart()
        else:
            self._delivered += moved
        self._id, self._read, self._counted = group.last_delivered_id, read, counted
        self.window.add(at, self._delivered, group.pending)


class _StreamHistory:
    """The past of one stream and its groups."""

    __slots__ = ("_added", "_seen_at", "groups", "unreadable", "window")

    def __init__(self) -> None:
        self.window = RateWindow()
        self.groups: dict[str, _GroupHistory] = {}
        self.unreadable = False
        """Whether the stream could not be read in the last snapshot."""
        self._added: int | None = None
        self._seen_at = 0.0

    def add(self, look: _Look, stream: Stream, window: float) -> None:
        """Take in a snapshot. Groups that are no longer there are forgotten."""
        if self.unreadable:
            gap = look.at - self._seen_at
            look = replace(
                look,
                after_gap=look.after_gap or gap > GAP,
                after_window=look.after_window or gap > window,
            )
        self.unreadable, self._seen_at = False, look.at
        recreated = self._add_edges(look, stream)
        before = self.groups
        self.groups = {}
        for group in stream.groups:
            history = before.get(group.name) or _GroupHistory(look, group)
            history.add(look, group, stream, recreated=recreated)
            self.groups[group.name] = history

    def _add_edges(self, look: _Look, stream: Stream) -> bool:
        """Count what was added; returns whether the stream was deleted and created again."""
        if look.after_gap:
            self.window.restart()
        if stream.edges is None or not stream.edges_fresh or stream.edges.entries_added is None:
            return False
        recreated = self._added is not None and stream.edges.entries_added < self._added
        if recreated:
            self.window.restart()
        self._added = stream.edges.entries_added
        self.window.add(look.at, self._added)
        return recreated


class History:
    """The recent past of every stream and group, bounded in time and in memory.

    A few kilobytes a group, however many snapshots are added and however long it lives.
    """

    def __init__(self, window_ms: int = 60_000) -> None:
        """An empty history.

        Args:
            window_ms: The span over which verdicts are reached. After a longer time without
                a snapshot the past of each group begins again.
        """
        self._window = window_ms / 1000
        self._streams: dict[str, _StreamHistory] = {}
        self._now: float | None = None
        self._time_ms: int | None = None
        self._pace = 0.0

    def add(self, snapshot: Snapshot) -> None:
        """Take in a snapshot. Streams and groups that it does not hold are forgotten.

        A stream that could not be read keeps its past. A snapshot that is not later than
        the last one, as when a recording is rewound, begins a new past.
        """
        look = self._look(snapshot)
        before = self._streams
        self._streams = {}
        for stream in snapshot.streams:
            history = before.get(stream.name) or _StreamHistory()
            if stream.error is None or stream.groups:
                history.add(look, stream, self._window)
            else:
                history.unreadable = True
            self._streams[stream.name] = history

    def added(self, stream: str) -> float | None:
        """Entries added to the stream a second.

        `None` before Redis 7.0, and until two snapshots have shown the stream's edges.
        """
        return self._rate(self._streams.get(stream))

    def rates(self, stream: str, group: Group) -> GroupRates:
        """How fast a group moves."""
        history = self._group(stream, group.name)
        gained = history.window.gained(self._now) if history and self._now is not None else None
        if gained is None:
            return GroupRates()
        seconds, delivered, pending = gained
        left = delivered - pending
        return GroupRates(
            delivered=delivered / seconds,
            acknowledged=left / seconds if left >= 0 else None,
            drain=_drain(group, delivered / seconds, self.added(stream)),
        )

    def changes(self, stream: str, group: str) -> ObservedChanges | None:
        """What was observed of a group over time; `None` if there is no such group."""
        history = self._group(stream, group)
        if history is None or self._now is None:
            return None
        return history.changes.observed(
            self._now,
            lost=history.losses.total,
            added=self.added(stream),
            delivered=self._rate(history),
            climbing_ms=history.lags.climbing_ms(),
        )

    def lost(self, stream: str, group: str) -> int | None:
        """Entries trimmed in this session before the group read them.

        `None` if that was never known. The figure outlives the stream: it is kept for as
        long as there is a group of that name.
        """
        history = self._group(stream, group)
        return history.losses.total if history else None

    def lags(self, stream: str, group: str, points: int) -> tuple[int | None, ...]:
        """The lag over the last five minutes, oldest first.

        Each of up to `points` points is the largest lag of its part of the time; `None`
        where none was known.
        """
        history = self._group(stream, group)
        return history.lags.points(points) if history else ()

    def _group(self, stream: str, group: str) -> _GroupHistory | None:
        history = self._streams.get(stream)
        return history.groups.get(group) if history else None

    def _rate(self, history: _StreamHistory | _GroupHistory | None) -> float | None:
        """The rate of the first counter of a window, a second."""
        gained = history.window.gained(self._now) if history and self._now is not None else None
        return gained[1] / gained[0] if gained else None

    def _look(self, snapshot: Snapshot) -> _Look:
        """How this snapshot continues the one before.

        A gap is a time without snapshots that is long in itself and against the last
        interval: at one snapshot a minute there are no gaps. The server's clock shows what
        this machine slept through.
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
            after_gap=step < 0 or longest > GAP,
            after_window=step < 0 or longest > self._window,
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


def _difference(first: int | None, last: int | None) -> int | None:
    return None if first is None or last is None else last - first
