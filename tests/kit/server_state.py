"""What stands on the server, asked by a raw client as redis-cli would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

Name = str | bytes
Fields = list[bytes]
"""Names and values in turn, in the order of the XADD, duplicates kept."""


@dataclass(frozen=True)
class Held:
    """One row of XPENDING."""

    id: bytes
    consumer: bytes
    idle_ms: int
    deliveries: int


async def ask(redis: Redis, *words: Name | int) -> Any:
    """The raw reply to one command."""
    return await redis.execute_command(*words)  # type: ignore[no-untyped-call]


async def pending(redis: Redis, stream: Name, group: Name) -> list[Held]:
    """The whole pending entries list."""
    rows = await ask(redis, "XPENDING", stream, group, "-", "+", 10_000)
    return [Held(*row) for row in rows]


async def entries(redis: Redis, stream: Name) -> list[tuple[bytes, Fields]]:
    """All entries of a stream."""
    rows = await ask(redis, "XRANGE", stream, "-", "+")
    return [(entry_id, fields) for entry_id, fields in rows]


async def consumers(redis: Redis, stream: Name, group: Name) -> set[bytes]:
    """The names of a group's consumers."""
    rows = await ask(redis, "XINFO", "CONSUMERS", stream, group)
    return {dict(zip(row[::2], row[1::2], strict=True))[b"name"] for row in rows}


async def state(redis: Redis, stream: Name, group: Name) -> object:
    """All of a stream and a group that a write could change, for comparison."""
    held = [(row.id, row.consumer, row.deliveries) for row in await pending(redis, stream, group)]
    return await entries(redis, stream), held, await consumers(redis, stream, group)


async def add(redis: Redis, stream: Name, *fields: Name) -> bytes:
    """Add an entry; its ID."""
    entry_id: bytes = await ask(redis, "XADD", stream, "*", *fields)
    return entry_id


async def read(redis: Redis, stream: Name, group: Name, consumer: Name) -> list[bytes]:
    """Read all new entries as a consumer; their IDs."""
    reply = await ask(
        redis, *("XREADGROUP", "GROUP", group, consumer, "COUNT", 10_000, "STREAMS", stream, ">")
    )
    return [entry_id for _, rows in reply or () for entry_id, _ in rows]


async def leave_pending(
    redis: Redis,
    count: int = 3,
    *,
    stream: Name = "orders",
    group: Name = "billing",
    consumer: Name = "dead",
    payloads: Sequence[Sequence[Name]] = (),
) -> list[bytes]:
    """Entries that a consumer was given and did not acknowledge; their IDs."""
    await ask(redis, "XGROUP", "CREATE", stream, group, "$", "MKSTREAM")
    for fields in payloads or [("n", str(number)) for number in range(count)]:
        await add(redis, stream, *fields)
    return await read(redis, stream, group, consumer)


async def work_elsewhere(redis: Redis, stream: Name, group: Name, consumer: Name) -> None:
    """Another consumer of the group gets an entry of its own, and acknowledges it."""
    await add(redis, stream, "n", "elsewhere")
    [entry_id] = await read(redis, stream, group, consumer)
    await ask(redis, "XACK", stream, group, entry_id)


async def commands_run(redis: Redis) -> set[str]:
    """The names of all commands that the server ran since CONFIG RESETSTAT."""
    told: bytes = await ask(redis, "INFO", "commandstats")
    lines = [line.partition(":")[0] for line in told.decode().splitlines() if ":" in line]
    return {line.removeprefix("cmdstat_").partition("|")[0] for line in lines}
