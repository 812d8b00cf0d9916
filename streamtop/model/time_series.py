"""Figures of the last minutes in a few bytes: counters for rates, and the lag of a group."""

from __future__ import annotations

from array import array
from operator import sub

WINDOW = 10.0
"""Seconds over which rates are computed."""
SPACING = 1.0
"""Minimum seconds between two points of a window: snapshots may be more frequent."""
STALE = 30.0
"""Seconds after which the last point says nothing about now, unless points are that rare."""
SLOT = 5.0
"""Seconds covered by one point of a `LagSeries`."""
SLOTS = 60
"""Points kept in a `LagSeries`: five minutes."""
_UNKNOWN = -1

Point = tuple[float, tuple[int, ...]]
"""Seconds of the monotonic clock, and the values of the counters."""


class RateWindow:
    """Counters over a sliding window.

    At most `WINDOW / SPACING + 2` points are kept. The first one lies before the window, so
    that rates cover the whole of it.
    """

    __slots__ = ("_points",)

    def __init__(self) -> None:
        self._points: list[Point] = []

    def add(self, at: float, *counters: int) -> None:
        """Record the values of the counters at a time."""
        points = self._points
        if len(points) > 1 and points[-1][0] - points[-2][0] < SPACING:
            points[-1] = (at, counters)
        else:
            points.append((at, counters))
        while len(points) > 2 and points[1][0] <= at - WINDOW:
            del points[0]

    def restart(self) -> None:
        """Drop all points: the next one does not continue them."""
        self._points.clear()

    def gained(self, now: float) -> tuple[float, tuple[int, ...]] | None:
        """The seconds that the window spans, and the increase of each counter over them.

        Returns:
            `None` with fewer than two points, or when the last one is too old.
        """
        points = self._points
        if len(points) < 2:
            return None
        (began, first), (ended, last) = points[0], points[-1]
        seconds = ended - began
        if seconds <= 0 or now - ended > max(STALE, 2 * seconds):
            return None
        return seconds, tuple(map(sub, last, first))


class LagSeries:
    """The largest lag in each slot of time; slots without a snapshot have none."""

    __slots__ = ("_lags", "_last")

    def __init__(self) -> None:
        self._last = 0
        self._lags = array("q")

    def add(self, at: float, lag: int | None) -> None:
        """Record the lag at a time, in seconds of the monotonic clock."""
        slot = int(at // SLOT)
        value = _UNKNOWN if lag is None else lag
        lags = self._lags
        if lags and slot == self._last:
            if value > lags[-1]:
                lags[-1] = value
            return
        missed = slot - self._last - 1
        if not 0 <= missed < SLOTS:
            del lags[:]  # a long pause, or another clock
        elif lags:
            lags.extend([_UNKNOWN] * missed)
        lags.append(value)
        self._last = slot
        if len(lags) > SLOTS:
            del lags[:-SLOTS]

    def points(self, most: int) -> tuple[int | None, ...]:
        """Up to `most` points, oldest first: the largest lag of each part of the time.

        `None` where no lag was known. Parts begin at round times, so that a point no longer
        changes once its part is over.
        """
        merge = max(1, -(-SLOTS // most))
        merged: dict[int, int] = {}
        first = self._last - len(self._lags) + 1
        for slot, lag in enumerate(self._lags, first):
            part = slot // merge
            merged[part] = max(merged.get(part, _UNKNOWN), lag)
        return tuple(None if lag == _UNKNOWN else lag for lag in merged.values())[-most:]
