"""A search through a whole stream, page by page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId
    from streamtop.source import Direction, Source

PAGE = 200
"""Maximum entries of a page."""
PAGE_BYTES = 1_000_000
"""Maximum bytes of a page, unless one entry is larger."""
_AT_ONCE = 20_000
"""Bytes of entries searched before the event loop may run other tasks."""
_LEAST = 500
"""Bytes added to the size of each entry, for the work that any entry takes."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The progress of a search after one more page."""

    found: tuple[Entry, ...]
    """The matching entries of this page, in the order in which they were read."""
    entries: int
    """Entries read so far."""
    octets: int
    """Bytes read so far."""
    at: EntryId | None
    """The last entry read; `None` if none was."""
    complete: bool
    """Whether the end of the stream or the range was reached."""


async def search(
    source: Source,
    stream: str,
    matches: Callable[[Entry], bool],
    *,
    direction: Direction = "newest_first",
    beyond: EntryId | None = None,
    until: EntryId | None = None,
    page: int = PAGE,
) -> AsyncGenerator[Searched]:
    """Read a stream in one direction and yield the matching entries of each page.

    Args:
        source: The server.
        stream: The stream; a missing one has no entries.
        matches: Whether an entry matches.
        direction: Which way to read.
        beyond: Only entries further in that direction than this ID.
        until: The last ID to read; `None` to read to the end of the stream.
        page: Maximum entries of a page.

    Raises:
        SourceError: If the server can no longer be reached.
    """
    entries = octets = worked = 0
    at = beyond
    while True:
        read = await source.entries(
            stream, direction=direction, beyond=at, count=page, max_bytes=PAGE_BYTES
        )
        inside = [entry for entry in read.entries if _before(entry.id, until, direction)]
        found = []
        for entry in inside:
            entries += 1
            octets += entry.size
            worked += entry.size + _LEAST
            if worked > _AT_ONCE:
                worked = 0
                await asyncio.sleep(0)
            if matches(entry):
                found.append(entry)
        at = read.entries[-1].id if read.entries else at
        complete = read.complete or len(inside) < len(read.entries)
        yield Searched(tuple(found), entries, octets, at if entries else None, complete)
        if complete:
            return


def _before(entry_id: EntryId, until: EntryId | None, direction: Direction) -> bool:
    if until is None:
        return True
    return entry_id <= until if direction == "oldest_first" else entry_id >= until
