"""What the tests of the commands arrange: entries, pending entries, recorded operations."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from streamtop.journal.writer import Journal
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from tests.fakes import SERVER, FakeSource, pending_entries
from tests.kit.server_state import leave_pending

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.operations import Operation
    from streamtop.source import Command, Reply

STREAM, GROUP = "orders", "billing"
ORDER = '{"order_id": 7, "note": "Zoë"}'
FORMATS: Sequence[list[str]] = [], ["--json"], ["--csv"], ["--redis-cli"]
HOSTILE = b"\x1b[2J\x9b31m\xff\xc2\x9b\xe2\x80\xae\x7f\n\0"
CLAIM = Claim("orders", "billing", "w2", PendingEntries(pending_entries(3)))
ACKNOWLEDGE = Acknowledge("audit", "mail", PendingEntries(pending_entries(2)))


def as_argument(raw: bytes) -> str:
    """Bytes as the shell would give them."""
    return os.fsdecode(raw)


async def hold(
    redis: Redis,
    count: int = 3,
    *,
    consumer: str | bytes = "w1",
    stream: str | bytes = STREAM,
    group: str | bytes = GROUP,
    idle_ms: int = 600_000,
    deliveries: int = 1,
    value: bytes = b"",
) -> list[str]:
    """Add entries that a consumer reads and does not acknowledge; their IDs."""
    ids = await leave_pending(
        redis,
        stream=stream,
        group=group,
        consumer=consumer,
        payloads=[("n", str(number), "value", value) for number in range(count)],
        idle_ms=idle_ms,
        deliveries=deliveries,
    )
    return [entry_id.decode() for entry_id in ids]


async def pending(
    redis: Redis, *, stream: str | bytes = STREAM, group: str | bytes = GROUP
) -> dict[str, tuple[bytes, int]]:
    """Consumer and delivery count of what is pending, by ID."""
    found: Iterable[dict[str, Any]] = await redis.xpending_range(stream, group, "-", "+", 100_000)
    return {row["message_id"].decode(): (row["consumer"], row["times_delivered"]) for row in found}


async def consumers(redis: Redis) -> set[bytes]:
    """The names of the group's consumers."""
    return {row["name"] for row in await redis.xinfo_consumers(STREAM, GROUP)}


async def numbered(redis: Redis, *written: str, stream: str = STREAM) -> None:
    for number, entry_id in enumerate(written):
        await redis.xadd(stream, {"n": number}, id=entry_id)


async def many(redis: Redis, count: int) -> None:
    for start in range(0, count, 10_000):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(start, min(start + 10_000, count)):
                pipe.xadd(STREAM, {"n": number}, id=f"{number + 1}-0")
            await pipe.execute()


async def recorded(operation: Operation, kept: Path) -> str:
    """An operation on no server, recorded; its ID."""

    def answer(_: Command) -> Reply:
        return [[b"done", 7_000, b"2"] for _ in operation.ids] or [b"done", b"5-0"]

    journal = Journal(kept, SERVER)
    return (await apply(operation, FakeSource(answer=answer), journal)).operation_id


async def claimed(server: Server, kept: Path) -> str:
    """All entries are claimed for w2; the operation's ID."""
    held = PendingEntries(await server.pending("orders", "billing"))
    operation = Claim("orders", "billing", "w2", held, new_consumer=True)
    return (await apply(operation, server, Journal(kept, server.info))).operation_id


async def holders(redis: Redis) -> list[object]:
    rows = await redis.xpending_range("orders", "billing", "-", "+", 9)
    return [row["consumer"] for row in rows]


def jsons(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
