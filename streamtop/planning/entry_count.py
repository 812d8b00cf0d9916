"""How many entries lie between two positions of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.source import Source

PAGE = 1_000
"""Entries of one request."""
MOST_BYTES = 16_000_000
"""Bytes after which a count ends."""


async def entries_between(
    source: Source, stream: str, after: EntryId, up_to: EntryId | None, most: int = 10_000
) -> tuple[int, bool]:
    """Count the entries between two positions.

    Args:
        source: The server.
        stream: The stream; a missing one has no entries.
        after: The position before the first entry that counts.
        up_to: The last entry that counts; `None` for the stream's last.
        most: The highest count.

    Returns:
        The count, and whether it is complete; otherwise there are more. Large payloads end it
        early.

    Raises:
        SourceError: If the stream cannot be read.
    """
    count, received, last = 0, 0, after
    while count <= most and received < MOST_BYTES:
        page = await source.entries(
            stream,
            direction="oldest_first",
            beyond=None if last == ZERO else last,
            count=min(PAGE, most + 1 - count),
        )
        within = [entry for entry in page.entries if up_to is None or entry.id <= up_to]
        count += len(within)
        if count <= most and (page.complete or len(within) < len(page.entries)):
            return count, True
        received += sum(entry.size for entry in within)
        last = page.entries[-1].id
    return min(count, most), False
