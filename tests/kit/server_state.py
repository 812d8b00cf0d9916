"""What stands on the server, asked by a raw client as redis-cli would."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redis.asyncio import Redis

Name = str | bytes
Fields = list[bytes]
"""Names and values in turn, in the order of the XADD, duplicates kept."""
_AT_ONCE = 1_000
"""Commands in one pipeline."""


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


async def ask_all(redis: Redis, commands: Iterable[Sequence[Name | int]]) -> list[Any]:
    """The raw replies to many commands, sent at once."""
    async with redis.pipeline(transaction=False) as pipe:
        for words in commands:
            pipe.execute_command(*words)
        return await pipe.execute()


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
    idle_ms: int = 0,
    deliveries: int = 1,
) -> list[bytes]:
    """Add entries that a consumer reads and does not acknowledge; their IDs.

    They are so many, unless their payloads are given; the group is made if it does not exist.
    """
    with suppress(ResponseError):
        await ask(redis, "XGROUP", "CREATE", stream, group, "$", "MKSTREAM")
    rows = payloads or [("n", str(number)) for number in range(count)]
    ids: list[bytes] = []
    for start in range(0, len(rows), _AT_ONCE):
        added = await ask_all(
            redis, [("XADD", stream, "*", *fields) for fields in rows[start : start + _AT_ONCE]]
        )
        async with redis.pipeline(transaction=False) as pipe:
            pipe.execute_command(
                *("XREADGROUP", "GROUP", group, consumer, "COUNT", len(added)),
                *("STREAMS", stream, ">"),
            )
            if idle_ms or deliveries > 1:
                pipe.xclaim(
                    *(stream, group, consumer, 0, added),
                    idle=idle_ms,
                    retrycount=deliveries,
                    justid=True,
                )
            await pipe.execute()
        ids += added
    return ids


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
