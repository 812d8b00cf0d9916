"""Entries that are looked for in a whole stream: page by page, never holding the server."""

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
"""Entries that are asked for at once."""
PAGE_BYTES = 1_000_000
"""Bytes of a page, unless one entry is larger."""
_AT_ONCE = 20_000
"""Bytes of entries that are looked at before the event loop gets room."""
_LEAST = 500
"""Bytes that the smallest entry counts as."""


@dataclass(frozen=True, slots=True)
class Searched:
    """How far a search has come: one page further each time."""

    found: tuple[Entry, ...]
    """The entries of this page that are what is looked for, in the order they were read."""
    entries: int
    """How many were read so far."""
    octets: int
    """Bytes of all that was read so far."""
    at: EntryId | None
    """The last entry that was read; `None` while none was."""
    complete: bool
    """Whether the stream, or the range, ends here."""


async def search(
    source: Source,
    stream: str,
    wanted: Callable[[Entry], bool],
    *,
    direction: Direction = "newest_first",
    beyond: EntryId | None = None,
    until: EntryId | None = None,
    page: int = PAGE,
) -> AsyncGenerator[Searched]:
    """Read a stream in one direction, and pick what is wanted.

    Closing the generator ends the search; nothing is kept but the page under way.

    Args:
        source: The server.
        stream: The stream; a missing one ends at once.
        wanted: Whether an entry is looked for.
        direction: Which way to read.
        beyond: Where to begin: only entries further in that direction.
        until: Where to end: the last entry that may be read, if there is one.
        page: Entries that are asked for at once.

    Raises:
        SourceError: If the server can no longer be asked.
    """
    entries = octets = worked = 0
    at = beyond
    while True:
        read = await source.entries(
            stream, direction=direction, beyond=at, count=page, max_bytes=PAGE_BYTES
        )
        inside = [each for each in read.entries if _before(each.id, until, direction)]
        found = []
        for each in inside:
            entries += 1
            octets += each.size
            worked += each.size + _LEAST
            if worked > _AT_ONCE:
                worked = 0
                await asyncio.sleep(0)
            if wanted(each):
                found.append(each)
        at = read.entries[-1].id if read.entries else at
        complete = read.complete or len(inside) < len(read.entries)
        yield Searched(tuple(found), entries, octets, at if entries else None, complete)
        if complete:
            return


def _before(entry_id: EntryId, until: EntryId | None, direction: Direction) -> bool:
    if until is None:
        return True
    return entry_id <= until if direction == "oldest_first" else entry_id >= until
