"""Two commands of one look are two moments: what they say may not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ResponseError

from streamtop.gateway import contradictions
from streamtop.gateway.connect import connect
from tests.gateway.test_look import only_group, stepwise

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def two_pending(redis: Redis) -> None:
    for number in (1, 2, 3, 4):
        await redis.xadd("orders", {"n": number}, id=f"{number}-1")
    await redis.xgroup_create("orders", "billing", "0")
    await redis.xreadgroup("billing", "w", {"orders": ">"}, count=2)


@pytest.mark.parametrize("change", ["acknowledged", "read"])
async def test_values_that_contradict_each_other_are_asked_again_and_then_agree(
    every_server: Running, any_redis: Redis, change: str
) -> None:
    await two_pending(any_redis)
    changed = False

    async def meanwhile(packed: bytes) -> None:
        nonlocal changed
        if b"CONSUMERS" in packed and not changed:
            changed = True
            if change == "read":
                await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=1)
            else:
                await any_redis.xack("orders", "billing", "1-1", "2-1")

    source = stepwise(every_server, meanwhile)
    group = await only_group(source)
    await source.close()

    expected = {"read": (3, "3-1", 1), "acknowledged": (0, "2-1", 2)}[change]
    position = str(group.last_delivered_id)
    assert (group.pending, position, group.lag.count) == expected
    assert [consumer.pending for consumer in group.consumers] == [group.pending]
    assert (group.oldest_pending is None) == (group.pending == 0)
    assert group.consistent


async def test_values_that_contradict_each_other_twice_are_marked(
    every_server: Running, any_redis: Redis
) -> None:
    await two_pending(any_redis)
    read = 0

    async def read_one_more(packed: bytes) -> None:
        nonlocal read
        if b"CONSUMERS" in packed and read < 2:
            read += 1
            await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=1)

    source = stepwise(every_server, read_one_more)
    first, second = await only_group(source), await only_group(source)
    await source.close()

    assert (first.pending, [each.pending for each in first.consumers]) == (3, [4])
    assert not first.consistent
    assert (second.pending, second.consistent) == (4, True)


async def test_groups_that_agree_are_asked_once_and_only_so_many_again(
    any_redis: Redis, every_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contradictions, "GROUPS_A_LOOK", 2)
    await two_pending(any_redis)
    source = await connect(every_server.url)
    await source.look()
    quiet = (await source.look()).cost.commands
    await source.close()

    for name in ("a", "b", "c"):
        await any_redis.xgroup_create("orders", name, "2-1")

    async def read_in_all(packed: bytes) -> None:
        if b"CONSUMERS" in packed and not reads:
            reads.extend("abc")
            for name in reads:
                await any_redis.xreadgroup(name, "w", {"orders": ">"}, count=1)

    reads: list[str] = []
    stepped = stepwise(every_server, read_in_all)
    [stream] = (await stepped.look()).streams
    await stepped.close()
    assert quiet < 10
    assert [group.consistent for group in stream.groups].count(False) == 1


async def test_released_entries_are_confirmed_once(any_redis: Redis, every_server: Running) -> None:
    await two_pending(any_redis)
    source = await connect(every_server.url)
    before = (await source.look()).cost.commands
    usual = (await source.look()).cost.commands
    words = ("XNACK", "orders", "billing", "SILENT", "IDS", 1, "1-1")
    try:
        await any_redis.execute_command(*words)  # type: ignore[no-untyped-call]
    except ResponseError:
        await source.close()
        pytest.skip("there is no XNACK before Redis 8.8")
    first, second = await source.look(), await source.look()
    await source.close()
    for look in (first, second):
        [group] = look.streams[0].groups
        assert (group.released, group.consistent) == (1, True)
    assert before >= usual
    assert first.cost.commands > second.cost.commands >= usual
