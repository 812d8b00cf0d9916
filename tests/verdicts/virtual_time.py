"""A world in virtual time: processes that sleep, block on a stream, and are killed.

A process is a generator. It yields seconds to sleep, or a `Read` to read new entries, and gets
back what it read. Nothing in a world waits: an hour takes as long as its events do.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from streamtop.model.ids import EntryId
from tests.verdicts.simulated_server import SimulatedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.verdicts.labels import Trouble
    from tests.verdicts.simulated_server import ConsumerGroup, Dialect
    from tests.verdicts.workers import Worker

EPOCH_MS = 1_769_860_800_000
"""When the world begins: 2026-01-31, 12:00 UTC."""
LATENCY_MS = 1
"""From an XADD until a blocked reader goes on."""

GroupKey = tuple[str, str]
"""The names of a stream and of a group."""


@dataclass(slots=True)
class Read:
    """XREADGROUP of new entries. Resumed with their IDs."""

    group: GroupKey
    consumer: str
    count: int = 10
    block: float | None = None
    """Seconds; `None` returns at once. A reader that comes back empty-handed asks again by
    itself, so a block ends only with entries, or when the process is woken."""
    noack: bool = False


Steps: TypeAlias = "Generator[float | Read, list[EntryId], None]"
"""What a process does."""


class Running:
    """A process of the world."""

    __slots__ = ("ended", "generator", "reading", "token")

    def __init__(self, generator: Steps) -> None:
        self.generator = generator
        self.token = 0
        """Counts what it waited for, so that an event that is past is known as such."""
        self.reading: Read | None = None
        """While it blocks."""
        self.ended = False


class World:
    """A server, processes, and what is true of them."""

    def __init__(self, dialect: Dialect, seed: str) -> None:
        self.server = SimulatedServer(dialect, EPOCH_MS)
        self.random = Random(seed)
        self.workers: dict[tuple[GroupKey, str], Worker] = {}
        """The newest worker of each consumer."""
        self.troubles: list[Trouble] = []
        """What is wrong, and when that can be known."""
        self.learned = 60.0
        """Seconds until one full cycle of every habit was seen."""
        self.watched_from = 0.0
        """Seconds until the first look."""
        self.numbered = False
        """Whether entries get the IDs 1-0, 2-0 ..., which are no times."""
        self._events: list[
            tuple[int, int, Running | None, int, list[EntryId] | Callable[[], object]]
        ] = []
        self._count = 0
        self._blocked: dict[GroupKey, deque[Running]] = {}

    @property
    def seconds(self) -> float:
        """Since the world began."""
        return (self.server.now - EPOCH_MS) / 1000

    def group(self, key: GroupKey) -> ConsumerGroup:
        """A group of the server."""
        return self.server.group(*key)

    def at(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something at a time."""
        self._push(EPOCH_MS + int(seconds * 1000), None, action)

    def start(self, generator: Steps) -> Running:
        """Start a process now."""
        process = Running(generator)
        self._push(self.server.now, process, [])
        return process

    def kill(self, process: Running) -> None:
        """End a process where it stands."""
        self._leave(process)
        process.token += 1
        process.ended = True
        process.generator.close()

    def wake(self, process: Running) -> None:
        """End the block of a process, with nothing read."""
        if process.reading is not None:
            self._leave(process)
            self._push(self.server.now, process, [])

    def add(self, key: str, maxlen: int | None = None) -> None:
        """XADD, and the readers that block on the stream."""
        server = self.server
        one = None
        if self.numbered:
            stream = server.streams.get(key)
            one = EntryId(stream.last_id.ms + 1 if stream is not None else 1, 0)
        server.xadd(key, one, maxlen)
        for name in server.streams[key].groups:
            blocked = self._blocked.get((key, name))
            if blocked:
                self._serve(key, name, blocked)

    @property
    def next_event(self) -> float:
        """When the next thing happens, in seconds since the world began; infinite if nothing."""
        return (self._events[0][0] - EPOCH_MS) / 1000 if self._events else inf

    def run_until(self, seconds: float) -> None:
        """Let all happen that happens until then."""
        events, server = self._events, self.server
        end = EPOCH_MS + int(seconds * 1000)
        while events and events[0][0] <= end:
            when, _, process, token, value = heappop(events)
            if when > server.now:
                server.now = when
            if process is None:
                value()  # type: ignore[operator] # an action, as there is no process
            elif process.token == token:
                self._resume(process, value)  # type: ignore[arg-type] # what it read
        server.now = max(server.now, end)

    def _push(
        self, when: int, process: Running | None, value: list[EntryId] | Callable[[], object]
    ) -> None:
        self._count += 1
        token = 0 if process is None else process.token
        heappush(self._events, (when, self._count, process, token, value))

    def _resume(self, process: Running, value: list[EntryId]) -> None:
        server = self.server
        while True:
            process.token += 1
            try:
                request = process.generator.send(value if process.token > 1 else None)  # type: ignore[arg-type] # a generator begins with None
            except StopIteration:
                process.ended = True
                return
            if not isinstance(request, Read):
                self._push(server.now + max(1, int(request * 1000)), process, [])
                return
            value = server.xreadgroup(
                *request.group, request.consumer, request.count, noack=request.noack
            )
            if request.block is None or value:
                continue
            self._block(process, request, request.block)
            return

    def _block(self, process: Running, request: Read, seconds: float) -> None:
        """Let a process wait for entries, asking again each so many seconds."""
        process.reading = request
        member = self.group(request.group).members.get(request.consumer)
        if member is not None:
            member.renewal_ms = int(seconds * 1000)
        self._blocked.setdefault(request.group, deque()).append(process)

    def _serve(self, key: str, name: str, blocked: deque[Running]) -> None:
        """The first reader that blocks gets the entry; since 7.2 all were awake for it."""
        server = self.server
        group = server.group(key, name)
        while blocked and group.undelivered:
            process = blocked[0]
            request = process.reading
            assert request is not None
            self._leave(process)
            ids = server.xreadgroup(key, name, request.consumer, request.count, noack=request.noack)
            self._push(server.now + LATENCY_MS, process, ids)
        if server.dialect.idle_is_attempt:
            for process in blocked:
                if process.reading is not None:
                    group.members[process.reading.consumer].seen_ms = server.now

    def _leave(self, process: Running) -> None:
        request = process.reading
        if request is None:
            return
        self._blocked[request.group].remove(process)
        stream = self.server.streams.get(request.group[0])
        group = stream.groups.get(request.group[1]) if stream is not None else None
        member = group.members.get(request.consumer) if group is not None else None
        if member is not None:
            member.seen_ms = member.last_seen_ms(self.server.now)
            member.renewal_ms = 0
        process.reading = None
