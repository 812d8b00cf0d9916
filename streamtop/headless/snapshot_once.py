"""One complete snapshot of a server: connect, look, close."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtop.model.snapshot import Snapshot, Stream
    from streamtop.source import Source

SEARCH_SECONDS = 30.0
"""How long the search for streams may take."""


async def look_once(
    connect: Callable[[], Awaitable[Source]], *, within: float = SEARCH_SECONDS
) -> Snapshot:
    """A snapshot of the server; the source is closed afterwards.

    Searching a large keyspace takes several looks. A later look does not ask again for the
    first and last entries of streams with large payloads; those come from an earlier one.

    Args:
        connect: Opens the source.
        within: Seconds after which no further look begins; the snapshot is then incomplete.

    Raises:
        SourceError: If the server cannot be reached or read.
    """
    source = await connect()
    try:
        clock = asyncio.get_running_loop().time
        deadline = clock() + within
        fresh: dict[str, Stream] = {}
        while True:
            snapshot = await source.look()
            if snapshot.complete or clock() >= deadline:
                return _freshest(snapshot, fresh)
            fresh.update((stream.name, stream) for stream in snapshot.streams if stream.edges_fresh)
    finally:
        await source.close()


def _freshest(snapshot: Snapshot, earlier: dict[str, Stream]) -> Snapshot:
    """The snapshot, with streams from earlier looks where it did not ask for their edges."""
    if not earlier:
        return snapshot
    streams = tuple(
        stream if stream.edges_fresh or stream.error else earlier.get(stream.name, stream)
        for stream in snapshot.streams
    )
    return replace(snapshot, streams=streams)
