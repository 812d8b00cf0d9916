from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ResponseError

from tests.headless.arrangement import GROUP, STREAM, as_argument, hold
from tests.headless.command_line import (
    modules_after,
    on_a_terminal,
    run,
    with_a_reader_that_goes,
)
from tests.headless.contract import rows

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.headless.conftest import User
    from tests.servers import Running


async def test_each_pending_entry_is_a_line(any_redis: Redis, every_server: Running) -> None:
    first, second = await hold(any_redis, 2, consumer="w1", idle_ms=60_000, deliveries=3)
    [third] = await hold(any_redis, 1, consumer="w2", idle_ms=0)
    await any_redis.xdel(STREAM, second)
    result = await run("pending", every_server.url, STREAM, GROUP, "--json")
    assert (result.code, result.err) == (0, "")
    seen = rows(result.out)
    assert [(row.id, row.consumer, row.deliveries, row.gone) for row in seen] == [
        (first, "w1", 3, False),
        (second, "w1", 3, True),
        (third, "w2", 1, False),
    ]
    assert all(row.consumer_hex is None for row in seen)
    assert [60_000 <= (row.idle_ms or 0) < 90_000 for row in seen] == [True, True, False]


async def test_a_released_entry_is_held_by_nobody(any_redis: Redis, every_server: Running) -> None:
    [held] = await hold(any_redis, 1)
    try:
        await any_redis.execute_command("XNACK", STREAM, GROUP, "FATAL", "IDS", 1, held)  # type: ignore[no-untyped-call]
    except ResponseError:
        pytest.skip("this server has no XNACK")
    [row] = rows((await run("pending", every_server.url, STREAM, GROUP, "--json")).out)
    assert (row.consumer, row.idle_ms, row.deliveries) == ("", None, 2**63 - 1)
    table = (await run("pending", every_server.url, STREAM, GROUP)).out
    assert "(released)" in table
    assert "fatal" in table
    nobody = await run("pending", every_server.url, STREAM, GROUP, "--consumer", "")
    assert nobody.out == table


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [
        ([], "abcd"),
        (["--all"], "abcd"),
        (["--idle-over", "5m"], "abc"),
        (["--idle-over", "300000ms"], "abc"),
        (["--deliveries-over", "1"], "bc"),
        (["--deliveries-over", "2"], "c"),
        (["--consumer", "w2"], "bd"),
        (["--consumer", "nobody"], ""),
        (["--contains", "b"], "b"),
        (["--contains", "value"], "abcd"),
        (["--idle-over", "5m", "--consumer", "w2"], "b"),
    ],
)
async def test_only_what_is_selected_is_listed(
    redis: Redis, a_server: Running, conditions: list[str], wanted: str
) -> None:
    made = {}
    for name, consumer, idle_ms, deliveries in (
        *(("a", "w1", 600_000, 1), ("b", "w2", 600_000, 2)),
        *(("c", "w1", 600_000, 3), ("d", "w2", 0, 1)),
    ):
        [entry_id] = await hold(
            redis,
            1,
            consumer=consumer,
            idle_ms=idle_ms,
            deliveries=deliveries,
            value=name.encode(),
        )
        made[entry_id] = name
    # An entry that has just been delivered is idle for no more than this test takes.
    await redis.xclaim(STREAM, GROUP, "w2", 0, [list(made)[3]], idle=0, retrycount=1, justid=True)
    result = await run("pending", a_server.url, STREAM, GROUP, *conditions, "--json")
    assert result.code == 0
    assert "".join(made[row.id] for row in rows(result.out)) == wanted


async def test_pages_follow_one_another_without_a_gap(redis: Redis, a_server: Running) -> None:
    ids = await hold(redis, 1_203)
    result = await run("pending", a_server.url, STREAM, GROUP, "--json")
    assert [row.id for row in rows(result.out)] == ids
    assert len((await run("pending", a_server.url, STREAM, GROUP)).out.splitlines()) == 1_204


async def test_names_of_any_bytes_are_told_and_never_reach_the_terminal(
    redis: Redis, a_server: Running
) -> None:
    name = b"caf\xe9\x1b[2J\n*[x]"
    [held] = await hold(redis, 1, stream=name, group=name, consumer=name)
    arguments = ("pending", a_server.url, as_argument(name), as_argument(name))
    result = await run(*arguments, "--json", "--consumer", as_argument(name))
    [row] = rows(result.out)
    assert (row.id, row.consumer) == (held, "caf\\xe9\x1b[2J\n*[x]")
    assert row.consumer_hex == name.hex()
    table = await run(*arguments)
    assert r"caf\xe9\x1b[2J\n*[x]" in table.out
    assert "\x1b" not in result.out + table.out


async def test_on_a_terminal_lines_have_its_width(redis: Redis, a_server: Running) -> None:
    await hold(redis, 2, consumer="a-consumer-with-a-long-name-" * 8)
    code, seen = await on_a_terminal([], "pending", a_server.url, STREAM, GROUP, NO_COLOR="1")
    assert code == 0
    assert max(map(len, seen.splitlines())) <= 100
    assert "…" in seen


async def test_a_user_who_may_only_read_sees_the_list_without_its_payloads(
    any_redis: Redis, every_server: Running, user: User
) -> None:
    await hold(any_redis, 1)
    url = await user(any_redis, every_server, "-@all", "+xpending", "+info", "~*")
    result = await run("pending", url, STREAM, GROUP, "--json")
    assert (result.code, result.err) == (0, "")
    assert [row.gone for row in rows(result.out)] == [None]
    assert "?" in (await run("pending", url, STREAM, GROUP)).out


async def test_an_empty_list_has_no_lines(redis: Redis, a_server: Running) -> None:
    await redis.xgroup_create(STREAM, GROUP, mkstream=True)
    for flags in ([], ["--json"]):
        result = await run("pending", a_server.url, STREAM, GROUP, *flags)
        assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize("flags", [[], ["--json"]])
async def test_a_reader_that_has_gone_ends_it_quietly_and_early(
    redis: Redis, a_server: Running, flags: list[str]
) -> None:
    await hold(redis, 20_000)
    await redis.config_resetstat()
    arguments = ("pending", a_server.url, STREAM, GROUP, *flags)
    code, line, result = await asyncio.to_thread(with_a_reader_that_goes, *arguments)
    assert (code, result) == (0, b"")
    assert line
    stats = await redis.info("commandstats")
    assert stats["cmdstat_xpending"]["calls"] < 20


async def test_a_user_who_may_not_ask_is_refused_with_exit_code_4(
    redis: Redis, a_server: Running, user: User
) -> None:
    await hold(redis, 1)
    url = await user(redis, a_server, "+@all", "-xpending", "~*")
    result = await run("pending", url, STREAM, GROUP)
    assert (result.code, result.out) == (4, "")
    assert result.err.count("\n") == 1


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    loaded = modules_after("--version")
    assert not loaded & {"redis", "asyncio", "textual", "streamtop.operations"}
