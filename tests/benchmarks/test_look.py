"""What a look costs, beside the floor: the same bytes through a blocking socket."""

from __future__ import annotations

import asyncio
import socket
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from streamtop.gateway.wire import Wire, packed
from tests.benchmarks.scale import MEASURES, scaled
from tests.kit.sources import connected
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from streamtop.gateway.wire import Question
    from tests.servers import Running

pytestmark = pytest.mark.benchmark
RUNS = scaled(15)


async def fill(redis: Redis, streams: int, groups: int, consumers: int) -> None:
    """Streams whose groups have read all but the last entry, each consumer holding one."""
    for number in range(streams):
        async with redis.pipeline(transaction=False) as pipe:
            name = f"stream:{number}"
            for _ in range(consumers + 1):
                pipe.xadd(name, {"n": "1"})
            for group in range(groups):
                pipe.xgroup_create(name, f"group-{group}", id="0")
                for consumer in range(consumers):
                    pipe.xreadgroup(f"group-{group}", f"w{consumer}", {name: ">"}, count=1)
            await pipe.execute()


END = b"this is the end"


def floor(path: str, exchanges: Sequence[bytes]) -> float:
    """Seconds for the same commands through a blocking socket, the replies dropped."""
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(PATIENCE)
        raw.connect(path)
        began = time.perf_counter()
        for commands in exchanges:
            raw.sendall(commands + packed(b"PING", END))
            tail = b""
            while END not in tail:
                tail = tail[-len(END) :] + raw.recv(1 << 18)
        return time.perf_counter() - began


@pytest.mark.parametrize(
    ("streams", "groups", "consumers"), [(scaled(100), 3, 10), (scaled(2_000), 1, 2)]
)
async def test_a_look_costs_a_few_times_the_floor(
    redis: Redis,
    a_server: Running,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    streams: int,
    groups: int,
    consumers: int,
) -> None:
    await fill(redis, streams, groups, consumers)
    exchanges: list[bytes] = []
    plain = Wire.exchange

    async def remembered(wire: Wire, questions: Sequence[Question], **options: Any) -> None:
        await plain(wire, questions, **options)
        exchanges.append(b"".join(words for words, _ in questions))

    looks, floors, holds = [], [], []
    async with connected(a_server.url) as server:
        await server.look()
        with monkeypatch.context() as patched:
            patched.setattr(Wire, "exchange", remembered)
            cost = (await server.look()).cost
        for _ in range(RUNS):
            floors.append(floor(str(a_server.socket), exchanges))
            longest = asyncio.create_task(longest_hold())
            began = time.perf_counter()
            await server.look()
            looks.append(time.perf_counter() - began)
            longest.cancel()
            holds.append(await longest)
    ratio = statistics.median(looks) / statistics.median(floors)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{streams:,} streams x {groups} x {consumers}: {cost.commands:,} commands, "
            f"{cost.received / 1000:,.0f} kB; look {statistics.median(looks) * 1000:.1f} ms = "
            f"{ratio:.1f} x the floor of {statistics.median(floors) * 1000:.1f} ms; "
            f"keys wait {statistics.median(holds) * 1000:.1f} ms at most\n"
        )
    assert ratio < 12 or not MEASURES


async def longest_hold() -> float:
    """The longest that the event loop let nothing else run, until cancelled."""
    longest = 0.0
    last = time.perf_counter()
    try:
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest
