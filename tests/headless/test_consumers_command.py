from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from tests.headless.arrangement import GROUP, STREAM, consumers, hold
from tests.headless.command_line import by_redis_cli, on_a_terminal, run
from tests.headless.contract import receipt

if TYPE_CHECKING:
    import pytest
    from redis.asyncio import Redis

    from tests.servers import Running

GONE = {b"gone\xff", b"gone too"}


async def arrange(redis: Redis) -> None:
    """Two consumers that are gone and hold nothing, one that is gone and holds, one at work."""
    await hold(redis, 1, consumer="holds")
    for name in GONE:
        [entry_id] = await hold(redis, 1, consumer=name)
        await redis.xack(STREAM, GROUP, entry_id)
    await asyncio.sleep(0.5)
    [entry_id] = await hold(redis, 1, consumer="works", idle_ms=0)
    await redis.xack(STREAM, GROUP, entry_id)


async def tells_who_is_gone(redis: Redis) -> bool:
    """Whether idle times on this server count from the last attempt to read."""
    info: dict[str, Any] = await redis.info("server")
    major, minor = re.findall(r"\d+", str(info["redis_version"]))[:2]
    return (int(major), int(minor)) >= (7, 2)


async def test_the_gone_ones_that_hold_nothing_are_removed_and_created_again_by_undo(
    any_redis: Redis, every_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMTOP_LIMITS", "gone=100ms")
    await arrange(any_redis)
    before = await consumers(any_redis)
    arguments = ["consumers", "prune", every_server.url, STREAM, GROUP, "--yes", "--json"]
    if not await tells_who_is_gone(any_redis):
        result = await run(*arguments)
        assert result.code == 2
        assert "does not tell which consumers are gone" in result.err
        arguments += ["--idle-over", "300ms"]
    result = await run(*arguments)
    seen = receipt(result)
    assert (result.code, seen.operation, seen.counts) == (0, "prune-consumers", (2, 0, 0))
    assert await consumers(any_redis) == before - GONE
    undone = await run("undo", str(seen.operation_id), every_server.url, "--yes")
    if undone.code == 0:
        assert await consumers(any_redis) == before
    else:
        assert undone.code == 4
        assert "XGROUP CREATECONSUMER (Redis 6.2 and later)" in undone.err


async def test_the_plan_names_them_with_their_idle_times(redis: Redis, a_server: Running) -> None:
    await arrange(redis)
    arguments = ("consumers", "prune", a_server.url, STREAM, GROUP)
    result = await run(*arguments, "--idle-over", "300ms", "--dry-run")
    assert result.code == 0
    assert "Remove 2 consumers that hold nothing from the group billing of orders?" in result.out
    assert re.search(r"Idle when seen: gone.* 0\.\d s, gone.* 0\.\d s\.", result.out)
    assert "prune_consumers.lua" in result.out
    assert await consumers(redis) > GONE
    code, seen = await on_a_terminal([("to do it: ", b"no\n")], *arguments, "--idle-over", "300ms")
    assert code == 1
    assert "Idle time counts from the last attempt to read." in seen
    assert await consumers(redis) > GONE


async def test_without_any_there_is_nothing_to_do(redis: Redis, a_server: Running) -> None:
    await hold(redis, 1)
    arguments = ("consumers", "prune", a_server.url, STREAM, GROUP, "--yes")
    result = await run(*arguments, "--idle-over", "1h")
    assert result.code == 0
    assert "No consumer of billing that holds nothing is idle for longer than 1 h." in result.out
    result = await run(*arguments)
    assert "No consumer of billing that holds nothing is gone." in result.out
    assert await consumers(redis) == {b"w1"}


async def test_the_lines_for_redis_cli_do_the_same(redis: Redis, a_server: Running) -> None:
    await arrange(redis)
    arguments = ("consumers", "prune", a_server.url, STREAM, GROUP, "--idle-over", "300ms")
    assert len(await by_redis_cli(a_server, *arguments)) == 1
    assert not GONE & await consumers(redis)
    assert b"holds" in await consumers(redis)
