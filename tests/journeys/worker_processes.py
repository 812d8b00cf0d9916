"""Real workers as processes of their own, and their end by SIGKILL in the middle of work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.server_state import add, ask
from tests.kit.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis.asyncio import Redis

STREAM, GROUP = "test-stream", "test-group"
WORKERS = Path(__file__).parent / "workers"


@contextmanager
def working(program: str, url: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The worker runs inside the block. RESP2, for servers before 6.0."""
    command = [sys.executable, str(WORKERS / program), *arguments]
    with subprocess.Popen(command, env={**os.environ, "REDIS_URL": f"{url}?protocol=2"}) as process:
        try:
            yield process
        finally:
            process.kill()


async def kill_in_the_middle(redis: Redis, process: subprocess.Popen[bytes]) -> None:
    """Send SIGKILL once consumer 1 is in the middle of an entry."""

    async def in_the_middle() -> bool:
        assert process.poll() is None, "the worker ended by itself: see its output"
        return bool(await ask(redis, "EXISTS", "in the middle:1"))

    await until(in_the_middle)
    process.kill()
    assert process.wait() == -signal.SIGKILL


async def faststream_was_killed(redis: Redis, url: str) -> tuple[str, ...]:
    """A FastStream app dies with two messages of three; what stands in those two."""
    with working("faststream_app.py", url) as process:
        await kill_in_the_middle(redis, process)
    return '"order_id":2', '"order_id":3'


async def reliable_worker_was_killed(redis: Redis, url: str) -> tuple[str, ...]:
    """A redis-py worker dies with all that it was given; what stands in it."""
    orders = ("1", "two", "3")
    for order in orders:
        await add(redis, STREAM, "order", order)
    with working("reliable_worker.py", url, "1", "--stalls") as process:
        await kill_in_the_middle(redis, process)
    return orders
