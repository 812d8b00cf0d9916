"""A server whose entries are masked as they come in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from streamtop.masking.mask import Mask
    from streamtop.model.abilities import Abilities
    from streamtop.model.entries import Entry, EntryPage, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.lag_counter import Counted
    from streamtop.model.snapshot import Snapshot
    from streamtop.source import Command, Direction, Reply, Source, SourceError

_AT_ONCE = 20_000
"""Bytes of entries that are masked before the event loop gets room, unless one is larger."""


class MaskedSource:
    """Implements Source over another one: the same, but for the values of entries."""

    def __init__(self, source: Source, mask: Mask) -> None:
        """A source whose entries are masked.

        Args:
            source: What is asked; it is closed with this one.
            mask: What to hide.
        """
        self._source = source
        self._mask = mask

    def hides(self, entry: Entry) -> bool:
        """Whether something is hidden in an entry that came from here."""
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
        """A page of entries, masked."""
        page = await self._source.entries(
            stream, direction=direction, beyond=beyond, count=count, max_bytes=max_bytes
        )
        return replace(page, entries=tuple(await self._masked(page.entries)))

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        """The entries with these IDs, masked; `None` for one that does not exist (any more)."""
        found = await self._source.entries_by_id(stream, ids, max_bytes=max_bytes)
        there = [entry for entry in found.values() if entry is not None]
        return found | {entry.id: entry for entry in await self._masked(there)}

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

    # What holds no values of entries goes through.

    async def look(self) -> Snapshot:
        """What there is now. Changes nothing."""
        return await self._source.look()

    async def pending(
        self,
        stream: str,
        group: str,
        *,
        after: EntryId | None = None,
        count: int = 100,
        consumer: str | None = None,
    ) -> tuple[PendingEntry, ...]:
        """A page of the group's pending entries, lowest ID first."""
        return await self._source.pending(
            stream, group, after=after, count=count, consumer=consumer
        )

    async def pending_now(
        self, stream: str, group: str, ids: Sequence[EntryId]
    ) -> tuple[PendingEntry | None, ...]:
        """How these entries are pending now, in their order; `None` for one that is not."""
        return await self._source.pending_now(stream, group, ids)

    def recount(self, stream: str, group: str) -> AsyncGenerator[Counted]:
        """Count all entries after the group's position."""
        return self._source.recount(stream, group)

    async def missing(self, stream: str, ids: Sequence[EntryId]) -> frozenset[EntryId] | None:
        """Which of these entries exist no more."""
        return await self._source.missing(stream, ids)

    async def abilities(self) -> Abilities:
        """What the server can do and its user may do."""
        return await self._source.abilities()

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        """Send commands that change something, exactly as they are."""
        return await self._source.write(commands)

    async def close(self) -> None:
        """End all connections. The source is not used again."""
        await self._source.close()
