"""A source that masks the entries it returns."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.source import ForwardingSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.masking.mask import Mask
    from streamtop.model.entries import Entry, EntryPage
    from streamtop.model.ids import EntryId
    from streamtop.source import Direction, Source

_AT_ONCE = 20_000
"""Bytes of entries masked before the event loop may run other tasks, unless one is larger."""


class MaskedSource(ForwardingSource):
    """A Source that masks the values of entries; everything else passes through."""

    def __init__(self, source: Source, mask: Mask) -> None:
        """A masked source.

        Args:
            source: The source of the entries; it is closed with this one.
            mask: What to hide.
        """
        super().__init__(source)
        self._mask = mask

    def hides(self, entry: Entry) -> bool:
        """Whether any part of an entry from this source was hidden."""
        return self._mask.hides(entry)

    async def entries(
        self,
        stream: str,
        *,
        direction: Direction = "newest_first",
        beyond: EntryId | None = None,
        count: int = 100,
        max_bytes: int = 4_000_000,
    ) -> EntryPage:
        page = await super().entries(
            stream, direction=direction, beyond=beyond, count=count, max_bytes=max_bytes
        )
        return replace(page, entries=tuple(await self._masked(page.entries)))

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        entries = await super().entries_by_id(stream, ids, max_bytes=max_bytes)
        existing = [entry for entry in entries.values() if entry is not None]
        return entries | {entry.id: entry for entry in await self._masked(existing)}

    async def _masked(self, entries: Sequence[Entry]) -> list[Entry]:
        masked: list[Entry] = []
        size = 0
        for entry in entries:
            masked.append(self._mask.entry(entry))
            size += entry.size
            if size > _AT_ONCE:
                size = 0
                await asyncio.sleep(0)
        return masked
