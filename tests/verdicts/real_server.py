"""A real server behind the methods of the simulated one, in time that runs faster.

Each command goes to both, so that the simulated server goes on to know the truth. A world lasts
an hour in minutes: its seconds, its entries' IDs and all idle times are those of the real server
multiplied by a factor. What a look saw is multiplied alike, so that the engine under test, its
limits and the situations' labels stay as they are.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, replace
from select import select
from typing import TYPE_CHECKING, Any, TypeVar

import hiredis

from streamtop.gateway import replies
from streamtop.gateway.wire import packed
from streamtop.model.ids import ZERO, EntryId
from tests.kit.waiting import PATIENCE
from tests.verdicts.simulated_server import Claimed, Dialect, SimulatedServer
from tests.verdicts.virtual_time import EPOCH_MS, Read, Running, World

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable, Sequence
    from selectors import BaseSelector

    from streamtop.model.snapshot import Group, OldestPending, Snapshot, Stream
    from tests.verdicts.simulated_server import ConsumerGroup

T = TypeVar("T")
SHORTEST_BLOCK = 0.025
"""Real seconds of the shortest BLOCK: a shorter one would only ask more often."""


class Connection:
    """A connection whose replies may be received later."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self._reader = hiredis.Reader()

    def send(self, *words: object) -> None:
        """Send a command."""
        self.socket.sendall(packed(*(str(word).encode() for word in words)))

    def receive(self) -> Any:
        """The next reply.

        Raises:
            hiredis.ReplyError: If it is an error.
        """
        while (reply := self._reader.gets()) is False:
            self._reader.feed(self.socket.recv(1 << 16))
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        return reply

    def command(self, *words: object) -> Any:
        """Send a command; returns its reply."""
        self.send(*words)
        return self.receive()

    def close(self) -> None:
        """Close it."""
        self.socket.close()


@dataclass(frozen=True)
class Clock:
    """Turns the time of a server into that of a world, which runs faster."""

    factor: int
    began: float
    """Seconds of the monotonic clock when the world began."""
    began_ms: int
    """The same moment on the server's clock."""

    @classmethod
    def of(cls, connection: Connection, factor: int) -> Clock:
        """A clock that begins now."""
        seconds, micros = connection.command("TIME")
        return cls(factor, time.monotonic(), int(seconds) * 1000 + int(micros) // 1000)

    @property
    def seconds(self) -> float:
        """Seconds of the world since it began."""
        return (time.monotonic() - self.began) * self.factor

    def to_world(self, one: EntryId) -> EntryId:
        """The ID that an entry of the server has in the world."""
        if one == ZERO:
            return one
        return EntryId(EPOCH_MS + (one.ms - self.began_ms) * self.factor, one.seq)

    def to_server(self, one: EntryId) -> EntryId:
        """The ID that an entry of the world has on the server."""
        if one == ZERO:
            return one
        return EntryId(self.began_ms + (one.ms - EPOCH_MS) // self.factor, one.seq)

    def look(self, snapshot: Snapshot) -> Snapshot:
        """A look at the server, as if the world's time were the server's."""
        assert snapshot.time_ms is not None
        return replace(
            snapshot,
            at=(snapshot.at - self.began) * self.factor + EPOCH_MS / 1000,
            time_ms=EPOCH_MS + (snapshot.time_ms - self.began_ms) * self.factor,
            cost=replace(snapshot.cost, seconds=snapshot.cost.seconds * self.factor),
            streams=tuple(map(self._stream, snapshot.streams)),
        )

    def _stream(self, stream: Stream) -> Stream:
        edges = stream.edges
        if edges is not None:
            edges = replace(
                edges,
                last_generated_id=self.to_world(edges.last_generated_id),
                first_entry_id=self._maybe(edges.first_entry_id),
                last_entry_id=self._maybe(edges.last_entry_id),
                max_deleted_entry_id=self._maybe(edges.max_deleted_entry_id),
            )
        return replace(stream, edges=edges, groups=tuple(map(self._group, stream.groups)))

    def _group(self, group: Group) -> Group:
        factor = self.factor
        return replace(
            group,
            last_delivered_id=self.to_world(group.last_delivered_id),
            undelivered_id=self._maybe(group.undelivered_id),
            oldest_pending=self._entry(group.oldest_pending),
            most_delivered=self._entry(group.most_delivered),
            consumers=tuple(
                replace(
                    consumer,
                    idle_ms=consumer.idle_ms * factor,
                    inactive_ms=None
                    if consumer.inactive_ms is None
                    else consumer.inactive_ms * factor,
                )
                for consumer in group.consumers
            ),
        )

    def _entry(self, entry: OldestPending | None) -> OldestPending | None:
        if entry is None:
            return None
        idle = entry.idle_ms if entry.idle_ms < 0 else entry.idle_ms * self.factor
        return replace(entry, id=self.to_world(entry.id), idle_ms=idle)

    def _maybe(self, one: EntryId | None) -> EntryId | None:
        return None if one is None else self.to_world(one)


class RealServer(SimulatedServer):
    """Sends each command to a real server too, and follows its answers."""

    def __init__(self, dialect: Dialect, connection: Connection, clock: Clock, prefix: str) -> None:
        super().__init__(dialect, EPOCH_MS)
        self._connection = connection
        self._clock = clock
        self._prefix = prefix

    def name(self, key: str) -> str:
        """The name of a stream on the real server."""
        return f"{self._prefix}:{key}"

    def ids(self, rows: Any) -> list[EntryId]:
        """The IDs of rows of XRANGE, XREADGROUP and the like."""
        return [self._clock.to_world(one) for one in replies.to_ids(rows)]

    def verify(self, stream: Stream) -> None:
        """Prove that a look saw what is known here.

        Raises:
            AssertionError: If it did not.
        """
        mirror = self.streams[stream.name.removeprefix(f"{self._prefix}:")]
        assert stream.error is None, stream.error
        assert stream.length == len(mirror.ids), stream.name
        for group in stream.groups:
            here = mirror.groups[group.name]
            assert (group.last_delivered_id, group.pending) == (here.position, len(here.pel)), (
                stream.name
            )

    def xadd(self, key: str, one: EntryId | None = None, maxlen: int | None = None) -> EntryId:
        """Add an entry, with the ID that the server's clock gives."""
        assert one is None, "no world's own IDs here"
        limit = () if maxlen is None else ("MAXLEN", maxlen)
        answer = self._connection.command("XADD", self.name(key), *limit, "*", "n", 1)
        return super().xadd(key, self._clock.to_world(EntryId.parse(answer)), maxlen)

    def xtrim(self, key: str, maxlen: int) -> int:
        """Remove the oldest entries beyond `maxlen`; how many they were."""
        answer = self._connection.command("XTRIM", self.name(key), "MAXLEN", maxlen)
        return self._same(super().xtrim(key, maxlen), answer)

    def xtrim_minid(self, key: str, lowest: EntryId) -> int:
        """Remove the entries below an ID; how many they were."""
        answer = self._connection.command("XTRIM", self.name(key), "MINID", self._real([lowest])[0])
        return self._same(super().xtrim_minid(key, lowest), answer)

    def xdel(self, key: str, ids: Iterable[EntryId]) -> int:
        """Delete entries by ID; how many were there."""
        ids = list(ids)
        if not ids:
            return 0
        answer = self._connection.command("XDEL", self.name(key), *self._real(ids))
        return self._same(super().xdel(key, ids), answer)

    def xgroup_create(
        self, key: str, name: str, position: EntryId | None = ZERO, entries_read: int | None = None
    ) -> ConsumerGroup:
        """Create a group, and the stream if need be; position `None` is `$`."""
        self._group("CREATE", key, name, self._position(position), "MKSTREAM")
        return super().xgroup_create(key, name, position, entries_read)

    def xgroup_setid(
        self, key: str, name: str, position: EntryId | None, entries_read: int | None = None
    ) -> None:
        """Move a group's position; `None` is `$`."""
        counted = () if entries_read is None else ("ENTRIESREAD", entries_read)
        self._group("SETID", key, name, self._position(position), *counted)
        super().xgroup_setid(key, name, position, entries_read)

    def xgroup_destroy(self, key: str, name: str) -> None:
        """Destroy a group."""
        self._group("DESTROY", key, name)
        super().xgroup_destroy(key, name)

    def xgroup_createconsumer(self, key: str, name: str, consumer: str) -> None:
        """Create a consumer unless it is there."""
        self._group("CREATECONSUMER", key, name, consumer)
        super().xgroup_createconsumer(key, name, consumer)

    def xgroup_delconsumer(self, key: str, name: str, consumer: str) -> int:
        """Delete a consumer and its pending entries; how many those were."""
        answer = self._group("DELCONSUMER", key, name, consumer)
        return self._same(super().xgroup_delconsumer(key, name, consumer), answer)

    def xreadgroup(
        self, key: str, name: str, consumer: str, count: int, *, noack: bool = False
    ) -> list[EntryId]:
        """Deliver entries that were never delivered (`>`); none if there are none."""
        request = Read((key, name), consumer, count, None, noack)
        return self.take(request, self._connection.command(*self.words(request)))

    def words(self, request: Read, block_ms: int | None = None) -> Sequence[object]:
        """The command of a request."""
        key, name = request.group
        return (
            *("XREADGROUP", "GROUP", name, request.consumer, "COUNT", request.count),
            *(() if block_ms is None else ("BLOCK", block_ms)),
            *(("NOACK",) if request.noack else ()),
            *("STREAMS", self.name(key), ">"),
        )

    def take(self, request: Read, answer: Any) -> list[EntryId]:
        """Follow what the server delivered."""
        ids = super().xreadgroup(
            *request.group, request.consumer, request.count, noack=request.noack
        )
        return self._same(ids, self.ids(answer[0][1]) if answer else [])

    def xreadgroup_history(
        self, key: str, name: str, consumer: str, count: int, after: EntryId = ZERO
    ) -> list[EntryId]:
        """The consumer's own pending entries above `after`."""
        answer = self._connection.command(
            *("XREADGROUP", "GROUP", name, consumer, "COUNT", count),
            *("STREAMS", self.name(key), *self._real([after])),
        )
        ids = super().xreadgroup_history(key, name, consumer, count, after)
        return self._same(ids, self.ids(answer[0][1]))

    def xack(self, key: str, name: str, ids: Iterable[EntryId]) -> int:
        """Acknowledge entries; how many were pending."""
        ids = list(ids)
        if not ids:
            return 0
        answer = self._connection.command("XACK", self.name(key), name, *self._real(ids))
        return self._same(super().xack(key, name, ids), answer)

    def xclaim(
        self,
        key: str,
        name: str,
        consumer: str,
        min_idle: int,
        ids: Iterable[EntryId],
        *,
        justid: bool = False,
        idle: int | None = None,
        retrycount: int | None = None,
        force: bool = False,
    ) -> list[EntryId]:
        """Claim entries; those that were claimed."""
        ids = list(ids)
        if not ids:
            return ids
        factor = self._clock.factor
        answer = self._connection.command(
            *("XCLAIM", self.name(key), name, consumer, min_idle // factor, *self._real(ids)),
            *(() if idle is None else ("IDLE", idle // factor)),
            *(() if retrycount is None else ("RETRYCOUNT", retrycount)),
            *(("FORCE",) if force else ()),
            *(("JUSTID",) if justid else ()),
        )
        claimed = [self._clock.to_world(EntryId.parse(one)) for one in answer] if justid else None
        return super().xclaim(
            *(key, name, consumer, 0, self.ids(answer) if claimed is None else claimed),
            justid=justid,
            idle=idle,
            retrycount=retrycount,
            force=force,
        )

    def xautoclaim(
        self,
        key: str,
        name: str,
        consumer: str,
        min_idle: int,
        start: EntryId = ZERO,
        count: int = 100,
        *,
        justid: bool = False,
    ) -> Claimed:
        """Claim what is idle for long enough, from `start` on."""
        assert not justid, "no situation claims without being given the entries"
        answer = self._connection.command(
            *("XAUTOCLAIM", self.name(key), name, consumer, min_idle // self._clock.factor),
            *(*self._real([start]), "COUNT", count),
        )
        ids = super().xclaim(key, name, consumer, 0, self.ids(answer[1]))
        return Claimed(self._clock.to_world(EntryId.parse(answer[0])), ids)

    def xnack(self, key: str, name: str, ids: Iterable[EntryId], mode: str = "FAIL") -> int:
        """Release entries (8.8): nobody holds them, anybody may claim them."""
        ids = list(ids)
        if not ids:
            return 0
        answer = self._connection.command(
            "XNACK", self.name(key), name, mode, "IDS", len(ids), *self._real(ids)
        )
        return self._same(super().xnack(key, name, ids, mode), answer)

    def _group(self, verb: str, key: str, *words: object) -> Any:
        return self._connection.command("XGROUP", verb, self.name(key), *words)

    def _real(self, ids: Iterable[EntryId]) -> list[EntryId]:
        return list(map(self._clock.to_server, ids))

    def _position(self, position: EntryId | None) -> str:
        return "$" if position is None else str(self._clock.to_server(position))

    def _same(self, here: T, there: Any) -> T:
        """What both answered."""
        assert here == there, f"{self._prefix}: {here} here, {there} on the server"
        return here


class RealWorld(World):
    """A world on a real server: its processes block there, and its time passes by itself."""

    server: RealServer

    def __init__(
        self,
        server: RealServer,
        seed: str,
        path: str,
        control: Connection,
        clock: Clock,
        selector: BaseSelector,
    ) -> None:
        super().__init__(server.dialect, seed)
        self.server = server
        self._path = path
        self._control = control
        self._factor = clock.factor
        self._selector = selector
        self._connections: dict[Running, tuple[Connection, int]] = {}
        """Of the processes that ever blocked, with the IDs that the server gave them."""

    def kill(self, process: Running) -> None:
        """End a process where it stands."""
        super().kill(process)
        if process in self._connections:
            self._close(process)

    def close(self) -> None:
        """End all connections."""
        for process in list(self._connections):
            self._close(process)

    def receive(self, process: Running) -> None:
        """Receive what a process waits for: entries, or nothing, so that it asks again."""
        request = process.reading
        assert request is not None
        answer = self._connections[process][0].receive()
        if answer is None:
            self._ask(process, request)
        else:
            super()._leave(process)
            self._push(self.server.now, process, self.server.take(request, answer))

    def _block(self, process: Running, request: Read, seconds: float) -> None:
        super()._block(process, request, seconds)
        if process not in self._connections:
            connection = Connection(self._path)
            number = connection.command("CLIENT", "ID")
            self._selector.register(connection.socket, 1, (self, process))
            self._connections[process] = connection, number
        self._ask(process, request)

    def _ask(self, process: Running, request: Read) -> None:
        seconds = max(SHORTEST_BLOCK, (request.block or 0) / self._factor)
        words = self.server.words(request, int(seconds * 1000))
        self._connections[process][0].send(*words)

    def _serve(self, key: str, name: str, blocked: deque[Running]) -> None:
        """One of the readers that block gets the entry; the server chooses which."""
        group = self.server.group(key, name)
        while blocked and group.undelivered:
            sockets = {self._connections[process][0].socket: process for process in blocked}
            ready, _, _ = select(list(sockets), (), (), PATIENCE)
            assert ready, f"{key}/{name}: nobody received the entry"
            for one in ready:
                self.receive(sockets[one])

    def _leave(self, process: Running) -> None:
        if process.reading is not None:
            connection, number = self._connections[process]
            self._control.command("CLIENT", "UNBLOCK", number)
            answer = connection.receive()
            assert answer is None, "all that was delivered had been received"
        super()._leave(process)

    def _close(self, process: Running) -> None:
        connection, _ = self._connections.pop(process)
        self._selector.unregister(connection.socket)
        connection.close()
