from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests import servers
from tests.conftest import named
from tests.headless.arrangement import GROUP, STREAM, as_argument, hold, pending
from tests.headless.command_line import COMMAND, by_redis_cli, on_a_terminal, run, surroundings
from tests.headless.contract import receipt
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

COPIES = "copies"


async def fields(redis: Redis, stream: str | bytes = COPIES) -> list[list[bytes]]:
    """Fields and values of all entries of a stream, in order."""
    redis.response_callbacks.clear()
    rows: list[Any] = await redis.execute_command("XRANGE", stream, "-", "+")  # type: ignore[no-untyped-call]
    return [pairs for _, pairs in rows]


async def test_entries_with_an_id_are_copied_byte_for_byte(
    any_redis: Redis, every_server: Running
) -> None:
    pairs = [b"a\xff", b"1", b"a\xff", b"\x00", b"", b""]
    made = [
        await any_redis.execute_command("XADD", STREAM, "*", *pairs)  # type: ignore[no-untyped-call]
        for _ in range(2)
    ]
    ids = [each.decode() for each in made]
    arguments = ("replay", every_server.url, STREAM, *reversed(ids), "7-7", "--to", COPIES)
    result = await run(*arguments, "--yes", "--json")
    seen = receipt(result)
    assert (result.code, seen.operation, seen.counts) == (1, "replay", (2, 1, 0))
    assert await fields(any_redis) == [pairs, pairs]
    assert await any_redis.xlen(STREAM) == 2


async def test_pending_entries_are_copied_and_acknowledged_in_one_step(
    any_redis: Redis, every_server: Running
) -> None:
    await hold(any_redis, 3, consumer="old")
    [other] = await hold(any_redis, 1, consumer="w")
    arguments = ("replay", every_server.url, STREAM, "--group", GROUP, "--consumer", "old")
    result = await run(*arguments, "--to", COPIES, "--ack", GROUP, "--yes", "--json")
    assert (result.code, receipt(result).counts) == (0, (3, 0, 0))
    assert list(await pending(any_redis)) == [other]
    assert [pairs[1] for pairs in await fields(any_redis)] == [b"0", b"1", b"2"]


async def test_without_an_acknowledgement_the_originals_stay_pending(
    any_redis: Redis, every_server: Running
) -> None:
    await hold(any_redis, 2)
    before = await pending(any_redis)
    arguments = ("replay", every_server.url, STREAM, "--group", GROUP, "--all", "--to", STREAM)
    assert (await run(*arguments, "--yes")).code == 0
    assert await pending(any_redis) == before
    assert await any_redis.xlen(STREAM) == 4


async def test_an_entry_to_be_acknowledged_that_is_not_pending_is_not_copied(
    redis: Redis, a_server: Running
) -> None:
    first, second = await hold(redis, 2)
    await redis.xack(STREAM, GROUP, first)
    arguments = ("replay", a_server.url, STREAM, first, second, "--to", COPIES, "--ack", GROUP)
    result = await run(*arguments, "--yes", "--json")
    assert (result.code, receipt(result).counts) == (1, (1, 1, 0))
    assert [pairs[1] for pairs in await fields(redis)] == [b"1"]


async def test_copies_can_say_where_they_came_from(any_redis: Redis, every_server: Running) -> None:
    [held] = await hold(any_redis, 1)
    arguments = ("replay", every_server.url, STREAM, held, "--to", COPIES, "--origin", "--yes")
    assert (await run(*arguments)).code == 0
    [pairs] = await fields(any_redis)
    assert pairs[pairs.index(b"streamtop-origin-stream") + 1] == STREAM.encode()
    assert pairs[pairs.index(b"streamtop-origin-id") + 1] == held.encode()


async def test_a_repeated_replay_adds_nothing_twice_where_the_server_can_tell(
    any_redis: Redis, every_server: Running
) -> None:
    [held] = await hold(any_redis, 1)
    arguments = ("replay", every_server.url, STREAM, held, "--to", COPIES, "--once", "--yes")
    result = [await run(*arguments) for _ in range(2)]
    if result[0].code == 4:
        needed = "--once needs XADD IDMP (Redis 8.6 and later)"
        assert result[0].err == f"streamtop: nothing was sent: {needed}\n"
        assert not every_server.name.startswith(("redis-8.6", "redis-8.10"))
    else:
        assert await any_redis.xlen(COPIES) == 1


async def test_payloads_too_large_for_one_step_are_all_in_the_lines_for_redis_cli(
    redis: Redis, a_server: Running
) -> None:
    """A script stops when it has read enough: it is not run again by redis-cli."""
    await hold(redis, 12, value=b"x" * 100_000)
    arguments = ("replay", a_server.url, STREAM, "--all", "--to", "c\n \"'", "--ack", GROUP)
    assert len(await by_redis_cli(a_server, *arguments)) == 12
    assert await pending(redis) == {}
    assert [pairs[1] for pairs in await fields(redis, "c\n \"'")] == [
        b"%d" % number for number in range(12)
    ]


async def test_names_of_any_bytes_are_kept(redis: Redis, a_server: Running) -> None:
    name, to = b"caf\xe9\n", b"to\xff\x1b[2J"
    await hold(redis, 1, stream=name, group=name)
    arguments = ("replay", a_server.url, as_argument(name), "--ack", as_argument(name), "--all")
    result = await run(*arguments, "--to", as_argument(to), "--yes")
    assert result.code == 0
    assert "\x1b" not in result.out + result.err
    assert await redis.xlen(to) == 1


async def test_on_a_terminal_a_line_says_how_far_it_is_and_is_gone_afterwards(
    redis: Redis, a_server: Running
) -> None:
    await hold(redis, 50)
    arguments = ("replay", a_server.url, STREAM, "--ack", GROUP, "--all", "--to", COPIES)
    code, seen = await on_a_terminal([], *arguments, "--rate", "100", "--yes")
    assert code == 0
    assert re.search(r"\rReplay: [1-9][0-9]* of 50|\x1b\[KReplay: [1-9][0-9]* of 50", seen)
    assert "/s, " in seen
    assert " left" in seen
    assert seen.rpartition("\r\x1b[K")[2].startswith("Replay: 50 done")


def slowly(server: Running, *flags: str) -> subprocess.Popen[bytes]:
    """A replay with acknowledgement that would go on for a minute."""
    return subprocess.Popen(
        [
            *(*COMMAND, "replay", server.url, STREAM, "--ack", GROUP, "--all", "--to", COPIES),
            *("--rate", "40", "--yes", "--json", *flags),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings(),
    )


async def second_batch(redis: Redis) -> None:
    """Wait until a replay has had an answer to its first batch, and sent another."""
    last: Any = "0-0"
    for _ in range(2):
        got: Any = []
        async with asyncio.timeout(PATIENCE):
            while not got:
                got = await redis.xread({COPIES: last}, block=1_000)
        last = got[0][1][-1][0]


async def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Exit code, output and errors of a process, once it has ended."""
    out, err = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_ends_it_after_the_batch_under_way_with_a_receipt_of_what_was_done(
    redis: Redis, a_server: Running, signum: signal.Signals
) -> None:
    await hold(redis, 2_400)
    with slowly(a_server) as process:
        await second_batch(redis)
        process.send_signal(signum)
        code, out, err = await ended(process)
    seen = json.loads(out)
    assert code == 1
    assert seen["done"] > 0
    assert seen["left"] > 0
    assert seen["notes"] == ["It was stopped before its end."]
    assert "once more stops at once" in err
    assert "Traceback" not in err
    assert seen["done"] == await redis.xlen(COPIES)
    assert seen["done"] == 2_400 - len(await pending(redis))


async def test_ctrl_c_twice_ends_it_at_once(redis: Redis, a_server: Running) -> None:
    await hold(redis, 2_400)
    with slowly(a_server) as process:
        assert process.stderr is not None
        await second_batch(redis)
        await redis.client_pause(10_000, all=False)
        try:
            async with asyncio.timeout(PATIENCE):
                while not (await redis.info("clients"))["blocked_clients"]:
                    pass  # the next batch is not under way yet
            process.send_signal(signal.SIGINT)
            result = await asyncio.to_thread(process.stderr.read, 10)
            process.send_signal(signal.SIGINT)
            code, out, err = await ended(process)
        finally:
            await redis.client_unpause()
    assert result
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert 2_400 - await redis.xlen(COPIES) == len(await pending(redis))


async def test_a_server_that_dies_in_the_middle_is_exit_code_3_with_a_receipt(
    redis: Redis,
) -> None:
    from redis.asyncio import Redis as Client

    with servers.running(named("valkey")) as server:
        async with Client.from_url(server.url, protocol=2) as client:
            await hold(client, 2_400)
            with slowly(server) as process:
                await second_batch(client)
                server.process.kill()
                code, out, err = await ended(process)
    seen = json.loads(out)
    assert code == 3
    assert seen["done"] > 0
    assert seen["left"] > 0
    assert seen["error"]
    assert "Traceback" not in err
