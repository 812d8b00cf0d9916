from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ResponseError

from tests.headless.arrangement import GROUP, STREAM, hold, pending
from tests.headless.command_line import run
from tests.headless.contract import receipt

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

FATAL = 2**63 - 1


async def has_xnack(redis: Redis) -> bool:
    """Whether the server knows the command."""
    try:
        await redis.execute_command("XNACK")  # type: ignore[no-untyped-call]
    except ResponseError as error:
        return "unknown command" not in str(error)
    return True


@pytest.mark.parametrize(
    ("flags", "deliveries"),
    [
        ([], 3),
        (["--mode", "fail"], 3),
        (["--mode", "silent"], 2),
        (["--mode", "fatal"], FATAL),
    ],
)
async def test_entries_are_released_where_the_server_can_and_refused_elsewhere(
    any_redis: Redis, every_server: Running, flags: list[str], deliveries: int
) -> None:
    can = await has_xnack(any_redis)
    ids = await hold(any_redis, 2, deliveries=3)
    arguments = ("release", every_server.url, STREAM, GROUP, "--all", "--yes", *flags)
    result = await run(*arguments, "--json")
    left = await pending(any_redis)
    if can:
        assert (result.code, receipt(result).operation, receipt(result).counts) == (
            *(0, "release"),
            (2, 0, 0),
        )
        assert left == dict.fromkeys(ids, (b"", deliveries))
    else:
        assert (result.code, result.out) == (4, "")
        needed = "this server has no XNACK (Redis 8.8 and later)"
        assert result.err == f"streamtop: nothing was sent: {needed}\n"
        assert left == dict.fromkeys(ids, (b"w1", 3))
