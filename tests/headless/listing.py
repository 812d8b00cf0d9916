"""What the tests of the entries command share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

STREAM = "orders"
ORDER = '{"order_id": 7, "note": "Zoë"}'
FORMS: Sequence[list[str]] = [], ["--json"], ["--csv"], ["--redis-cli"]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of `entries --json`, in the form of the contract."""

    id: str
    fields: list[tuple[str, str]]
    framework: str | None
    summary: str
    decoded: Any
    fields_hex: list[tuple[str, str]] | msgspec.UnsetType = msgspec.UNSET


def lines(text: str) -> list[Line]:
    return [msgspec.json.decode(line.encode(), type=Line) for line in text.splitlines()]


def ids(text: str) -> list[str]:
    return [line.id for line in lines(text)]


async def numbered(redis: Redis, *written: str, stream: str = STREAM) -> None:
    for number, entry_id in enumerate(written):
        await redis.xadd(stream, {"n": number}, id=entry_id)


async def many(redis: Redis, count: int) -> None:
    for start in range(0, count, 10_000):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(start, min(start + 10_000, count)):
                pipe.xadd(STREAM, {"n": number}, id=f"{number + 1}-0")
            await pipe.execute()
