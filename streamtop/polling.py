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


async def poll(source: Source, *, every: float) -> AsyncGenerator[Snapshot | SourceError]:
    """Look now, and again and again, for ever.

    One look is under way at most: a slow server makes the looks rarer and is never asked
    again while it owes an answer; nor do looks ever take more than a fifth of the time.
    After a failure the wait doubles, up to `LONGEST_WAIT`, until a look succeeds.

    Args:
        source: What to look at.
        every: Seconds from the start of one look to the start of the next.

    Yields:
        What was seen, or why nothing was. Any other error is raised: it is a bug.
    """
    clock = asyncio.get_running_loop().time
    failures = 0
    while True:
        began = clock()
        try:
            snapshot = await source.look()
        except SourceError as error:
            yield error
            await asyncio.sleep(wait_after_failures(failures, every))
            failures += 1
        else:
            failures = 0
            took = clock() - began
            yield snapshot
            await asyncio.sleep(max(began + every - clock(), took * IDLE_SHARE))


def wait_after_failures(before: int, every: float) -> float:
    """Seconds to wait after a failure that followed on `before` others in a row.

    >>> [wait_after_failures(before, 1) for before in (0, 1, 2, 3, 4, 50)]
    [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    """
    return float(min(every * 2 ** min(before, 10), max(LONGEST_WAIT, every)))
