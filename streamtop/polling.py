"""Looks, one after another: a source becomes an async generator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamtop.model.snapshot import Snapshot
    from streamtop.source import Source

LONGEST_WAIT = 15.0
"""Seconds between two looks at a server that does not answer, at most."""
IDLE_SHARE = 4.0
"""After a look streamtop rests at least so many times as long as the look took."""


class PollSchedule:
    """How often to look. It may be changed at any time; a look under way is never cut off."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._paused = False
        self._hurried = False
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
        """Whether no further look is begun."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._changed.set()

    def poll_now(self) -> None:
        """Look as soon as the look under way has ended, even while paused."""
        self._hurried = True
        self._changed.set()

    async def wait(self, began: float, *, least: float = 0.0, factor: float = 1.0) -> None:
        """Wait until the next look is due.

        Args:
            began: When the last look began, by the loop's clock.
            least: Rest so many seconds from now at least, unless hurried.
            factor: Wait so many times the usual time, `LONGEST_WAIT` at most.
        """
        clock = asyncio.get_running_loop().time
        earliest = clock() + least
        while not self._hurried:
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
        self._hurried = False


async def poll(
    source: Source, *, every: float | PollSchedule
) -> AsyncGenerator[Snapshot | SourceError]:
    """Look now, and again and again, for ever.

    One look is under way at most: a slow server makes the looks rarer and is never asked
    again while it owes an answer; nor do looks ever take more than a fifth of the time.
    After a failure the wait doubles, up to `LONGEST_WAIT`, until a look succeeds.

    Args:
        source: What to look at.
        every: Seconds from the start of one look to the start of the next, or a pace that
            may change.

    Yields:
        What was seen, or why nothing was. Any other error is raised: it is a bug.
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
    """A wait so many times the usual one, but no longer than anyone would wait.

    >>> [longer(1, factor) for factor in (2, 4, 8, 16, 1024)], longer(60, 2)
    ([2, 4, 8, 15.0, 15.0], 60)
    """
    return min(every * factor, max(LONGEST_WAIT, every))


def backoff(before: int) -> float:
    """How many times the usual wait follows a failure, after `before` others in a row."""
    return 2.0 ** min(before, 10)


def wait_after_failures(before: int, every: float) -> float:
    """Seconds to wait after a failure that followed on `before` others in a row.

    >>> [wait_after_failures(before, 1) for before in (0, 1, 2, 3, 4, 50)]
    [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    """
    return float(longer(every, backoff(before)))
