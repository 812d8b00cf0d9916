"""Lags that only a count can prove: bounded, spread over looks, kept up to date."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from streamtop.gateway import recount
from streamtop.gateway.connect import connect
from streamtop.model import lag_counter

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.model.lag import Lag
    from tests.servers import Running

MANY = lag_counter.BOUND + 2_000


async def add(redis: Redis, count: int, value: str = "x", first: int = 1) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(first, first + count):
            pipe.xadd("orders", {"n": value}, id=f"{number}-0")
        await pipe.execute()


async def doubt(redis: Redis, count: int) -> None:
    """A group that received five of `count` entries; one of the rest was deleted."""
    await add(redis, count)
    await redis.xgroup_create("orders", "billing", id="5-0")
    await redis.xdel("orders", "777-0")


async def lag_of(server: Server) -> Lag:
    stream = (await server.look()).stream("orders")
    assert stream is not None
    [group] = stream.groups
    return group.lag


async def settled(server: Server) -> Lag:
    """The lag once further looks no longer change it."""
    before = None
    for _ in range(50):
        lag = await lag_of(server)
        if lag == before or lag.trust == "exact":
            return lag
        before = lag
    raise AssertionError(f"still moving: {before}")


async def test_a_lag_within_the_bound_is_counted_exactly_after_a_few_looks(
    any_redis: Redis, every_server: Running
) -> None:
    await add(any_redis, lag_counter.BOUND + 50)
    await any_redis.xgroup_create("orders", "billing", id="100-0")
    await any_redis.xdel("orders", "777-0")
    server = await connect(every_server.url)

    first = await lag_of(server)
    assert first.trust != "exact"
    lag = await settled(server)
    assert (lag.count, lag.trust) == (lag_counter.BOUND - 51, "exact")
    await server.close()


async def test_no_look_reads_more_for_counts_than_its_share(
    redis: Redis, a_server: Running
) -> None:
    await add(redis, 9_000)
    for number in range(8):
        await redis.xgroup_create("orders", f"group-{number}", id="5-0")
    await redis.xdel("orders", "777-0")
    server = await connect(a_server.url)

    for _ in range(5):
        cost = (await server.look()).cost
        assert cost.received < recount.ROWS_A_LOOK * 60 + 20_000
    await server.close()


async def test_a_thorough_look_counts_all_unproven_lags(
    any_redis: Redis, every_server: Running
) -> None:
    await doubt(any_redis, 9_000)
    server = await connect(every_server.url, thorough=True)

    assert (await lag_of(server)).count == 8_994
    await server.close()


async def test_a_lag_beyond_the_bound_is_never_called_exact(
    any_redis: Redis, every_server: Running
) -> None:
    await doubt(any_redis, MANY + 5)
    server = await connect(every_server.url)

    lag = await settled(server)
    assert lag.trust in {"reported", "at_least"}
    assert lag.count is not None
    assert lag_counter.BOUND <= lag.count <= MANY
    await server.close()


async def test_a_full_count_reports_its_progress_and_later_looks_use_it(
    any_redis: Redis, every_server: Running
) -> None:
    await doubt(any_redis, MANY + 5)
    server = await connect(every_server.url)
    await server.look()

    counts = [counted async for counted in server.recount("orders", "billing")]
    assert [each.count for each in counts] == sorted(each.count for each in counts)
    assert len(counts) > 5
    assert (counts[-1].count, counts[-1].complete) == (MANY - 1, True)

    assert (await lag_of(server)).count == MANY - 1
    await any_redis.xadd("orders", {"n": "1"}, id=f"{MANY + 10}-0")
    lag = await lag_of(server)
    assert (lag.count, lag.trust) == (MANY, "exact")
    await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=250)
    lag = await lag_of(server)
    assert (lag.count, lag.trust) == (MANY - 250, "exact")
    await server.close()


async def test_a_full_count_overtaken_by_a_deletion_is_dropped(
    any_redis: Redis, every_server: Running
) -> None:
    await doubt(any_redis, MANY + 5)
    server = await connect(every_server.url)
    await server.look()
    assert [each async for each in server.recount("orders", "billing")]

    await any_redis.xdel("orders", "9000-0")
    lag = await lag_of(server)
    assert lag.trust != "exact"
    await server.close()


async def test_a_full_count_that_is_broken_off_leaves_the_server_usable(
    redis: Redis, a_server: Running
) -> None:
    await doubt(redis, MANY)
    server = await connect(a_server.url)
    await server.look()

    async for counted in server.recount("orders", "billing"):
        assert not counted.complete
        break
    assert (await lag_of(server)).trust != "unknown"
    assert (await server.entries("orders", count=1)).entries
    await server.close()


async def test_entries_too_large_for_the_bound_are_not_read_to_count_them(
    redis: Redis, a_server: Running
) -> None:
    await add(redis, 8, value="x" * 5_000_000)
    await redis.xgroup_create("orders", "billing", id="3-0")
    await redis.xdel("orders", "5-0")
    server = await connect(a_server.url)

    assert (await lag_of(server)).trust != "exact"
    assert (await server.look()).cost.received < 100_000
    await server.close()


@pytest.mark.parametrize("size", [4_000, 40_000])
async def test_a_count_of_large_entries_stays_while_nothing_moves(
    redis: Redis, a_server: Running, size: int
) -> None:
    await add(redis, 20, value="x" * size)
    await redis.xgroup_create("orders", "billing", id="3-0")
    await redis.xdel("orders", "5-0")
    server = await connect(a_server.url)

    first = await lag_of(server)
    assert (first.count, first.trust) == (16, "exact")
    for _ in range(3):
        lag = await lag_of(server)
        assert lag.count == 16
        assert lag.trust in {"exact", "reported"}
    await server.close()


async def busy(redis: Redis, total: int, length: int) -> None:
    """Entries come and old ones are trimmed; every group reads on: its lag stays."""
    await add(redis, 40, first=total)
    await redis.xtrim("orders", maxlen=length, approximate=False)
    for group in await redis.xinfo_groups("orders"):
        await redis.xreadgroup(group["name"], "w", {"orders": ">"}, count=40, noack=True)


@pytest.mark.parametrize(("lags", "looks"), [((7_000,), 3), ((3_000,) * 4, 5), ((9_000,) * 2, 9)])
async def test_a_lag_within_the_bound_is_exact_on_a_busy_stream_too(
    any_redis: Redis, every_server: Running, lags: tuple[int, ...], looks: int
) -> None:
    total = max(lags) + 500
    await add(any_redis, total)
    for number, lag in enumerate(lags):
        await any_redis.xgroup_create("orders", f"group-{number}", id=f"{total - lag}-0")
    server = await connect(every_server.url)

    exact: set[str] = set()
    trusts: list[str] = []
    received = 0
    for look in range(4 * looks):
        await busy(any_redis, total + 1 + 40 * look, total)
        snapshot = await server.look()
        received += snapshot.cost.received
        [stream] = snapshot.streams
        for group, expected in zip(stream.groups, lags, strict=True):
            if group.lag.trust == "exact":
                assert group.lag.count == expected
                exact.add(group.name)
            elif look > looks:
                assert (group.lag.count, group.lag.trust) == (expected, "reported")
            trusts.append(group.lag.trust)
        if look == looks:
            assert len(exact) == len(lags), trusts
    await server.close()
    assert received < 4 * looks * (recount.ROWS_A_LOOK * 60 + 20_000)


async def test_a_count_that_may_have_lost_entries_is_no_proof(
    any_redis: Redis, every_server: Running
) -> None:
    await add(any_redis, 9_000)
    for name in ("audit", "billing", "mail"):
        await any_redis.xgroup_create("orders", name, id="5-0")
    server = await connect(every_server.url)
    for _ in range(12):
        snapshot = await server.look()
    assert {group.lag.trust for group in snapshot.streams[0].groups} == {"exact"}

    for number in range(100):
        await any_redis.xdel("orders", f"{5_000 + number}-0")
        [stream] = (await server.look()).streams
        for group in stream.groups:
            if group.lag.trust == "exact":
                assert group.lag.count == 8_994 - number
    assert group.lag.count is not None
    await server.close()


async def test_the_preferred_group_is_counted_every_other_time(
    any_redis: Redis, every_server: Running
) -> None:
    await add(any_redis, 9_000)
    for number in range(6):
        await any_redis.xgroup_create("orders", f"group-{number}", id="1000-0")
    server = await connect(every_server.url)
    server.prefer("orders", "group-4")
    exact: Counter[str] = Counter()
    for look in range(40):
        await busy(any_redis, 9_001 + 40 * look, 9_000)
        [stream] = (await server.look()).streams
        exact.update(group.name for group in stream.groups if group.lag.trust == "exact")
    await server.close()
    assert exact["group-4"] >= max(exact.values())
    assert exact["group-4"] >= 4
    assert len(exact) >= 4
