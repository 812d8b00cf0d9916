"""An entry of 100 MB is read once, in pieces, and its memory freed."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamtop.decode import decode, summary
from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.model.entries import Entry

SIZE = 100_000_000
LARGE = EntryId(2, 0)
LONGEST_HOLD = 0.4
"""Maximum seconds for which nothing else runs: about 0.06 on an idle machine."""


@pytest.fixture
async def large(redis: Redis, source: Server) -> AsyncIterator[Server]:
    """A server whose second entry is large."""
    await redis.xadd("orders", {"n": 1}, id="1-0")
    await redis.setrange("zeros", SIZE - 1, "\0")
    script = "redis.call('XADD', KEYS[1], '2-0', 'blob', redis.call('GET', KEYS[2]))"
    await redis.eval(script, 2, "orders", "zeros")
    await redis.delete("zeros")
    yield source
    await redis.delete("orders")


async def read(source: Server, how: str) -> Entry:
    if how == "by its ID":
        found = (await source.entries_by_id("orders", [LARGE]))[LARGE]
        assert found is not None
        return found
    direction = "newest_first" if how == "as the newest" else "oldest_first"
    page = await source.entries("orders", direction=direction, count=5)  # type: ignore[arg-type]
    return next(each for each in page.entries if each.id == LARGE)


def megabytes(name: str) -> int:
    """A line of Linux's status of this process."""
    told = Path("/proc/self/status").read_text().partition(f"{name}:")[2]
    return int(told.split()[0]) // 1024


def forgotten() -> int:
    """Megabytes used by this process; resets their maximum."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return megabytes("VmRSS")


@pytest.mark.parametrize("how", ["as the newest", "among others", "by its ID"])
async def test_it_is_sent_once_while_all_else_goes_on(large: Server, how: str) -> None:
    longest, last = 0.0, time.perf_counter()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            await asyncio.sleep(0)

    received = large._details.received
    ticking = asyncio.create_task(tick())
    entry = await read(large, how)
    ticking.cancel()
    assert entry.size == SIZE + 4
    assert large._details.received - received < SIZE + 10_000
    assert longest < LONGEST_HOLD


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it so")
async def test_it_takes_twice_its_size_at_most_and_is_let_go(large: Server) -> None:
    before = forgotten()
    entry = await read(large, "by its ID")
    summary(entry)
    decode(entry)
    assert megabytes("VmHWM") - before < 2.2 * SIZE / 2**20
    del entry
    gc.collect()
    assert megabytes("VmRSS") - before < 30


async def test_it_is_summarised_in_a_line_at_once(large: Server) -> None:
    entry = await read(large, "by its ID")
    summary(entry)  # imports
    began = time.process_time()
    assert summary(entry).startswith("\\x00")
    decode(entry)
    assert time.process_time() - began < 0.1
