"""Looks at regular intervals: a source becomes an async generator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamtop.model.snapshot import Snapshot
    from streamtop.source import Source

LONGEST_WAIT = 15.0
"""Maximum seconds between two looks at a server that does not answer."""
IDLE_SHARE = 4.0
"""The time between two looks is at least this many times the duration of the first."""


class PollSchedule:
    """When to look. It may be changed at any time; the current look is never interrupted."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._paused = False
        self._due_now = False
        self._changed = asyncio.Event()

    @property
    def every(self) -> float:
        """Seconds from the start of one look to the start of the next."""
        return self._every

    @every.setter
    def every(self, seconds: float) -> None:
        self._every = seconds
        self._changed.set()

    @property
    def paused(self) -> bool:
        """Whether no further look is started."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._changed.set()

    def poll_now(self) -> None:
        """Look as soon as the current look has ended, even while paused."""
        self._due_now = True
        self._changed.set()

    async def wait(self, began: float, *, least: float = 0.0, factor: float = 1.0) -> None:
        """Wait until the next look is due.

        Args:
            began: When the last look began, by the loop's clock.
            least: Minimum seconds from now, unless `poll_now` is called.
            factor: Multiplies the interval, up to `LONGEST_WAIT`.
        """
        clock = asyncio.get_running_loop().time
        earliest = clock() + least
        while not self._due_now:
            wait = longer(self._every, factor)
            left = max(began + wait, earliest) - clock()
            if left <= 0 and not self._paused:
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(None if self._paused else left):
                    await self._changed.wait()
            except TimeoutError:
                return
        self._due_now = False


async def poll(
    source: Source, *, every: float | PollSchedule
) -> AsyncGenerator[Snapshot | SourceError]:
    """Look now, and then at each interval, without end.

    There is at most one look at a time: a slow server is looked at less often, never asked
    again before it has answered, and busy with looks for at most a fifth of the time. After
    a failure the wait doubles, up to `LONGEST_WAIT`, until a look succeeds.

    Args:
        source: The server to look at.
        every: Seconds from the start of one look to the start of the next, or a schedule
            that may change.

    Yields:
        The snapshot, or the error that prevented it. Any other error is raised: it is a bug.
    """
    schedule = every if isinstance(every, PollSchedule) else PollSchedule(every)
    clock = asyncio.get_running_loop().time
    failures = 0
    while True:
        began = clock()
        try:
            snapshot = await source.look()
        except SourceError as error:
            yield error
            await schedule.wait(clock(), factor=backoff(failures))
            failures += 1
        else:
            failures = 0
            took = clock() - began
            yield snapshot
            await schedule.wait(began, least=took * IDLE_SHARE)


def longer(every: float, factor: float) -> float:
    """The interval times a factor, up to `LONGEST_WAIT` or the interval itself.

    >>> [longer(1, factor) for factor in (2, 4, 8, 16, 1024)], longer(60, 2)
    ([2, 4, 8, 15.0, 15.0], 60)
    """
    return min(every * factor, max(LONGEST_WAIT, every))


def backoff(before: int) -> float:
    """The factor of the wait after a failure that followed `before` others in a row."""
    return 2.0 ** min(before, 10)


def wait_after_failures(before: int, every: float) -> float:
    """Seconds to wait after a failure that followed `before` others in a row.

    >>> [wait_after_failures(before, 1) for before in (0, 1, 2, 3, 4, 50)]
    [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    """
    return float(longer(every, backoff(before)))
