"""Looking on for a while, as the dashboard does, without showing anything."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from streamtop.model.history import History
from streamtop.polling import poll
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtop.source import Source


async def watch(
    connect: Callable[[], Awaitable[Source]], seconds: float, *, every: float, window_ms: int
) -> History:
    """What looks at intervals show; the source is closed afterwards.

    Args:
        connect: Opens the source.
        seconds: How long to look on.
        every: Seconds between two looks.
        window_ms: The time over which verdicts are made.

    Raises:
        SourceError: If the server cannot be reached at first. Later failures are gaps.
    """
    source = await connect()
    try:
        history = History(window_ms)
        clock = asyncio.get_running_loop().time
        ends = clock() + seconds
        async with aclosing(poll(source, every=every)) as looks:
            async for look in looks:
                if not isinstance(look, SourceError):
                    history.add(look)
                if clock() >= ends:
                    break
        return history
    finally:
        await source.close()
