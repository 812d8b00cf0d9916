from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.headless.arrangement import GROUP, STREAM, as_argument, consumers, hold, pending
from tests.headless.command_line import by_redis_cli, on_a_terminal, run
from tests.headless.contract import receipt

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.headless.conftest import User
    from tests.servers import Running


async def test_selected_entries_change_hands_and_keep_their_delivery_count(
    any_redis: Redis, every_server: Running
) -> None:
    ids = await hold(any_redis, 3, consumer="w1", deliveries=4)
    [other] = await hold(any_redis, 1, consumer="w3", deliveries=2)
    arguments = ("claim", every_server.url, STREAM, GROUP, "--consumer", "w1", "--to", "w2")
    result = await run(*arguments, "--yes", "--json")
    seen = receipt(result)
    assert (result.code, seen.operation, seen.counts) == (0, "claim", (3, 0, 0))
    expected = dict.fromkeys(ids, (b"w2", 4)) | {other: (b"w3", 2)}
    assert await pending(any_redis) == expected


async def test_a_claim_can_count_as_a_delivery(any_redis: Redis, every_server: Running) -> None:
    [held] = await hold(any_redis, 1, deliveries=4)
    arguments = ("claim", every_server.url, STREAM, GROUP, held, "--to", "w2", "--yes")
    assert (await run(*arguments, "--count-delivery")).code == 0
    assert await pending(any_redis) == {held: (b"w2", 5)}


async def test_entries_without_payload_are_told_before_they_are_dropped(
    any_redis: Redis, every_server: Running
) -> None:
    ids = await hold(any_redis, 3)
    await any_redis.xdel(STREAM, ids[1])
    arguments = ("claim", every_server.url, STREAM, GROUP, "--all", "--to", "w2")
    dry = json.loads((await run(*arguments, "--dry-run", "--json")).line)
    result = dry["consequences"][0]
    assert result.startswith("1 of 3 has no payload: ")
    seen = receipt(await run(*arguments, "--yes", "--json"))
    left = await pending(any_redis)
    assert ("drops them" in result) == (len(left) == 2) == (seen.skipped == 1)


async def test_no_new_consumer_is_left_behind_that_got_nothing(
    any_redis: Redis, every_server: Running
) -> None:
    [held] = await hold(any_redis, 1)
    await any_redis.xdel(STREAM, held)
    arguments = ("claim", every_server.url, STREAM, GROUP, "--all", "--to", "ghost")
    dry = await run(*arguments, "--dry-run")
    assert "ghost is new in this group" in dry.out
    await run(*arguments, "--yes")
    got = [consumer for consumer, _ in (await pending(any_redis)).values()]
    assert (b"ghost" in await consumers(any_redis)) == (b"ghost" in got)


async def test_a_consumer_that_is_there_is_not_taken_for_new(
    any_redis: Redis, every_server: Running, user: User
) -> None:
    await hold(any_redis, 1, consumer="w1")
    await hold(any_redis, 1, consumer="w2")
    arguments = (STREAM, GROUP, "--consumer", "w1", "--to", "w2", "--dry-run")
    assert "is new" not in (await run("claim", every_server.url, *arguments)).out
    if not every_server.name.startswith(("redis-5", "redis-6")):
        url = await user(any_redis, every_server, "+@all", "-xinfo|consumers", "~*")
        assert "is new" not in (await run("claim", url, *arguments)).out


@pytest.mark.parametrize("stream", ["orders[1]", "a*", "\\", "?"])
async def test_names_that_look_like_patterns_are_names(
    redis: Redis, a_server: Running, stream: str
) -> None:
    ids = await hold(redis, 1, stream=stream)
    await hold(redis, 1, stream="another")
    result = await run("claim", a_server.url, stream, GROUP, "--all", "--to", "w2", "--yes")
    assert result.code == 0
    assert await pending(redis, stream=stream) == {ids[0]: (b"w2", 1)}


async def test_what_is_not_idle_for_long_enough_is_left_alone(
    redis: Redis, a_server: Running
) -> None:
    old = await hold(redis, 2, idle_ms=600_000)
    fresh = await hold(redis, 1, idle_ms=0)
    arguments = ("claim", a_server.url, STREAM, GROUP)
    flags = ("--to", "w2", "--min-idle", "5m", "--yes", "--json")
    named = await run(*arguments, old[0], fresh[0], *flags)
    assert (named.code, receipt(named).counts) == (1, (1, 1, 0))
    reasons = [each.reason for each in receipt(named).outcomes]
    assert "it is idle for less than 300,000 ms" in reasons
    selected = await run(*arguments, "--consumer", "w1", *flags)
    assert (selected.code, receipt(selected).counts) == (0, (1, 0, 0))
    assert [consumer for consumer, _ in (await pending(redis)).values()] == [b"w2", b"w2", b"w1"]


async def test_what_moves_while_the_question_waits_is_left_alone(
    redis: Redis, a_server: Running
) -> None:
    ids = await hold(redis, 3)

    async def others() -> None:
        await redis.xclaim(STREAM, GROUP, "w9", 0, [ids[0]], justid=True)
        await redis.xack(STREAM, GROUP, ids[1])

    arguments = ("claim", a_server.url, STREAM, GROUP, "--all", "--to", "w2", "--json")
    code, seen = await on_a_terminal([("to do it: ", b"yes\n")], *arguments, meanwhile=others)
    assert code == 1
    result = json.loads(seen[seen.index("{") :])
    assert (result["done"], result["skipped"], result["failed"]) == (1, 2, 0)
    assert await pending(redis) == {ids[0]: (b"w9", 1), ids[2]: (b"w2", 1)}


async def test_the_lines_for_redis_cli_do_the_same(redis: Redis, a_server: Running) -> None:
    name = b'\xff "w" '
    ids = await hold(redis, 150, consumer=name, deliveries=7)
    lines = await by_redis_cli(
        a_server, "claim", a_server.url, STREAM, GROUP, "--all", "--to", as_argument(b"to\xfe")
    )
    assert len(lines) == 2
    assert await pending(redis) == dict.fromkeys(ids, (b"to\xfe", 7))


async def test_rights_to_read_are_not_enough(redis: Redis, a_server: Running, user: User) -> None:
    ids = await hold(redis, 1)
    url = await user(redis, a_server, "-@all", "+xpending", "+xinfo", "+info", "+xlen", "~*")
    result = await run("claim", url, STREAM, GROUP, "--all", "--to", "w2", "--yes")
    assert result.code == 4
    assert "NOPERM" in result.out
    assert await pending(redis) == {ids[0]: (b"w1", 1)}
