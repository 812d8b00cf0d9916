"""How much went by in the last seconds: counters, thinned out, and the rate between them."""

from __future__ import annotations

WINDOW = 10.0
"""Seconds over which rates are taken."""
SPACING = 1.0
"""Seconds that two points are apart, at least: looks may be more frequent."""
STALE = 30.0
"""Seconds after which a last point tells nothing of now, unless points are that rare."""

Point = tuple[float, int, int]
"""Seconds of the monotonic clock, and what two counters stood at."""


class RateWindow:
    """Two counters over a sliding window.

    At most `WINDOW / SPACING` points and two more are kept. The first is from before the
    window, so that rates are taken over the whole of it.
    """

    __slots__ = ("_points",)

    def __init__(self) -> None:
        self._points: list[Point] = []

    def add(self, at: float, one: int, other: int = 0) -> None:
        """Take in what the counters stood at."""
        points = self._points
        if len(points) > 1 and points[-1][0] - points[-2][0] < SPACING:
            points[-1] = (at, one, other)
        else:
            points.append((at, one, other))
        while len(points) > 2 and points[1][0] <= at - WINDOW:
            del points[0]

    def restart(self) -> None:
        """Forget: what comes next does not follow on what was."""
        self._points.clear()

    @property
    def last(self) -> Point | None:
        """The newest point."""
        return self._points[-1] if self._points else None

    def gained(self, now: float) -> tuple[float, int, int] | None:
        """Seconds of the window, and what the counters gained in it.

        Returns:
            `None` while there are no two points, and when the last one is long past.
        """
        points = self._points
        if len(points) < 2:
            return None
        (began, one, other), (ended, one_now, other_now) = points[0], points[-1]
        seconds = ended - began
        if seconds <= 0 or now - ended > max(STALE, 2 * seconds):
            return None
        return seconds, one_now - one, other_now - other
