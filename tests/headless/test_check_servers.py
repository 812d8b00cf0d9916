"""Checks of real servers: lines and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.headless.command_line import call, in_a_process, run

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.headless.conftest import User
    from tests.servers import Running


async def arranged(redis: Redis) -> None:
    """A group that was given 3 of 12 entries, and acknowledged none."""
    for n in range(12):
        await redis.xadd("orders", {"n": n})
    await redis.xgroup_create("orders", "billing", "0")
    await redis.xreadgroup("billing", "w1", {"orders": ">"}, count=3)


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ([], 0, "OK - 1 group of 1 stream"),
        (["--max-lag", "9,20"], 0, "OK - 1 group of 1 stream, lag 9"),
        (["--max-lag", "8,20"], 1, "WARNING - orders/billing: lag 9 > 8"),
        (["--max-lag", "5,8"], 2, "CRITICAL - orders/billing: lag 9 > 8"),
        (["--max-pending", "2"], 2, "CRITICAL - orders/billing: pending 3 > 2"),
        (["--max-deliveries", "0,1"], 1, "WARNING - orders/billing: deliveries 1 > 0"),
        (
            ["--max-lag-age", "1h", "--max-pending-age", "1h"],
            0,
            "OK - 1 group of 1 stream, lag age",
        ),
        (["--limit", "forgotten_ms=0"], 2, "CRITICAL - orders/billing: stuck, entry "),
        (["--match", "pay*"], 3, "UNKNOWN - no group to check"),
        (["--match", "payments"], 3, "UNKNOWN - payments: there is no such stream"),
        (["--group", "bill*", "--max-lag", "100"], 0, "OK - 1 group of 1 stream, lag 9"),
        (["--max-lag", "many"], 3, "UNKNOWN - --max-lag: expected a whole number, not 'many'"),
        (["--nope"], 3, "UNKNOWN - No such option"),
        (["--max-lag"], 3, "UNKNOWN - Option '--max-lag' requires an argument."),
        (["redis://b"], 3, "UNKNOWN - Got unexpected extra argument"),
        (["--config", "/nowhere"], 3, "UNKNOWN - /nowhere: No such file or directory"),
    ],
)
async def test_exit_code_and_line(
    any_redis: Redis, every_server: Running, options: list[str], code: int, text: str
) -> None:
    await arranged(any_redis)
    result = await run("check", every_server.url, *options)
    assert (result.code, result.err) == (code, "")
    assert result.line.startswith(f"STREAMTOP {text}")


async def test_data_of_the_figures_that_were_asked_for(redis: Redis, a_server: Running) -> None:
    await arranged(redis)
    result = await run("check", a_server.url, "--max-lag", "10,20", "--max-pending", "5")
    data = "'orders/billing lag'=9;10;20;0 'orders/billing pending'=3;;5;0"
    assert result.line.endswith(f" | {data}")


async def test_a_lag_that_cannot_be_counted_is_unknown(
    any_redis: Redis, every_server: Running, user: User
) -> None:
    for n in range(12):
        await any_redis.xadd("orders", {"n": n}, id=f"{n + 1}-0")
    await any_redis.xgroup_create("orders", "billing", "3-0")
    await any_redis.xdel("orders", "6-0")
    result = await run("check", every_server.url, "--max-lag", "7,100")
    assert result.line.startswith("STREAMTOP WARNING - orders/billing: lag 8 > 7")
    url = await user(any_redis, every_server, "+@all", "-xrange", "~*")
    result = await run("check", url, "--max-lag", "7,100")
    assert result.code == 3
    assert result.line.startswith("STREAMTOP UNKNOWN - orders/billing: lag unknown (")
    assert result.line.endswith("'orders/billing lag'=U;7;100;0")


async def test_streams_that_may_not_be_read_are_unknown_and_no_secret_is_told(
    redis: Redis, a_server: Running, user: User
) -> None:
    await arranged(redis)
    url = await user(redis, a_server, "+@all", "~pay*")
    result = await run("check", url)
    assert result.code == 3
    assert result.line.startswith("STREAMTOP UNKNOWN - orders: NOPERM")
    assert ":right@" not in result.out


async def test_names_of_any_bytes_stay_in_their_line(redis: Redis, a_server: Running) -> None:
    name = b"caf\xe9|=\n'"
    await redis.xadd(name, {"n": 1})
    await redis.xgroup_create(name, name, "0")
    result = await run("check", a_server.url, "--max-lag", "0")
    assert result.code == 2
    shown = "caf\\xe9\\x7c=\\n'"
    assert result.line.startswith(f"STREAMTOP CRITICAL - {shown}/{shown}: lag 1 > 0 | ")
    label = shown.replace("=", "\\x3d").replace("'", "''")
    assert result.line.endswith(f" | '{label}/{label} lag'=1;;0;0")
    chosen = await run("check", a_server.url, "--group", "caf\udce9*", "--max-lag", "5")
    assert chosen.code == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["redis://:qzx@127.0.0.1:1"], "cannot reach redis://127.0.0.1:1: connection refused"),
        (["unix:///nowhere/s"], "cannot reach unix:///nowhere/s: no such socket or file"),
        (["http://:qzx@a"], "not a server URL; it begins with one of redis://"),
    ],
)
def test_a_server_that_cannot_be_reached_is_unknown(arguments: list[str], text: str) -> None:
    answer = call("check", *arguments)
    assert (answer.code, answer.err) == (3, "")
    assert answer.line.startswith(f"STREAMTOP UNKNOWN - {text}")
    assert "qzx" not in answer.out


def test_a_process_says_the_same() -> None:
    result = in_a_process("check", "redis://:qzx@127.0.0.1:1")
    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout == (
        "STREAMTOP UNKNOWN - cannot reach redis://127.0.0.1:1: connection refused\n"
    )
