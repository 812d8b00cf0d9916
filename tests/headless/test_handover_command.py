from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.headless.arrangement import GROUP, STREAM, consumers, hold, pending
from tests.headless.command_line import by_redis_cli, on_a_terminal, run
from tests.headless.contract import receipt

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.mark.parametrize("flags", [[], ["--remove"]], ids=["stays", "removed"])
async def test_all_entries_of_a_consumer_go_to_another(
    any_redis: Redis, every_server: Running, flags: list[str]
) -> None:
    ids = await hold(any_redis, 3, consumer="dead", deliveries=2)
    [other] = await hold(any_redis, 1, consumer="w9")
    arguments = ("handover", every_server.url, STREAM, GROUP, "--from", "dead", "--to", "w2")
    result = await run(*arguments, *flags, "--yes", "--json")
    seen = receipt(result)
    assert (result.code, seen.operation) == (0, "handover")
    assert seen.counts == (3 + len(flags), 0, 0)
    expected = dict.fromkeys(ids, (b"w2", 2)) | {other: (b"w9", 1)}
    assert await pending(any_redis) == expected
    assert (b"dead" in await consumers(any_redis)) != bool(flags)


async def test_a_consumer_that_holds_nothing_is_removed_and_the_other_is_not_made(
    redis: Redis, a_server: Running
) -> None:
    [held] = await hold(redis, 1, consumer="dead")
    await redis.xack(STREAM, GROUP, held)
    arguments = ("handover", a_server.url, STREAM, GROUP, "--from", "dead", "--to", "w2")
    result = await run(*arguments, "--remove", "--yes")
    assert result.code == 0
    assert "  dead was removed\n" in result.out
    assert await consumers(redis) == set()


@pytest.mark.parametrize("flags", [[], ["--remove"]])
async def test_a_consumer_that_is_not_there_has_nothing_to_hand_over(
    redis: Redis, a_server: Running, flags: list[str]
) -> None:
    await hold(redis, 1)
    arguments = ("handover", a_server.url, STREAM, GROUP, "--from", "nobody", "--to", "w2")
    result = await run(*arguments, *flags, "--yes")
    assert (result.code, result.out) == (0, "Hand over: nothing to do\n")
    assert await consumers(redis) == {b"w1"}


async def test_it_asks_with_all_that_follows(redis: Redis, a_server: Running) -> None:
    ids = await hold(redis, 2, consumer="dead")
    arguments = ("handover", a_server.url, STREAM, GROUP, "--from", "dead", "--to", "w2")
    code, seen = await on_a_terminal([("to do it: ", b"no\n")], *arguments, "--remove")
    assert code == 1
    assert "Hand over 2 entries of orders, group billing, from dead to w2, and remove dead?" in seen
    assert "w2 is new in this group" in seen
    assert await pending(redis) == dict.fromkeys(ids, (b"dead", 1))


async def test_the_lines_for_redis_cli_do_the_same(redis: Redis, a_server: Running) -> None:
    ids = await hold(redis, 120, consumer="dead")
    arguments = ("handover", a_server.url, STREAM, GROUP, "--from", "dead", "--to", "w2")
    assert len(await by_redis_cli(a_server, *arguments, "--remove")) == 3
    assert await pending(redis) == dict.fromkeys(ids, (b"w2", 1))
    assert await consumers(redis) == {b"w2"}
