from __future__ import annotations

import asyncio
import signal
import subprocess
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.headless.arrangement import FORMATS, STREAM, numbered
from tests.headless.command_line import (
    COMMAND,
    run,
    surroundings,
    with_a_reader_that_goes,
)
from tests.headless.contract import EntryLine, ids, lines
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

    from tests.headless.conftest import User
    from tests.servers import Running


# Following


class Following:
    """A command that waits for more, and what it wrote so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> EntryLine:
        assert self.process.stdout is not None
        result = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        return msgspec.json.decode(result, type=EntryLine)

    async def ended(self) -> tuple[int, bytes]:
        assert self.process.stderr is not None
        result = await asyncio.wait_for(self.process.stderr.read(), PATIENCE)
        return await asyncio.wait_for(self.process.wait(), PATIENCE), result


@pytest.fixture
async def following(a_server: Running, redis: Redis) -> AsyncIterator[Following]:
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "entries", a_server.url, STREAM, "--json", "--follow"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings(),
    )
    yield Following(process)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_entries_that_are_added_later_are_followed_until_ctrl_c(
    redis: Redis, following: Following
) -> None:
    # The stream itself is added later.
    for number in range(1, 4):
        await numbered(redis, f"{number}-0", f"{number}-1")
        assert [(await following.line()).id for _ in range(2)] == [f"{number}-0", f"{number}-1"]
    following.process.send_signal(signal.SIGINT)
    assert await following.ended() == (0, b"")


async def test_a_pipe_that_closes_ends_it_though_nothing_more_is_added(
    redis: Redis, a_server: Running
) -> None:
    await numbered(redis, "1-0")
    arguments = ("entries", a_server.url, STREAM, "--json", "--follow")
    code, line, result = await asyncio.wait_for(
        asyncio.to_thread(with_a_reader_that_goes, *arguments), PATIENCE
    )
    assert (code, result) == (0, b"")
    assert lines(line.decode())[0].id == "1-0"


async def test_a_count_ends_following(redis: Redis, a_server: Running) -> None:
    await numbered(redis, "1-0", "2-0", "3-0")
    flags = ("--follow", "--count", "2", "--json")
    assert ids((await run("entries", a_server.url, STREAM, *flags)).out) == ["1-0", "2-0"]


# What goes wrong


async def test_a_stream_without_entries_has_no_lines(redis: Redis, a_server: Running) -> None:
    await redis.xgroup_create(STREAM, "billing", mkstream=True)
    for flags in FORMATS:
        result = await run("entries", a_server.url, STREAM, *flags)
        assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("stream", "line"),
    [("no\x1bwhere", r"there is no stream no\x1bwhere"), ("text", "WRONGTYPE")],
)
async def test_what_is_no_stream_is_one_line_and_exit_code_1(
    any_redis: Redis, every_server: Running, stream: str, line: str
) -> None:
    await any_redis.set("text", "text")
    result = await run("entries", every_server.url, stream, "--json")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"streamtop: {line}")
    assert result.err.count("\n") == 1


async def test_a_user_who_may_not_read_is_refused_with_exit_code_4(
    redis: Redis, a_server: Running, user: User
) -> None:
    await numbered(redis, "1-0")
    result = await run("entries", await user(redis, a_server, "+@all", "-xrange", "~*"), STREAM)
    assert (result.code, result.out) == (4, "")
    assert result.err.count("\n") == 1


async def test_a_user_who_may_only_read_sees_all(
    any_redis: Redis, every_server: Running, user: User
) -> None:
    await numbered(any_redis, "1-0")
    url = await user(any_redis, every_server, "-@all", "+xrange", "+info", "~*")
    result = await run("entries", url, STREAM, "--json")
    assert (result.code, result.err, ids(result.out)) == (0, "", ["1-0"])
    assert (await run("entries", url, STREAM)).out.count("\n") == 2
    places = await run("entries", url, STREAM, "--from", "-15m")
    assert places.code in (0, 2)  # 2 where it may not ask for the time
