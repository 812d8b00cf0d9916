"""The whole pending entries list of a group, read in the background to be sorted or searched."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from streamtop import decode
from streamtop.model.order import matches
from streamtop.model.pending_entries import PendingEntries

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.pending_entries import PendingOrder
    from streamtop.source import Source

AT_ONCE, MOST = 100_000, 1_000_000
"""Entries that are read unasked, and at most."""
_TURN = 20
"""Payloads that are decoded before the event loop may run other tasks."""


class WholePending:
    """All pending entries of a group, or those that match a filter, and how many were read.

    The list is read again and again; what is kept is of the last pass that ended, or, during
    the first, of the part that was read.
    """

    def __init__(self, needle: str = "", most: int = AT_ONCE) -> None:
        """Make an empty list.

        Args:
            needle: Words that must occur in an entry's ID, consumer or payload; empty to keep
                all entries.
            most: The number of entries to read.
        """
        self.needle = needle
        self.most = most
        self.kept = PendingEntries()
        self.read = 0
        """The entries read by the pass that `kept` is of."""
        self.complete = False
        """Whether that pass reached the end of the list."""
        self.reading = False
        """Whether the first pass is under way."""
        self.seconds = 0.0
        """The duration of the last pass that ended."""

    async def read_on(
        self, source: Source, stream: str, group: str, consumer: str | None
    ) -> AsyncGenerator[None]:
        """Read the list from its beginning to its end, or as far as `most`.

        Yields:
            After each page.

        Raises:
            SourceError: MissingError if the stream or group is gone.
        """
        from streamtop.planning.pending_entries import pending_pages

        clock = asyncio.get_running_loop().time
        began, kept, read, complete = clock(), PendingEntries(), 0, False
        self.reading = not self.read
        if self.reading:
            self.kept = kept
        pages = pending_pages(source, stream, group, consumer=consumer)
        try:
            async with aclosing(pages):
                async for page, complete in pages:  # noqa: B007 - the last one counts
                    for row in await self._matching(source, stream, page):
                        kept.add(row)
                    read += len(page)
                    if self.reading:
                        self.read = read
                    yield
                    if read >= self.most:
                        break
        finally:
            self.reading = False
        self.kept, self.read, self.complete = kept, read, complete
        self.seconds = clock() - began

    async def _matching(
        self, source: Source, stream: str, page: Sequence[PendingEntry]
    ) -> Sequence[PendingEntry]:
        """The entries of a page that match; payloads are read only where they decide."""
        if not self.needle:
            return page
        fit = {row.id for row in page if matches(words_of(row), self.needle)}
        left = {row.id: row for row in page if row.id not in fit}
        while left:
            entries = await source.entries_by_id(stream, list(left))
            for at, (entry_id, entry) in enumerate(entries.items(), start=1):
                row = left.pop(entry_id)
                payload = "" if entry is None else decode.summary(entry)
                if matches(words_of(row, payload), self.needle):
                    fit.add(entry_id)
                if not at % _TURN:
                    await asyncio.sleep(0)
        return [row for row in page if row.id in fit]

    def foremost(
        self, order: PendingOrder, most: int, *, descending: bool
    ) -> Sequence[PendingEntry]:
        """The first entries in an order, as many as wanted, lowest ID first."""
        if order == "id":  # as they are kept
            return self.kept[-most:] if descending else self.kept[:most]
        return self.kept.foremost(order, most, descending=descending)

    def coverage(self, total: int) -> str:
        """How much of the list it covers.

        Args:
            total: The length of the list, as it was last seen.
        """
        if self.complete:
            return f"{self.read:,}"
        return f"the first {self.read:,} of {max(total, self.read):,}"

    def can_read_more(self, total: int) -> bool:
        """Whether the list goes on beyond what is read unasked."""
        return not self.reading and not self.complete and self.read < min(total, MOST)


def words_of(row: PendingEntry, payload: str = "") -> str:
    """The text of an entry that a filter searches."""
    return f"{row.id} {row.consumer} {payload}"
