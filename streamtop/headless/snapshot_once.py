"""One look at a server that was just connected to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtop.model.snapshot import Snapshot, Stream
    from streamtop.source import Source

WITHIN = 30.0
"""Seconds that the search for streams may take."""


async def look_once(
    connect: Callable[[], Awaitable[Source]], *, within: float = WITHIN
) -> Snapshot:
    """What there is now. The source is closed afterwards.

    A large keyspace is searched in several looks. What a later one did not ask anew of a
    stream, for its payloads are large, is taken from the look that did.

    Args:
        connect: Makes the source.
        within: Seconds after which no further look is begun; the snapshot then says that it
            is not complete.

    Raises:
        SourceError: If there is no server, or it cannot be looked at.
    """
    source = await connect()
    try:
        clock = asyncio.get_running_loop().time
        ends = clock() + within
        fresh: dict[str, Stream] = {}
        while True:
            snapshot = await source.look()
            if snapshot.complete or clock() >= ends:
                return _freshest(snapshot, fresh)
            fresh.update((stream.name, stream) for stream in snapshot.streams if stream.edges_fresh)
    finally:
        await source.close()


def _freshest(snapshot: Snapshot, earlier: dict[str, Stream]) -> Snapshot:
    """The snapshot; with earlier sights of the streams whose edges it did not ask."""
    if not earlier:
        return snapshot
    streams = tuple(
        stream if stream.edges_fresh or stream.error else earlier.get(stream.name, stream)
        for stream in snapshot.streams
    )
    return replace(snapshot, streams=streams)
