"""What judging costs at 10,000 groups, beside the look whose result is judged."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.history import History
from streamtop.model.ids import EntryId
from streamtop.model.lag import Lag
from streamtop.model.snapshot import Group, Snapshot, Stream
from streamtop.model.verdict import Thresholds
from streamtop.ui.rows import Judge
from tests.benchmarks.scale import MEASURES, scaled
from tests.benchmarks.test_look import fill
from tests.kit.sources import connected

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

pytestmark = pytest.mark.benchmark
STREAMS = scaled(10_000)
RUNS = scaled(7)
LOOK_EACH = 2.0
Later = Callable[[Stream, int], Stream]
"""What a stream is like after so many looks."""


def quiet(stream: Stream, looks: int) -> Stream:
    """All was read and acknowledged, and the consumers wait."""
    return replace(stream, groups=tuple(quiet_group(group, looks) for group in stream.groups))


def quiet_group(group: Group, looks: int) -> Group:
    waited = looks * int(LOOK_EACH * 1000)
    return replace(
        group,
        pending=0,
        lag=Lag(0, "exact", group.lag.because),
        undelivered_id=None,
        oldest_pending=None,
        most_delivered=None,
        consumers=tuple(
            replace(each, pending=0, idle_ms=50, inactive_ms=waited) for each in group.consumers
        ),
    )


def stuck(stream: Stream, looks: int) -> Stream:
    """Nothing happened but that all idle times grew: each group is slow, then stuck."""
    return replace(stream, groups=tuple(stuck_group(group, looks) for group in stream.groups))


def stuck_group(group: Group, looks: int) -> Group:
    passed = looks * int(LOOK_EACH * 1000)
    oldest = group.oldest_pending
    assert oldest is not None
    oldest = replace(oldest, idle_ms=oldest.idle_ms + passed)
    return replace(
        group,
        oldest_pending=oldest,
        most_delivered=oldest,
        consumers=tuple(
            replace(
                each, idle_ms=each.idle_ms + passed, inactive_ms=(each.inactive_ms or 0) + passed
            )
            for each in group.consumers
        ),
    )


def moved(stream: Stream, looks: int) -> Stream:
    """The stream with as many further entries, all delivered, and as many acknowledged."""
    edges = stream.edges
    assert edges is not None
    assert edges.entries_added is not None
    last = EntryId(edges.last_generated_id.ms + looks, 0)
    return replace(
        stream,
        length=stream.length + looks,
        edges=replace(
            edges,
            length=edges.length + looks,
            last_generated_id=last,
            last_entry_id=last,
            entries_added=edges.entries_added + looks,
        ),
        groups=tuple(moved_group(group, last, looks) for group in stream.groups),
    )


def moved_group(group: Group, last: EntryId, looks: int) -> Group:
    """The group after it received all, the oldest pending entry being another one."""
    oldest = group.oldest_pending
    assert oldest is not None
    oldest = replace(oldest, id=EntryId(oldest.id.ms + looks, 0), idle_ms=0)
    return replace(
        group,
        last_delivered_id=last,
        entries_read=(group.entries_read or 0) + 1 + looks,
        lag=Lag(0, "exact", group.lag.because),
        undelivered_id=None,
        oldest_pending=oldest,
        most_delivered=oldest,
        consumers=tuple(replace(each, idle_ms=0, inactive_ms=0) for each in group.consumers),
    )


async def test_judging_takes_a_part_of_a_look(
    redis: Redis, a_server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(redis, STREAMS, 1, 2)
    looks = []
    async with connected(a_server.url) as server:
        await server.look()
        for _ in range(RUNS):
            began = time.perf_counter()
            snapshot = await server.look()
            looks.append(time.perf_counter() - began)
    look = statistics.median(looks)
    assert sum(len(stream.groups) for stream in snapshot.streams) == STREAMS
    for case, later, share in CASES:
        judging = statistics.median(judged(snapshot, later))
        with capsys.disabled():
            sys.stdout.write(
                f"\n{STREAMS:,} groups, {case}: judging {judging * 1000:.1f} ms = "
                f"{judging / look:.1%} of a look of {look * 1000:.1f} ms\n"
            )
        assert judging < look * share or not MEASURES


CASES: Sequence[tuple[str, Later, float]] = (
    ("all quiet", quiet, 0.5),
    ("all changed", moved, 1.0),
    ("all stuck", stuck, 2.0),
)


def judged(snapshot: Snapshot, later: Later) -> list[float]:
    """Seconds for taking in and judging each of some looks, after a minute of them."""
    assert snapshot.time_ms is not None
    limits = Thresholds()
    history = History(limits.window_ms)
    judge = Judge(history, limits)
    before = round(limits.window_ms / 1000 / LOOK_EACH) + 1
    seconds = []
    for number in range(before + RUNS):
        passed = number * LOOK_EACH
        look = replace(
            snapshot,
            at=snapshot.at + passed,
            time_ms=snapshot.time_ms + int(passed * 1000),
            streams=tuple(later(stream, number) for stream in snapshot.streams),
        )
        began = time.perf_counter()
        history.add(look)
        judge.judged(look)
        seconds.append(time.perf_counter() - began)
    return seconds[before:]
