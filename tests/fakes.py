"""A source without a server: it gives the looks it was given and remembers what it was asked."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtop.model.abilities import Abilities
from streamtop.model.edges import Edges
from streamtop.model.entries import Entry, EntryPage, PendingEntry
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.lag import Lag
from streamtop.model.snapshot import Consumer, Group, OldestPending, ServerInfo, Snapshot, Stream
from streamtop.source import MissingError, SourceError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence

    from streamtop.model.lag_counter import Counted
    from streamtop.source import Command, Direction, Reply

NOW_MS = 1_769_860_800_000
"""The clock of the server that is not there."""
SERVER = ServerInfo("redis://fake:6379/0", "redis", "7.2.4", "master", (7, 2))
Look = Snapshot | SourceError


def agreeable(command: Command) -> Reply:
    """What a server answers when all goes well: of a script, a row for each ID it was given."""
    copy = b"%d-0" % NOW_MS
    match command:
        case [b"EVAL", script, keys, *words]:
            ids = sum(re.fullmatch(rb"\d+-\d+", word) is not None for word in words[int(keys) :])
            if b"-- Delete entries" in script:
                return [[b"done", b"deleted", [b"n", b"1"], 5_000, b"1"]] * ids
            if b"told[#told + 1]" in script and ids:
                row: list[Reply] = [b"done", copy] if b"'XADD'" in script else [b"done"]
                return [[*row, 5_000, b"1"]] * ids
            return [b"done", copy]
        case [b"XACK", *_]:
            return 1
        case [b"XCLAIM", *_]:
            return [command[-2]]
        case _:
            return [b"done", copy]


class FakeSource:
    """Implements Source over values.

    Attributes:
        looks: Given one after another; the last one again and again. May be replaced.
        held: Pending entries by stream and group.
        stored: Entries by stream.
        counts: What a full count yields, by stream and group.
        able: What server and user can do.
        gone: The IDs that exist no more, by stream; `None` if this may not be asked.
        answer: Gives the reply to each command that is written.
        written: All commands that were written.
        asked: The names of the methods that were called, in their order.
        gates: While the event of a method is not set, its answer does not come.
        failures: What a method raises.
        preferred: The stream and the group whose lag is to be counted first.
        under_way: How many looks are under way now.
        most_at_once: How many looks were under way at once, at most.
    """

    def __init__(
        self,
        *looks: Look,
        held: Mapping[tuple[str, str], Sequence[PendingEntry]] | None = None,
        stored: Mapping[str, Sequence[Entry]] | None = None,
        answer: Callable[[Command], Reply | SourceError] = agreeable,
    ) -> None:
        self.looks = list(looks)
        self.held = {
            key: sorted(rows, key=lambda row: row.id) for key, rows in (held or {}).items()
        }
        self.stored = {
            name: sorted(rows, key=lambda row: row.id) for name, rows in (stored or {}).items()
        }
        self.counts: dict[tuple[str, str], list[Counted]] = {}
        self.able = Abilities()
        self.gone: dict[str, Iterable[EntryId]] | None = {}
        self.answer = answer
        self.written: list[Command] = []
        self.asked: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.failures: dict[str, SourceError] = {}
        self.under_way = self.most_at_once = 0
        self.closed = False
        self.preferred: tuple[str, str] | None = None

    def show(self, *looks: Look) -> None:
        """From now on, these looks."""
        self.looks = list(looks)

    async def _reached(self, method: str) -> None:
        self.asked.append(method)
        if method in self.gates:
            await self.gates[method].wait()
        if method in self.failures:
            raise self.failures[method]

    async def look(self) -> Snapshot:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await self._reached("look")
            look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        finally:
            self.under_way -= 1
        if isinstance(look, SourceError):
            raise look
        return replace(look, taken_at=datetime.now(UTC), at=time.monotonic())

    async def pending(
        self,
        stream: str,
        group: str,
        *,
        after: EntryId | None = None,
        count: int = 100,
        consumer: str | None = None,
    ) -> tuple[PendingEntry, ...]:
        await self._reached("pending")
        if (stream, group) not in self.held:
            raise MissingError("The group is not there.")
        rows = [
            row
            for row in self.held[stream, group]
            if (after is None or row.id > after) and (consumer is None or row.consumer == consumer)
        ]
        return tuple(replace(row, seen_at=time.monotonic()) for row in rows[:count])

    async def pending_now(
        self, stream: str, group: str, ids: Sequence[EntryId]
    ) -> tuple[PendingEntry | None, ...]:
        await self._reached("pending_now")
        rows = {row.id: row for row in self.held.get((stream, group), ())}
        return tuple(rows.get(entry_id) for entry_id in ids)

    async def entries(
        self,
        stream: str,
        *,
        direction: Direction = "newest_first",
        beyond: EntryId | None = None,
        count: int = 100,
        max_bytes: int = 4_000_000,
    ) -> EntryPage:
        await self._reached("entries")
        rows: Iterable[Entry] = self.stored.get(stream, [])
        if direction == "newest_first":
            left = [row for row in reversed(list(rows)) if beyond is None or row.id < beyond]
        else:
            left = [row for row in rows if beyond is None or row.id > beyond]
        page = _within(left[:count], max_bytes)
        return EntryPage(tuple(page), complete=len(page) == len(left))

    async def entries_by_id(
        self, stream: str, ids: Sequence[EntryId], *, max_bytes: int = 4_000_000
    ) -> dict[EntryId, Entry | None]:
        await self._reached("entries_by_id")
        rows = {row.id: row for row in self.stored.get(stream, [])}
        found: dict[EntryId, Entry | None] = {}
        for entry_id in ids:
            entry = rows.get(entry_id)
            max_bytes -= 0 if entry is None else entry.size
            if found and max_bytes < 0:
                break
            found[entry_id] = entry
        return found

    async def recount(self, stream: str, group: str) -> AsyncGenerator[Counted]:
        await self._reached("recount")
        for counted in self.counts.get((stream, group), ()):
            yield counted

    def prefer(self, stream: str, group: str) -> None:
        self.preferred = (stream, group)

    async def missing(self, stream: str, ids: Sequence[EntryId]) -> frozenset[EntryId] | None:
        await self._reached("missing")
        return None if self.gone is None else frozenset(ids).intersection(self.gone.get(stream, ()))

    async def abilities(self) -> Abilities:
        await self._reached("abilities")
        return self.able

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        await self._reached("write")
        self.written += commands
        return [self.answer(command) for command in commands]

    async def close(self) -> None:
        self.closed = True


def _within(rows: Sequence[Entry], max_bytes: int) -> list[Entry]:
    page: list[Entry] = []
    for row in rows:
        max_bytes -= row.size
        if page and max_bytes < 0:
            break
        page.append(row)
    return page


# Values with as little said as a test needs.


def snapshot(*streams: Stream, server: ServerInfo = SERVER, at: float = 0.0) -> Snapshot:
    """One look at these streams."""
    ordered = tuple(sorted(streams, key=lambda stream: stream.name))
    return Snapshot(datetime.now(UTC), at, server, NOW_MS, ordered)


def stream(
    name: str = "orders",
    *groups: Group,
    length: int = 10,
    added: int | None = None,
    error: str | None = None,
) -> Stream:
    """A stream whose newest entry was added just now, and the others a millisecond apart."""
    last = EntryId(NOW_MS, 0)
    edges = Edges(
        length=length,
        last_generated_id=last,
        first_entry_id=EntryId(NOW_MS - length + 1, 0) if length else None,
        last_entry_id=last if length else None,
        entries_added=length if added is None else added,
        max_deleted_entry_id=ZERO,
    )
    ordered = tuple(sorted(groups, key=lambda group: group.name))
    return Stream(name, length, edges, edges_fresh=True, groups=ordered, error=error)


def group(
    name: str = "billing",
    *consumers: Consumer,
    lag: int | Lag | None = 0,
    pending: int = 0,
    read: int | None = 10,
    oldest: OldestPending | None = None,
    lost: int | None = 0,
) -> Group:
    """A group; a lag given as a number is proven, and as `None` unknown."""
    if not isinstance(lag, Lag):
        lag = Lag(lag, "unknown" if lag is None else "exact", "Because the test says so.")
    ordered = tuple(sorted(consumers, key=lambda consumer: consumer.name))
    return Group(name, EntryId(NOW_MS, 0), read, pending, lag, oldest, ordered, lost)


def consumer(
    name: str = "w1", pending: int = 0, idle_ms: int = 400, inactive_ms: int | None = 400
) -> Consumer:
    """A consumer that works."""
    return Consumer(name, pending, idle_ms, inactive_ms)


def oldest(
    idle_ms: int = 400, deliveries: int = 1, consumer: str = "w1", ms: int = NOW_MS
) -> OldestPending:
    """The oldest pending entry of a group."""
    return OldestPending(EntryId(ms, 0), consumer, idle_ms, deliveries)


def pending_entries(
    count: int, *, consumer: str = "w1", first_ms: int = NOW_MS, idle_ms: int = 5_000
) -> list[PendingEntry]:
    """Pending entries, a millisecond apart."""
    return [
        PendingEntry(EntryId(first_ms + n, 0), consumer, idle_ms, 1, time.monotonic())
        for n in range(count)
    ]


def entry(ms: int, *fields: tuple[bytes, bytes]) -> Entry:
    """An entry of that time."""
    return Entry(EntryId(ms, 0), fields or ((b"n", b"%d" % ms),))


def entries(count: int, first_ms: int = NOW_MS) -> list[Entry]:
    """Entries, a millisecond apart."""
    return [entry(first_ms + n) for n in range(count)]
