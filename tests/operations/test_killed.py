"""streamtop is killed in the middle of a bulk operation: no entry is lost, and none doubled."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

import streamtop
from tests.conftest import named
from tests.operations.bulk import COPIES, DEAD_LETTERS, GROUP, STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers import Binary, Running

ENTRIES = 4_000
KILLED = 2
"""How often it is killed before it may end."""
_ROOT = Path(streamtop.__file__).parent.parent
Payload = tuple[bytes, ...]


@pytest.fixture(params=["valkey", "redis-8.2", "redis-6.2"])
def server(request: pytest.FixtureRequest, start_server: Callable[[Binary], Running]) -> Running:
    return start_server(named(request.param))


@pytest.fixture
def redis(server: Running) -> Iterator[Redis]:
    with Redis(unix_socket_path=str(server.socket), protocol=2) as client:
        client.flushall()
        client.response_callbacks.clear()
        yield client


def ask(redis: Redis, *words: str | int) -> Any:
    return redis.execute_command(*words)  # type: ignore[no-untyped-call]


def together(redis: Redis, *commands: tuple[str | int, ...]) -> list[Any]:
    """The replies to commands between which nothing happens."""
    with redis.pipeline(transaction=True) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
        return pipeline.execute()


def fill(redis: Redis, stream: str) -> list[Payload]:
    """Add entries to a stream, no two alike."""
    payloads: list[Payload] = [
        (b"n", b"%d" % number, b"\xff", bytes(number % 256 for _ in range(number % 300)))
        for number in range(ENTRIES)
    ]
    together(redis, *(("XADD", stream, "*", *payload) for payload in payloads))  # type: ignore[arg-type]
    return payloads


def payloads_of(reply: list[tuple[bytes, list[bytes]]]) -> list[Payload]:
    return [tuple(fields) for _, fields in reply]


def kill_in_the_middle(redis: Redis, server: Running, what: str) -> None:
    """Run it, and kill it once it has copied so many more."""
    copied = ask(redis, "XLEN", COPIES)
    target = copied + random.randint(1, max(1, (ENTRIES - copied) * 3 // 4))
    with started(server, what) as process:
        while process.poll() is None and ask(redis, "XLEN", COPIES) < target:
            pass
        process.kill()


def started(server: Running, what: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.operations.bulk", server.url, what]
    return subprocess.Popen(command, cwd=_ROOT)


def test_a_replay_that_acknowledges_can_be_killed_at_any_moment(
    redis: Redis, server: Running
) -> None:
    payloads = fill(redis, STREAM)
    ask(redis, "XGROUP", "CREATE", STREAM, GROUP, "0")
    ask(redis, "XREADGROUP", "GROUP", GROUP, "w", "COUNT", ENTRIES, "STREAMS", STREAM, ">")
    wholes: list[int] = []
    for _ in range(KILLED):
        kill_in_the_middle(redis, server, "replay")
        wholes.append(check_replay(redis, payloads))
    assert any(0 < copied < ENTRIES for copied in wholes)
    with started(server, "replay") as process:
        assert process.wait() == 0
    assert check_replay(redis, payloads) == ENTRIES


def check_replay(redis: Redis, payloads: list[Payload]) -> int:
    """Each entry is pending, or copied once and acknowledged; how many are copied."""
    entries, pending, copies = together(
        redis,
        ("XRANGE", STREAM, "-", "+"),
        ("XPENDING", STREAM, GROUP, "-", "+", ENTRIES),
        ("XRANGE", COPIES, "-", "+"),
    )
    assert payloads_of(entries) == payloads
    by_id = dict(zip((entry_id for entry_id, _ in entries), payloads, strict=True))
    still = [by_id[row[0]] for row in pending]
    assert Counter(still + payloads_of(copies)) == Counter(payloads)
    assert payloads_of(copies) == payloads[: len(copies)]
    return len(copies)


def test_a_redrive_that_removes_can_be_killed_at_any_moment(redis: Redis, server: Running) -> None:
    payloads = fill(redis, DEAD_LETTERS)
    wholes: list[int] = []
    for _ in range(KILLED):
        kill_in_the_middle(redis, server, "redrive")
        wholes.append(check_redrive(redis, payloads))
    assert any(0 < copied < ENTRIES for copied in wholes)
    with started(server, "redrive") as process:
        assert process.wait() == 0
    assert check_redrive(redis, payloads) == ENTRIES


def check_redrive(redis: Redis, payloads: list[Payload]) -> int:
    """Each entry is in the dead-letter stream or copied, once; how many are copied."""
    left, copies = together(redis, ("XRANGE", DEAD_LETTERS, "-", "+"), ("XRANGE", COPIES, "-", "+"))
    assert payloads_of(copies) + payloads_of(left) == payloads
    return len(copies)
