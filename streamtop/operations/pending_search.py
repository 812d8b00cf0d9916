"""From conditions to the entries that are meant: what a bulk operation is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.pending_entries import PendingEntries

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.selection import Selection
    from streamtop.source import Source

MOST = 1_000_000
"""Entries that one operation is about, at most."""
PAGE = 500
"""Pending entries that are asked for at once."""


async def gather(
    source: Source,
    stream: str,
    group: str,
    selection: Selection,
    *,
    progress: Callable[[int, int], None] | None = None,
    stop: asyncio.Event | None = None,
    most: int = MOST,
) -> PendingEntries:
    """All pending entries of a group that are meant, as they are now. Changes nothing.

    The list is paged through, so that the server is never held up and no filter of its own
    is asked for: XPENDING with IDLE walks the whole list in one command.

    Args:
        source: The server.
        stream: The stream.
        group: One of its groups.
        selection: Which entries are meant.
        progress: Told after each page: how many were looked at, how many are meant.
        stop: Once set, what was found until then is the result.
        most: End once so many were found.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    found, looked_at, last = PendingEntries(), 0, None
    while stop is None or not stop.is_set():
        page = await source.pending(
            stream, group, after=last, count=PAGE, consumer=selection.consumer or None
        )
        looked_at += len(page)
        for row in await _meant(source, stream, selection, page):
            found.add(row)
            if len(found) >= most:
                return found
        if progress is not None:
            progress(looked_at, len(found))
        if len(page) < PAGE or (selection.up_to and page[-1].id >= selection.up_to):
            break
        last = page[-1].id
    return found


async def _meant(
    source: Source, stream: str, selection: Selection, page: Sequence[PendingEntry]
) -> list[PendingEntry]:
    """The rows of a page that are meant; their entries are read in pieces if they must be."""
    rows = [row for row in page if selection.admits(row)]
    if not selection.needs_payload:
        return rows
    meant, left = [], rows
    while left:
        entries = await source.entries_by_id(stream, [row.id for row in left])
        meant += [
            row for row in left if row.id in entries and selection.admits_payload(entries[row.id])
        ]
        left = [row for row in left if row.id not in entries]
    return meant
