"""What two and more snapshots tell: rates, time to drain, and lag over time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group, Snapshot, Stream

WINDOW = 10.0
"""Seconds over which rates are taken."""
SLOT = 5.0
"""Seconds that one point of a lag's history stands for."""
SLOTS = 60
"""Points of a lag's history: five minutes."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """How fast a group moves, entries a second; `None` where that cannot be told."""

    delivered: float | None = None
    acknowledged: float | None = None
    """Entries that left the pending entries list: acknowledged, or dropped."""
    drain: float | None = None
    """Seconds until the lag is 0 at the present rates; infinite when it does not fall."""


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier looks saw of one group, as far as a verdict needs it."""


@dataclass(frozen=True, slots=True)
class _GroupPoint:
    at: float
    read: int | None
    """entries-read."""
    passed: int | None
    """Entries added less the lag, where that is proven."""
    pending: int


class History:
    """The recent past of every stream and group, bounded in time and in memory."""

    def __init__(self) -> None:
        self._added: dict[str, deque[tuple[float, int]]] = {}
        self._points: dict[tuple[str, str], deque[_GroupPoint]] = {}
        self._lags: dict[tuple[str, str], deque[tuple[int, int | None]]] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Take a snapshot in. What is no longer in it is forgotten."""
        streams, groups = set(), set()
        for stream in snapshot.streams:
            streams.add(stream.name)
            self._add_stream(snapshot.at, stream)
            for group in stream.groups:
                groups.add((stream.name, group.name))
                self._add_group(snapshot.at, stream, group)
        for gone in self._added.keys() - streams:
            del self._added[gone]
        for left in self._points.keys() - groups:
            del self._points[left]
            del self._lags[left]

    def added(self, stream: str) -> float | None:
        """Entries added to the stream a second; `None` before Redis 7.0 and at the first look."""
        points = self._added.get(stream)
        if not points or points[-1][0] <= points[0][0]:
            return None
        return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])

    def rates(self, stream: str, group: Group) -> GroupRates:
        """How fast a group moves."""
        points = self._points.get((stream, group.name))
        if not points or points[-1].at <= points[0].at:
            return GroupRates()
        first, last = points[0], points[-1]
        seconds = last.at - first.at
        moved = _difference(first.read, last.read)
        if moved is None:
            moved = _difference(first.passed, last.passed)
        if moved is None or moved < 0:
            return GroupRates()
        left = moved - (last.pending - first.pending)
        return GroupRates(
            delivered=moved / seconds,
            acknowledged=left / seconds if left >= 0 else None,
            drain=self._drain(stream, group, moved / seconds),
        )

    def past(self, stream: str, group: str) -> Past | None:
        """What earlier looks saw of a group; `None` if there were none."""
        return Past() if (stream, group) in self._points else None

    def lags(self, stream: str, group: str, points: int) -> tuple[int | None, ...]:
        """The lag over the last five minutes, oldest first.

        Each of the points is the largest lag of its part of the time; `None` where none
        was known. Fewer points come back while there is less to tell.
        """
        known = self._lags.get((stream, group))
        if not known:
            return ()
        merge = max(1, -(-SLOTS // points))
        merged: dict[int, int | None] = {}
        for slot, lag in known:
            before = merged.setdefault(slot // merge, lag)
            if lag is not None and (before is None or lag > before):
                merged[slot // merge] = lag
        return tuple(merged.get(slot) for slot in range(min(merged), max(merged) + 1))[-points:]

    def _drain(self, stream: str, group: Group, delivered: float) -> float | None:
        added = self.added(stream)
        if group.lag.count is None or added is None:
            return None
        if group.lag.count == 0:
            return 0.0
        return group.lag.count / (delivered - added) if delivered > added else inf

    def _add_stream(self, at: float, stream: Stream) -> None:
        if stream.edges is None or not stream.edges_fresh or stream.edges.entries_added is None:
            return
        points = self._added.setdefault(stream.name, deque())
        if points and stream.edges.entries_added < points[-1][1]:
            points.clear()  # another stream by the same name, or XSETID
        points.append((at, stream.edges.entries_added))
        while len(points) > 2 and points[1][0] <= at - WINDOW:
            points.popleft()

    def _add_group(self, at: float, stream: Stream, group: Group) -> None:
        key = (stream.name, group.name)
        added = stream.edges.entries_added if stream.edges and stream.edges_fresh else None
        proven = group.lag.count is not None and group.lag.trust == "exact"
        passed = None
        if added is not None and proven and group.lag.count is not None:
            passed = added - group.lag.count
        points = self._points.setdefault(key, deque())
        points.append(_GroupPoint(at, group.entries_read, passed, group.pending))
        while len(points) > 2 and points[1].at <= at - WINDOW:
            points.popleft()
        lags = self._lags.setdefault(key, deque(maxlen=SLOTS))
        slot = int(at // SLOT)
        if lags and lags[-1][0] == slot:
            before = lags.pop()[1]
            known = [lag for lag in (before, group.lag.count) if lag is not None]
            lags.append((slot, max(known, default=None)))
        else:
            lags.append((slot, group.lag.count))


def _difference(first: int | None, last: int | None) -> int | None:
    return None if first is None or last is None else last - first
