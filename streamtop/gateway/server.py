"""Server implements Source: commands out, model values in."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtop.gateway import abilities, entry_pages, missing_entries, replies
from streamtop.gateway.contradictions import Contradictions
from streamtop.gateway.delivery_sweep import DeliverySweep
from streamtop.gateway.discovery import Discovery
from streamtop.gateway.errors import unknown_reply
from streamtop.gateway.recount import Recount, in_full
from streamtop.gateway.server_info import info_fields, replication_role
from streamtop.gateway.watched_stream import WatchedStream
from streamtop.gateway.wire import packed
from streamtop.model.snapshot import Cost, Snapshot
from streamtop.model.text import from_name
from streamtop.source import RefusedError, SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from streamtop.gateway.wire import Answer, Question, Wire
    from streamtop.model.abilities import Abilities
    from streamtop.model.entries import Entry, EntryPage, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.lag_counter import Counted
    from streamtop.model.snapshot import ServerInfo, Stream
    from streamtop.source import Command, Direction, Reply

ROLE_EVERY = 10
"""Looks after which the role is read again, since a failover may have happened."""
PATIENCE = 10.0
"""Seconds to wait for the reply to a write: giving up leaves open whether it was done."""
_AT_ONCE = 100
"""Streams prepared or assembled before the event loop may run other tasks."""
_IN_ONE_GO = 4_000_000
"""Approximate bytes of payloads that one exchange may make the server buffer."""
_UNKNOWN_PAYLOAD = 262_144
"""Assumed bytes of a stream's first and last entry before any was seen."""
_TIME = packed(b"TIME")
_REPLICATION = packed(b"INFO", b"replication")


class Server:
    """A Source over two connections to a server: one for looks, one for all other calls.

    Attributes:
        info: The identity of the server; its role is read again now and then.
        read_only: Why `write` refuses everything; `None` if it does not.
    """

    def __init__(
        self,
        looks: Wire,
        details: Wire,
        info: ServerInfo,
        *,
        match: Sequence[str] = (),
        read_only: str | None = None,
        thorough: bool = False,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """A server whose `info` is known; `connect` makes one.

        Args:
            looks: The connection for `look`.
            details: The connection for everything else.
            info: The identity of the server.
            match: Patterns or names of the streams to look at; none for all.
            read_only: Why writes are refused; `None` if they are not.
            thorough: Whether each look counts all unproven lags, however long that takes;
                otherwise each look counts for a bounded time.
            on_close: Called at the end of `close`.
        """
        self.info = info
        self.read_only = read_only
        self._looks = looks
        self._details = details
        self._on_close = on_close
        self._discovery = Discovery(looks, match)
        self._watched: dict[bytes, WatchedStream] = {}
        self._order: list[WatchedStream] = []
        self._order_of = -1
        self._looked = 0
        self._time_ms: int | None = None
        self._typical = _UNKNOWN_PAYLOAD
        self._recount = Recount(thorough=thorough)
        self._sweep = DeliverySweep(thorough=thorough)
        self._contradictions = Contradictions(thorough=thorough)
        self._abilities: Abilities | None = None
        self._asking_abilities = asyncio.Lock()

    async def look(self) -> Snapshot:
        if self.info.role == "sentinel":
            raise RefusedError(
                f"{self.info.url} is a Sentinel, which holds no streams: "
                "give redis+sentinel://host:port/service"
            )
        began = time.monotonic()
        commands, received = self._looks.commands, self._looks.received
        await self._discovery.step()
        streams = self._in_order()
        await self._ask_first(streams, began)
        questions = await self._further_questions(streams)
        await self._looks.exchange(questions + self._sweep.questions(streams))
        await self._contradictions.settle(self._looks, streams, releases=self.info.releases)
        await self._sweep.finish(self._looks)
        await self._recount.step(self._looks, streams)
        self._looked += 1
        taken_at, at = datetime.now(UTC), time.monotonic()
        seen = await self._assembled(streams)
        return Snapshot(
            taken_at=taken_at,
            at=at,
            server=self.info,
            time_ms=self._time_ms,
            streams=seen,
            complete=self._discovery.complete,
            cost=Cost(
                seconds=time.monotonic() - began,
                commands=self._looks.commands - commands,
                received=self._looks.received - received,
            ),
        )

    async def pending(
        self,
        stream: str,
        group: str,
        *,
        after: EntryId | None = None,
        count: int = 100,
        consumer: str | None = None,
    ) -> tuple[PendingEntry, ...]:
        start = b"-" if after is None else entry_pages.above(after)
        if start is None or count <= 0:
            return ()
        command: Command = (
            *(b"XPENDING", from_name(stream), from_name(group)),
            *(start, b"+", b"%d" % count),
        )
        if consumer is not None:
            command = (*command, from_name(consumer))
        [answer] = await self._details.ask([command])
        return self._pending(answer)

    async def pending_now(
        self, stream: str, group: str, ids: Sequence[EntryId]
    ) -> tuple[PendingEntry | None, ...]:
        words = b"XPENDING", from_name(stream), from_name(group)
        answers = await self._details.ask([(*words, bytes(i), bytes(i), b"1") for i in ids])
        return tuple(next(iter(self._pending(answer)), None) for answer in answers)

    async def entries(
        self,
        stream: str,
        *,
        direction: Direction = "newest_first",
        beyond: EntryId | None = None,
        count: int = 100,
        max_bytes: int = 4_000_000,
    ) -> EntryPage:
        return await entry_pages.page(
            self._details,
            from_name(stream),
            direction=direction,
            beyond=beyond,
            count=count,
            max_bytes=max_bytes,
            guess=self._entry_size(stream),
        )

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        return await entry_pages.by_id(
            self._details,
            from_name(stream),
            ids,
            max_bytes=max_bytes,
            guess=self._entry_size(stream),
        )

    async def recount(self, stream: str, group: str) -> AsyncGenerator[Counted]:
        watched = self._watched.get(from_name(stream))
        if watched is None:
            return
        for candidate in watched.groups:
            if candidate.name == group:
                async for counted in in_full(self._details, watched, candidate):
                    yield counted

    def prefer(self, stream: str, group: str) -> None:
        self._recount.preferred = (stream, group)

    async def missing(self, stream: str, ids: Sequence[EntryId]) -> frozenset[EntryId] | None:
        able = await self.abilities()
        return await missing_entries.find_missing(self._details, able, from_name(stream), ids)

    async def abilities(self) -> Abilities:
        async with self._asking_abilities:
            if self._abilities is None:
                self._abilities = await abilities.ask(self._details, self.info)
        replica = "this is a replica: it takes no writes" if self.info.role == "slave" else None
        return replace(self._abilities, read_only=self.read_only or replica)

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        if self.read_only is not None:
            raise RefusedError(f"nothing was sent: {self.read_only}")
        return await self._details.ask(commands, silence=PATIENCE)

    async def close(self) -> None:
        await self._looks.close()
        await self._details.close()
        if self._on_close is not None:
            await self._on_close()

    def _in_order(self) -> list[WatchedStream]:
        """The streams to look at, sorted by name."""
        if self._order_of != self._discovery.changes:
            names = self._discovery.names
            self._watched = {raw: self._watched.get(raw) or WatchedStream(raw) for raw in names}
            self._order = sorted(self._watched.values(), key=lambda stream: stream.name)
            self._order_of = self._discovery.changes
        return self._order

    async def _ask_first(self, streams: list[WatchedStream], now: float) -> None:
        """Read lengths, groups and edges, in one exchange unless payloads are large."""
        questions: list[Question] = []
        weight = 0
        for index, stream in enumerate(streams, 1):
            questions += stream.begin(now)
            weight += stream.weight(now, unknown=self._typical)
            if weight > _IN_ONE_GO:
                before = self._looks.received
                await self._looks.exchange(questions)
                self._typical = (self._looks.received - before) * 2 // len(questions)
                questions, weight = [], 0
            elif not index % _AT_ONCE:
                await asyncio.sleep(0)
        # Last, so that the two questions of a stream are never split into two writes.
        questions.append((_TIME, self._take_time))
        if self._looked and not self._looked % ROLE_EVERY:
            questions.append((_REPLICATION, self._take_replication))
        await self._looks.exchange(questions)

    async def _further_questions(self, streams: list[WatchedStream]) -> list[Question]:
        questions: list[Question] = []
        for index, stream in enumerate(streams, 1):
            if (busy := stream.busy) is not None:
                raise busy
            questions += stream.more()
            if not index % _AT_ONCE:
                await asyncio.sleep(0)
        return questions

    async def _assembled(self, streams: list[WatchedStream]) -> tuple[Stream, ...]:
        seen: list[Stream] = []
        gone: list[bytes] = []
        for index, watched in enumerate(streams, 1):
            stream = watched.stream()
            if stream is not None:
                seen.append(stream)
            else:
                gone.append(from_name(watched.name))
            if not index % _AT_ONCE:
                await asyncio.sleep(0)
        for name in gone:
            self._discovery.forget(name)
        return tuple(seen)

    def _take_time(self, answer: Answer) -> None:
        self._time_ms = None if isinstance(answer, SourceError) else replies.to_time_ms(answer)

    def _take_replication(self, answer: Answer) -> None:
        if isinstance(answer, bytes) and not self.info.cluster:
            role = replication_role(info_fields(answer))
            if role != self.info.role:
                self.info = replace(self.info, role=role)

    def _pending(self, answer: Answer) -> tuple[PendingEntry, ...]:
        if isinstance(answer, SourceError):
            raise answer
        try:
            return replies.to_pending(answer, time.monotonic())
        except ValueError as error:
            raise unknown_reply("XPENDING", error) from error

    def _entry_size(self, stream: str) -> int | None:
        """Bytes of a stream's first and last entry; `None` if no look has seen them."""
        watched = self._watched.get(from_name(stream))
        return watched.payload if watched is not None else None
