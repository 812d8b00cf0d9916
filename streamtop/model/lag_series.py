"""The lag of one group over the last minutes, a few bytes a point."""

from __future__ import annotations

from array import array

SLOT = 5.0
"""Seconds that one point stands for."""
SLOTS = 60
"""Points that are kept: five minutes."""
_UNKNOWN = -1


class LagSeries:
    """The largest lag of each slot of time; slots without a look have none."""

    __slots__ = ("_lags", "_last")

    def __init__(self) -> None:
        self._last = 0
        self._lags = array("q")

    def add(self, at: float, lag: int | None) -> None:
        """Take in what a look saw at these seconds of the monotonic clock."""
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

    def climbing_ms(self) -> int:
        """For how long no slot's largest lag was less than the one before.

        Only whole slots count, and all of them must be known; 0 if it did not grow.
        """
        whole = self._lags[:-1]
        if not whole or whole[-1] == _UNKNOWN:
            return 0
        first = len(whole) - 1
        while first > 0 and _UNKNOWN < whole[first - 1] <= whole[first]:
            first -= 1
        return int((len(whole) - first) * SLOT * 1000) if whole[-1] > whole[first] else 0

    def points(self, most: int) -> tuple[int | None, ...]:
        """At most so many points, oldest first, each the largest lag of its part of the time.

        `None` where none was known. Parts begin at round times, so that a point does not
        change any more once its time is over.
        """
        merge = max(1, -(-SLOTS // most))
        merged: dict[int, int] = {}
        first = self._last - len(self._lags) + 1
        for slot, lag in enumerate(self._lags, first):
            part = slot // merge
            merged[part] = max(merged.get(part, _UNKNOWN), lag)
        return tuple(None if lag == _UNKNOWN else lag for lag in merged.values())[-most:]
