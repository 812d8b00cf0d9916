"""Checks of real servers: what they print, and exit codes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ResponseError

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
        (["--max-lag", "8,20"], 1, "WARNING orders/billing: lag 9 > 8"),
        (["--max-lag", "5,8"], 2, "CRITICAL orders/billing: lag 9 > 8"),
        (["--max-pending", "2"], 2, "CRITICAL orders/billing: pending 3 > 2"),
        (["--max-deliveries", "0,1"], 1, "WARNING orders/billing: deliveries 1 > 0"),
        (
            ["--max-lag-age", "1h", "--max-pending-age", "1h"],
            0,
            "OK - 1 group of 1 stream, lag age",
        ),
        (["--limit", "forgotten_ms=0"], 2, "CRITICAL orders/billing: stuck, entry "),
        (["--match", "pay*"], 3, "UNKNOWN - no group to check"),
        (["--match", "payments"], 3, "UNKNOWN payments: there is no such stream"),
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
    assert any(line.startswith((f"STREAMTOP {text}", text)) for line in result.out.splitlines())


async def test_data_of_the_figures_that_were_asked_for(redis: Redis, a_server: Running) -> None:
    await arranged(redis)
    result = await run("check", a_server.url, "--max-lag", "10,20", "--max-pending", "5")
    data = "'orders/billing lag'=9;10;20;0 'orders/billing pending'=3;;5;0"
    assert result.out.splitlines()[0].endswith(f" | {data}")


async def test_a_lag_that_cannot_be_counted_is_unknown(
    any_redis: Redis, every_server: Running, user: User
) -> None:
    for n in range(12):
        await any_redis.xadd("orders", {"n": n}, id=f"{n + 1}-0")
    await any_redis.xgroup_create("orders", "billing", "3-0")
    await any_redis.xdel("orders", "6-0")
    result = await run("check", every_server.url, "--max-lag", "7,100")
    assert result.out.endswith("WARNING orders/billing: lag 8 > 7\n")
    url = await user(any_redis, every_server, "+@all", "-xrange", "~*")
    result = await run("check", url, "--max-lag", "7,100")
    assert result.code == 3
    summary, detail = result.out.splitlines()
    assert detail.startswith("UNKNOWN orders/billing: lag unknown (")
    assert summary.endswith("'orders/billing lag'=U;7;100;0")


async def test_streams_that_may_not_be_read_are_unknown_and_no_secret_is_told(
    redis: Redis, a_server: Running, user: User
) -> None:
    await arranged(redis)
    url = await user(redis, a_server, "+@all", "~pay*")
    result = await run("check", url)
    assert result.code == 3
    assert "\nUNKNOWN orders: NOPERM" in result.out
    assert ":right@" not in result.out


async def test_names_of_any_bytes_stay_in_their_line(redis: Redis, a_server: Running) -> None:
    name = b"caf\xe9|=\n'"
    await redis.xadd(name, {"n": 1})
    await redis.xgroup_create(name, name, "0")
    result = await run("check", a_server.url, "--max-lag", "0")
    assert result.code == 2
    shown = "caf\\xe9\\x7c=\\n'"
    summary, detail = result.out.splitlines()
    assert detail == f"CRITICAL {shown}/{shown}: lag 1 > 0"
    label = shown.replace("=", "\\x3d").replace("'", "''")
    assert summary.endswith(f" | '{label}/{label} lag'=1;;0;0")
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


async def aged(redis: Redis, minutes: int, count: int = 20) -> None:
    """A group that reads from the start of a stream whose entries are so old."""
    first = int(time.time() * 1000) - minutes * 60_000
    for n in range(count):
        await redis.xadd("orders", {"n": n}, id=f"{first + n}-0")
    await redis.xgroup_create("orders", "billing", "0")


async def held_for(redis: Redis, ms: int) -> None:
    """One entry, delivered to w1 so long ago; w1 has asked again since."""
    await redis.xadd("orders", {"n": 1})
    await redis.xgroup_create("orders", "billing", "0")
    await redis.xreadgroup("billing", "w1", {"orders": ">"})
    [row] = await redis.xpending_range("orders", "billing", "-", "+", 1)
    await redis.xclaim("orders", "billing", "w1", 0, [row["message_id"]], idle=ms, justid=True)
    await redis.xreadgroup("billing", "w1", {"orders": ">"})


async def test_a_backlog_that_nobody_reads_is_critical_without_limits(
    any_redis: Redis, every_server: Running
) -> None:
    await aged(any_redis, minutes=29)
    result = await run("check", every_server.url)
    summary, detail = result.out.splitlines()
    assert result.code == 2
    data = "'orders/billing lag'=20;;;0 'orders/billing pending'=0;;;0"
    alone = "1 stalled of 1 group: orders/billing"
    assert summary == f"STREAMTOP CRITICAL - {alone} | {data}"
    assert detail.startswith(
        "CRITICAL orders/billing: stalled, nothing has been delivered for 29 m"
    )


@pytest.mark.parametrize(
    ("idle_ms", "code", "text"),
    [
        (90_000, 0, "OK - 1 group of 1 stream |"),
        (7_200_000, 2, "CRITICAL - 1 stuck of 1 group: orders/billing |"),
    ],
)
async def test_retries_after_90_s_are_well_and_entries_pending_for_hours_are_not(
    any_redis: Redis, every_server: Running, idle_ms: int, code: int, text: str
) -> None:
    await held_for(any_redis, idle_ms)
    result = await run("check", every_server.url)
    assert result.out.startswith(f"STREAMTOP {text}")
    assert result.code == code


async def test_what_was_released_and_nobody_takes_is_a_warning(
    any_redis: Redis, every_server: Running
) -> None:
    await aged(any_redis, minutes=29, count=1)
    await any_redis.xreadgroup("billing", "w1", {"orders": ">"})
    [row] = await any_redis.xpending_range("orders", "billing", "-", "+", 1)
    command = ("XNACK", "orders", "billing", "SILENT", "IDS", 1, row["message_id"])
    try:
        await any_redis.execute_command(*command)  # type: ignore[no-untyped-call]
    except ResponseError:
        pytest.skip("there is no XNACK before Redis 8.8")
    result = await run("check", every_server.url)
    assert result.out.startswith("STREAMTOP WARNING - 1 unrecovered of 1 group: orders/billing |")


async def test_the_worst_comes_first(redis: Redis, a_server: Running) -> None:
    await aged(redis, minutes=29)
    await redis.xgroup_create("orders", "trimmed", "0")
    await redis.xreadgroup("trimmed", "w1", {"orders": ">"}, count=2, noack=True)
    await redis.xgroup_create("orders", "well", "$")
    await redis.xtrim("orders", maxlen=15, approximate=False)
    first = (await redis.xinfo_stream("orders"))["first-entry"][0]
    await redis.xgroup_setid("orders", "billing", first)
    result = await run("check", a_server.url)
    summary, first, second = result.out.splitlines()
    assert summary.startswith("STREAMTOP CRITICAL - 1 loss, 1 stalled of 3 groups |")
    assert first.startswith("CRITICAL orders/trimmed: loss, ")
    assert second.startswith("CRITICAL orders/billing: stalled, ")


async def test_dead_letters_above_a_limit(any_redis: Redis, every_server: Running) -> None:
    for n in range(5):
        await any_redis.xadd("orders.dead", {"n": n})
    await any_redis.xadd("orders", {"n": 1})
    options = "--match", "*.dead", "--max-length"
    result = await run("check", every_server.url, *options, "4,100")
    summary, detail = result.out.splitlines()
    alone = "1 over the length limit of 1 stream: orders.dead"
    assert summary == f"STREAMTOP WARNING - {alone} | 'orders.dead length'=5;4;100;0"
    assert (detail, result.code) == ("WARNING orders.dead: length 5 > 4", 1)
    well = await run("check", every_server.url, *options, "5,100")
    assert well.line == "STREAMTOP OK - 1 stream, length 5 | 'orders.dead length'=5;5;100;0"


@pytest.mark.parametrize("refused", ["xpending", "xrange", "xinfo|stream", "xinfo|consumers"])
async def test_a_right_that_is_missing_is_unknown(
    any_redis: Redis, every_server: Running, user: User, refused: str
) -> None:
    await arranged(any_redis)
    if "|" in refused and "6." in every_server.name:
        pytest.skip("there are no rights to subcommands before 7.0")
    url = await user(any_redis, every_server, "+@all", f"-{refused}", "~*")
    result = await run("check", url)
    summary, detail = result.out.splitlines()
    assert result.code == 3
    assert summary.startswith("STREAMTOP UNKNOWN - 1 unknown of 1 group: orders/billing |")
    assert detail.startswith("UNKNOWN orders/billing: verdict unknown (NOPERM")
    assert refused.replace("|", "\\x7c") in detail


async def test_a_watch_judges_what_one_look_cannot(any_redis: Redis, every_server: Running) -> None:
    await any_redis.xadd("orders", {"n": 1})
    await any_redis.xgroup_create("orders", "billing", "0")
    limits = "--limit", "window=2s", "--interval", "0.2"
    assert (await run("check", every_server.url, *limits)).code == 0
    result = await run("check", every_server.url, *limits, "--watch", "2s")
    assert result.out.startswith("STREAMTOP CRITICAL - 1 stalled of 1 group: orders/billing |")
    assert result.code == 2


async def test_a_watch_that_is_too_short_is_wrong_usage(a_server: Running) -> None:
    result = await run("check", a_server.url, "--watch", "30s")
    assert result.code == 3
    assert result.line.startswith("STREAMTOP UNKNOWN - --watch: at least 1 m, ")


async def test_nothing_acknowledged_is_not_said_while_others_are(
    any_redis: Redis, every_server: Running
) -> None:
    await held_for(any_redis, 200_000)

    async def work() -> None:
        while True:
            entry_id = await any_redis.xadd("orders", {"n": 1})
            await any_redis.xreadgroup("billing", "w2", {"orders": ">"})
            await asyncio.sleep(0.05)
            await any_redis.xack("orders", "billing", entry_id)

    worker = asyncio.create_task(work())
    limits = "--limit", "window=2s", "--limit", "stuck=2s", "--interval", "0.2"
    result = await run("check", every_server.url, *limits, "--watch", "4s")
    worker.cancel()
    assert "nothing has been acknowledged" not in result.out
    assert "has not been acknowledged while others were" in result.out
    assert result.out.startswith("STREAMTOP WARNING - 1 unrecovered of 1 group: orders/billing |")
