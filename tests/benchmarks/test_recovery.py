"""What recovery costs, beside raw pipelines of one command an entry through a blocking socket."""

from __future__ import annotations

import resource
import socket
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from streamtop.gateway.wire import packed
from streamtop.journal.writer import Journal
from streamtop.model.ids import EntryId
from streamtop.model.selection import Selection
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.apply import NoLog, apply
from streamtop.operations.claim import Claim
from streamtop.planning.pending_entries import gather
from streamtop.planning.plan import PlanContext
from tests.benchmarks.scale import MEASURES, scaled
from tests.kit.sources import connected
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.apply import Log
    from streamtop.operations.operation import Operation
    from tests.servers import Running

pytestmark = pytest.mark.benchmark
RUNS = scaled(3, least=1)
MANY, MILLION = scaled(100_000), scaled(1_000_000)
AT_ONCE = 10_000
MIB = 2**20
END = b"this is the end"
FILL = """
for n = ARGV[1] + 1, ARGV[1] + ARGV[2] do
  redis.call('XADD', KEYS[1], n .. '-1', 'order', n)
end
redis.call('XREADGROUP', 'GROUP', 'billing', 'w1', 'COUNT', ARGV[2], 'STREAMS', KEYS[1], '>')
"""


async def fill(redis: Redis, count: int) -> None:
    """A stream all of whose entries are held by w1."""
    await redis.flushall()
    await redis.xgroup_create("orders", "billing", "0", mkstream=True)
    for done in range(0, count, AT_ONCE):
        filling: Any = redis.eval(FILL, 1, "orders", str(done), str(min(AT_ONCE, count - done)))
        await filling


def raw(path: str, words: Callable[[bytes], tuple[bytes, ...]], batch: int) -> float:
    """Seconds for one command an entry, so many in one write, the replies dropped."""
    ids = [bytes(EntryId(number, 1)) for number in range(1, MANY + 1)]
    with socket.socket(socket.AF_UNIX) as pipe:
        pipe.settimeout(PATIENCE)
        pipe.connect(path)
        began = time.perf_counter()
        for at in range(0, MANY, batch):
            commands = b"".join([packed(*words(each)) for each in ids[at : at + batch]])
            pipe.sendall(commands + packed(b"PING", END))
            tail = b""
            while END not in tail:
                tail = tail[-len(END) :] + pipe.recv(1 << 18)
        return time.perf_counter() - began


async def still_held_by_w1(redis: Redis) -> bool:
    """Whether any entry is."""
    rows: Any = await redis.xpending_range("orders", "billing", "-", "+", 1, "w1")
    return bool(rows)


def raw_acknowledgement(entry_id: bytes) -> tuple[bytes, ...]:
    return b"XACK", b"orders", b"billing", entry_id


def raw_claim(entry_id: bytes) -> tuple[bytes, ...]:
    return b"XCLAIM", b"orders", b"billing", b"w2", b"0", entry_id, b"JUSTID"


def claim(held: PendingEntries) -> Operation:
    return Claim("orders", "billing", "w2", held, new_consumer=True)


def acknowledgement(held: PendingEntries) -> Operation:
    return Acknowledge("orders", "billing", held)


async def ours(
    source: Server, make: Callable[[PendingEntries], Operation], log: Log
) -> tuple[float, float]:
    """Seconds to find all pending entries, and to change them."""
    began = time.perf_counter()
    held = await gather(PlanContext(source), "orders", "billing", Selection())
    found = time.perf_counter()
    receipt = await apply(make(held), source, log)
    assert receipt.done == MANY
    return found - began, time.perf_counter() - found


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [("acknowledge", acknowledgement, raw_acknowledgement), ("claim", claim, raw_claim)],
)
async def test_what_each_entry_checked_and_recorded_costs_in_raw_commands(
    any_redis: Redis,
    every_server: Running,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    make: Callable[[PendingEntries], Operation],
    words: Callable[[bytes], tuple[bytes, ...]],
) -> None:
    floors: dict[int, list[float]] = {100: [], 1_000: []}
    costs: dict[str, list[tuple[float, float]]] = {}
    async with connected(every_server.url) as source:
        logs: list[Log] = [NoLog(), Journal(tmp_path / "journal.jsonl", source.info)]
        for _ in range(RUNS):
            for batch, taken in floors.items():
                await fill(any_redis, MANY)
                taken.append(raw(str(every_server.socket), words, batch))
                assert not await still_held_by_w1(any_redis)
            for log in logs:
                await fill(any_redis, MANY)
                costs.setdefault(type(log).__name__, []).append(await ours(source, make, log))
                assert not await still_held_by_w1(any_redis)
    floor = {batch: statistics.median(taken) for batch, taken in floors.items()}
    told = [
        f"{every_server.name}: {name} {MANY:,}, median of {RUNS}; raw "
        + ", ".join(f"by {batch:,} {MANY / taken:,.0f}/s" for batch, taken in floor.items())
    ]
    ratios: dict[str, float] = {}
    for kind, pairs in costs.items():
        found, changed = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios[kind] = changed / floor[100]
        told.append(
            f"  {kind}: found at {MANY / found:,.0f}/s, changed at {MANY / changed:,.0f}/s = "
            + " or ".join(f"{changed / taken:.1f} x raw by {at:,}" for at, taken in floor.items())
            + f"; with the finding {(found + changed) / floor[100]:.1f} x raw by 100"
        )
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")
    assert ratios["NoLog"] < 20 or not MEASURES
    assert ratios["Journal"] < 40 or not MEASURES


def most_memory() -> int:
    """Bytes that this process held at once, at most, since it began: run a server alone."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1_024


async def test_a_million_entries_hold_up_no_server_and_fill_no_memory(
    any_redis: Redis, every_server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(any_redis, MILLION)
    async with connected(every_server.url) as source:
        before: Any = await any_redis.config_get("slowlog-log-slower-than")
        await any_redis.config_set("slowlog-log-slower-than", 1_000)
        await any_redis.slowlog_reset()
        before_it = most_memory()
        began = time.perf_counter()
        held = await gather(PlanContext(source), "orders", "billing", Selection())
        found = time.perf_counter()
        receipt = await apply(claim(held), source, NoLog())
        ended = time.perf_counter()
        grown = most_memory() - before_it
        slow = [row["duration"] / 1_000 for row in await any_redis.slowlog_get(128)]
        await any_redis.config_set("slowlog-log-slower-than", before["slowlog-log-slower-than"])
        await any_redis.flushall()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{every_server.name}: {MILLION:,} found in {found - began:.1f} s and claimed in "
            f"{ended - found:.1f} s; memory grew by {grown / MIB:.0f} MiB at most; "
            f"{len(slow)} commands over 1 ms, the longest {max(slow, default=0):.1f} ms\n"
        )
    assert receipt.done == MILLION
    assert max(slow, default=0) < 5 or not MEASURES
    assert grown < 150 * MIB
