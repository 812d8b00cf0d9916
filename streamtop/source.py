"""The port: everything that the rest of streamtop asks of a server.

Its errors:

    SourceError              any expected failure, in one sentence
    ├── UnreachableError     no connection could be made: nothing was sent
    │   └── BrokenError      it broke, or was silent for too long, after something was sent
    ├── RefusedError         forbidden by permissions or mode (NOPERM, NOAUTH, READONLY)
    ├── BusyError            the server cannot answer now (LOADING, MASTERDOWN, BUSY)
    ├── MissingError         the stream or group does not exist (no such key, NOGROUP)
    ├── WrongTypeError       the key is not a stream
    └── RejectedError        any other error reply of the server

Any other exception is a bug and is not caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from streamtop.model.abilities import Abilities
    from streamtop.model.entries import Entry, EntryPage, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.lag_counter import Counted
    from streamtop.model.snapshot import Snapshot

Command = tuple[bytes, ...]
"""The words of one command, exactly as they are sent."""
Reply = None | int | bytes | list["Reply"]
"""The server's reply to a command under RESP2."""
Direction = Literal["newest_first", "oldest_first"]


class SourceError(Exception):
    """An expected failure. Its text is one sentence without secrets."""


class UnreachableError(SourceError):
    """No connection could be made: nothing was sent."""


class BrokenError(UnreachableError):
    """The connection broke, or no answer came in time: what was sent may have been done."""


class RefusedError(SourceError):
    """The user's permissions or the server's mode forbid the command."""


class BusyError(SourceError):
    """The server is reachable but cannot answer now."""


class MissingError(SourceError):
    """The stream or the group does not exist (any more)."""


class WrongTypeError(SourceError):
    """The key holds something other than a stream."""


class RejectedError(SourceError):
    """The server replied with any other error."""


class Source(Protocol):
    """A server with streams that can be read and changed."""

    async def look(self) -> Snapshot:
        """The present state of all streams. Changes nothing.

        Only one look may run at a time. Streams that vanish meanwhile are left out; those
        that may not be read carry an error.

        Raises:
            SourceError: If no stream can be read.
        """

    async def pending(
        self,
        stream: str,
        group: str,
        *,
        after: EntryId | None = None,
        count: int = 100,
        consumer: str | None = None,
    ) -> tuple[PendingEntry, ...]:
        """A page of the group's pending entries, lowest ID first.

        Args:
            stream: The stream.
            group: One of its groups.
            after: The last ID of the page before; `None` for the first page.
            count: Maximum number. A shorter page is the last one.
            consumer: Only entries that this consumer holds.

        Raises:
            SourceError: MissingError if the stream or group does not exist.
        """

    async def pending_now(
        self, stream: str, group: str, ids: Sequence[EntryId]
    ) -> tuple[PendingEntry | None, ...]:
        """The present state of pending entries, in the order of `ids`.

        Returns:
            An entry for each ID; `None` for one that is not pending.

        Raises:
            SourceError: MissingError if the stream or group does not exist.
        """

    async def entries(
        self,
        stream: str,
        *,
        direction: Direction = "newest_first",
        beyond: EntryId | None = None,
        count: int = 100,
        max_bytes: int = 4_000_000,
    ) -> EntryPage:
        """A page of entries, read in either direction.

        Args:
            stream: The stream; a missing one has no entries.
            direction: Which way to read, and the order of the result.
            beyond: Only entries further in that direction than this ID.
            count: Maximum number of entries.
            max_bytes: Stop once this many bytes were received. At least one entry is read,
                however large.
        """

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        """The entries with these IDs; `None` for one that does not exist (any more).

        IDs beyond `max_bytes` are absent from the result; the first ID never is.
        """

    def recount(self, stream: str, group: str) -> AsyncGenerator[Counted]:
        """Count all entries after the group's position, however many there are.

        Yields:
            The progress of the count, in steps too small to disturb the server. The last one
            is complete unless the stream or the group is gone. Later looks use and continue
            the count until an undelivered entry may have been removed.

        Raises:
            SourceError: If the server can no longer be reached.
        """

    def prefer(self, stream: str, group: str) -> None:
        """Count the lag of this group before those of others, at the looks to come."""

    async def missing(self, stream: str, ids: Sequence[EntryId]) -> frozenset[EntryId] | None:
        """Which of these entries no longer exist, found without transferring payloads.

        Returns:
            Their IDs; `None` if the user may not run scripts (EVAL).

        Raises:
            SourceError: If the server cannot be reached.
        """

    async def abilities(self) -> Abilities:
        """What the server can do and its user may do; read once, then remembered.

        Raises:
            SourceError: If the server cannot be reached.
        """

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        """Send commands that change something; all of streamtop's writes pass here.

        Returns:
            A reply for each command, in order. A command that failed has its error in place
            of a reply; the others are done nevertheless.

        Raises:
            BrokenError: If the connection broke, so that it is unknown which were done.
            SourceError: If nothing was sent; RefusedError if the source is read-only.
        """

    async def close(self) -> None:
        """Close all connections. The source cannot be used again."""


class ForwardingSource:
    """Implements Source by passing every call on; subclasses change some of the methods."""

    def __init__(self, source: Source) -> None:
        self.source = source

    async def look(self) -> Snapshot:
        return await self.source.look()

    async def pending(
        self,
        stream: str,
        group: str,
        *,
        after: EntryId | None = None,
        count: int = 100,
        consumer: str | None = None,
    ) -> tuple[PendingEntry, ...]:
        return await self.source.pending(stream, group, after=after, count=count, consumer=consumer)

    async def pending_now(
        self, stream: str, group: str, ids: Sequence[EntryId]
    ) -> tuple[PendingEntry | None, ...]:
        return await self.source.pending_now(stream, group, ids)

    async def entries(
        self,
        stream: str,
        *,
        direction: Direction = "newest_first",
        beyond: EntryId | None = None,
        count: int = 100,
        max_bytes: int = 4_000_000,
    ) -> EntryPage:
        return await self.source.entries(
            stream, direction=direction, beyond=beyond, count=count, max_bytes=max_bytes
        )

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        return await self.source.entries_by_id(stream, ids, max_bytes=max_bytes)

    def recount(self, stream: str, group: str) -> AsyncGenerator[Counted]:
        return self.source.recount(stream, group)

    def prefer(self, stream: str, group: str) -> None:
        self.source.prefer(stream, group)

    async def missing(self, stream: str, ids: Sequence[EntryId]) -> frozenset[EntryId] | None:
        return await self.source.missing(stream, ids)

    async def abilities(self) -> Abilities:
        return await self.source.abilities()

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        return await self.source.write(commands)

    async def close(self) -> None:
        await self.source.close()
