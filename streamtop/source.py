"""The port: what the rest of streamtop asks of a server, whatever stands behind it.

The errors:

    SourceError              anything expected that went wrong, in one sentence
    ├── UnreachableError     no connection could be made: nothing was sent
    │   └── BrokenError      it broke, or stayed silent, after something was sent
    ├── RefusedError         the server's rights or mode say no (NOPERM, NOAUTH, READONLY)
    ├── BusyError            it will answer later (LOADING, MASTERDOWN, CLUSTERDOWN, BUSY)
    ├── MissingError         the stream or group is not there (no such key, NOGROUP)
    ├── WrongTypeError       the key is no stream
    └── RejectedError        any other error that the server answered

Any other exception is a bug and must be seen.
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
"""What the server answers to a command under RESP2."""
Direction = Literal["newest_first", "oldest_first"]


class SourceError(Exception):
    """Something expected went wrong. Its text is one sentence without secrets."""


class UnreachableError(SourceError):
    """No connection could be made: nothing was sent."""


class BrokenError(UnreachableError):
    """The connection broke, or no answer came in time: what was sent may have been done."""


class RefusedError(SourceError):
    """The server's rights or its mode forbid the command."""


class BusyError(SourceError):
    """The server is there but cannot answer now."""


class MissingError(SourceError):
    """The stream or the group is not there (any more)."""


class WrongTypeError(SourceError):
    """The key holds something else than a stream."""


class RejectedError(SourceError):
    """The server answered with any other error."""


class Source(Protocol):
    """A server to look at and, after a confirmation, to change."""

    async def look(self) -> Snapshot:
        """What there is now. Changes nothing.

        One look is under way at a time. Streams that vanish during the look are left out;
        those that may not be read carry an error.

        Raises:
            SourceError: If the server as a whole could not be looked at.
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
            count: At most so many. Fewer mean that there are no more.
            consumer: Only those that this consumer holds.

        Raises:
            SourceError: MissingError if the stream or group is gone.
        """

    async def pending_now(
        self, stream: str, group: str, ids: Sequence[EntryId]
    ) -> tuple[PendingEntry | None, ...]:
        """How these entries are pending now, in their order; `None` for one that is not."""

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
            count: At most so many.
            max_bytes: Stop once so many bytes were received. At least one entry is read,
                however large.
        """

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        """The entries with these IDs; `None` for one that does not exist (any more).

        IDs for which the bound left no room are absent from the result. The first ID
        is always answered.
        """

    def recount(self, stream: str, group: str) -> AsyncGenerator[Counted]:
        """Count all entries after the group's position, however many there are.

        Yields:
            How far the count has come, in pieces that hold up nobody; the last is complete
            unless the stream or the group is gone. Looks go by the count from then on,
            until something shows that it may be wrong.

        Raises:
            SourceError: If the server can no longer be asked.
        """

    async def missing(self, stream: str, ids: Sequence[EntryId]) -> frozenset[EntryId] | None:
        """Which of these entries exist no more, found without their payloads being sent.

        Returns:
            Their IDs; `None` if this user may not ask so (EVAL is refused).

        Raises:
            SourceError: If the server cannot be asked.
        """

    async def abilities(self) -> Abilities:
        """What the server can do and its user may do; asked once, then remembered.

        Raises:
            SourceError: If the server cannot be asked.
        """

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        """Send commands that change something; the one way in which streamtop writes.

        Returns:
            A reply for each command, in order. A command that the server refused has its
            error in its place, and the others are done all the same.

        Raises:
            BrokenError: If the connection broke, so that it is not known which were done.
            SourceError: If nothing was sent; RefusedError if the source is read-only.
        """

    async def close(self) -> None:
        """End all connections. The source is not used again."""
