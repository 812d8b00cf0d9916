from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from streamtop.gateway import server_info
from streamtop.gateway.server import Server
from streamtop.model.ids import EntryId
from streamtop.model.text import from_name, to_name
from tests.conftest import named
from tests.gateway.conftest import Stepwise

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.snapshot import Group
    from tests.gateway.conftest import Open
    from tests.servers import Binary, Running

ODD_NAMES = [
    *(b"[/x]", b"caf\xe9", b"\x1b[31mred\x1b[0m", b"x" * 1_000, "注文".encode(), b" ", b""),
    *(b"a\r\nb", b"\x00", b"[bold]", b"\xe2\x80\xae", b"*?"),
]


async def only_group(source: Server) -> Group:
    [stream] = (await source.look()).streams
    [group] = stream.groups
    return group


async def test_names_of_any_bytes_survive(any_redis: Redis, any_source: Server) -> None:
    for name in ODD_NAMES:
        await any_redis.xadd(name, {b"n": b"1"}, id="5-1")
        await any_redis.xgroup_create(name, name, "0")
        await any_redis.xreadgroup(name, name, {name: ">"})  # type: ignore[arg-type]

    snapshot = await any_source.look()

    assert {from_name(stream.name) for stream in snapshot.streams} == set(ODD_NAMES)
    assert [stream.name for stream in snapshot.streams] == sorted(map(to_name, ODD_NAMES))
    for stream in snapshot.streams:
        [group] = stream.groups
        [consumer] = group.consumers
        assert stream.name == group.name == consumer.name
        assert group.oldest_pending is not None
        assert group.oldest_pending.consumer == stream.name
        [row] = await any_source.pending(stream.name, group.name, consumer=stream.name)
        assert row.consumer == stream.name


async def test_a_look_sees_streams_groups_consumers_and_their_oldest_pending_entry(
    any_redis: Redis, any_source: Server
) -> None:
    for number in (1, 2, 3):
        await any_redis.xadd("orders", {"n": number}, id=f"{number}-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xgroup_create("orders", "audit", "$")
    await any_redis.xreadgroup("billing", "w2", {"orders": ">"}, count=1)
    await any_redis.xreadgroup("billing", "w1", {"orders": ">"}, count=1)

    snapshot = await any_source.look()
    stream = snapshot.stream("orders")

    assert stream is not None
    assert (stream.length, stream.error, stream.edges_fresh, stream.pending) == (3, None, True, 2)
    assert stream.edges is not None
    assert stream.edges.first_entry_id == EntryId(1, 1)
    assert stream.edges.last_entry_id == stream.edges.last_generated_id == EntryId(3, 1)
    assert [group.name for group in stream.groups] == ["audit", "billing"]
    audit, billing = stream.groups
    assert (audit.lag.count, audit.lag.trust, audit.oldest_pending) == (0, "exact", None)
    assert billing.last_delivered_id == EntryId(2, 1)
    assert [(one.name, one.pending) for one in billing.consumers] == [("w1", 1), ("w2", 1)]
    assert billing.oldest_pending is not None
    assert billing.oldest_pending.id == EntryId(1, 1)
    assert (billing.oldest_pending.consumer, billing.oldest_pending.deliveries) == ("w2", 1)
    assert (billing.entries_read is None) == (snapshot.server.api < (7, 0))
    assert snapshot.complete
    assert snapshot.time_ms is not None
    assert abs(snapshot.time_ms - snapshot.taken_at.timestamp() * 1000) < 60_000
    assert snapshot.cost.commands > 5
    assert snapshot.cost.received > 200


async def test_which_server_it_is(every_server: Running, opened: Open) -> None:
    known = (await opened(every_server.url)).info
    assert known.url == every_server.url
    assert f"{known.flavour}-{known.version}" == every_server.name
    assert known.role == "master"
    assert known.api == ((7, 2) if known.flavour != "redis" else known.api)
    assert known.api[0] == int(known.version.split(".")[0]) or known.flavour != "redis"
    assert not known.cluster


async def test_idle_and_inactive_are_what_the_server_says(
    any_redis: Redis, any_source: Server
) -> None:
    await any_redis.xadd("orders", {"n": 1}, id="1-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "busy", {"orders": ">"})
    await any_redis.xreadgroup("billing", "polls", {"orders": ">"})
    group = await only_group(any_source)
    busy, *polls = group.consumers
    if any_source.info.api >= (7, 2):
        assert busy.inactive_ms is not None
        assert busy.inactive_ms >= busy.idle_ms >= 0
        [never] = polls
        assert (never.name, never.inactive_ms, never.never_active) == ("polls", None, True)
    else:
        assert (busy.inactive_ms, busy.never_active) == (None, False)


async def test_a_lag_of_which_the_server_says_nothing_is_counted(
    any_redis: Redis, any_source: Server
) -> None:
    for number in (1, 2, 3, 4):
        await any_redis.xadd("orders", {"n": number}, id=f"{number}-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=2)
    await any_redis.xdel("orders", "3-1")
    group = await only_group(any_source)
    assert (group.lag.count, group.lag.trust) == (1, "exact")
    assert str(group.undelivered_id) == "4-1"


async def test_a_lag_of_which_nobody_says_anything_is_unknown_and_not_0(
    any_redis: Redis, any_source: Server
) -> None:
    for number in (1, 2, 3, 4):
        await any_redis.xadd("orders", {"n": b"x" * 9_000_000}, id=f"{number}-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=2)
    await any_redis.xdel("orders", "3-1")
    group = await only_group(any_source)
    assert (group.lag.count, group.lag.trust) == (None, "unknown")


async def test_after_a_trim_of_unread_entries_the_lag_is_right_and_the_loss_is_known(
    any_redis: Redis, any_source: Server
) -> None:
    for number in range(1, 11):
        await any_redis.xadd("orders", {"n": number}, id=f"{number}-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=2)
    await any_redis.xtrim("orders", maxlen=3, approximate=False)
    group = await only_group(any_source)
    assert (group.lag.count, group.lag.trust) == (3, "exact")
    assert group.lost == (5 if any_source.info.api >= (7, 0) else None)


async def test_a_released_entry_has_no_consumer(
    start_server: Callable[[Binary], Running], opened: Open
) -> None:
    server = start_server(named("redis-8.10"))
    async with Redis.from_url(server.url, protocol=2) as redis:
        await redis.flushall()
        await redis.xadd("orders", {"n": 1}, id="1-1")
        await redis.xgroup_create("orders", "billing", "0")
        await redis.xreadgroup("billing", "w", {"orders": ">"})
        await redis.execute_command("XNACK", "orders", "billing", "FAIL", "IDS", 1, "1-1")  # type: ignore[no-untyped-call]
    source = await opened(server.url)
    group = await only_group(source)
    assert group.oldest_pending is not None
    assert (group.oldest_pending.consumer, group.oldest_pending.idle_ms) == ("", -1)
    [row] = await source.pending("orders", "billing")
    assert (row.consumer, row.idle_ms, row.id) == ("", -1, EntryId(1, 1))
    assert (group.pending, group.consumers[0].pending) == (1, 0)


async def test_a_key_of_another_type_is_left_out(
    every_server: Running, any_redis: Redis, opened: Open
) -> None:
    await any_redis.set("orders", "text")
    await any_redis.xadd("payments", {"n": 1})
    source = await opened(every_server.url, match=["orders", "payments", "missing"])
    assert [stream.name for stream in (await source.look()).streams] == ["payments"]
    await any_redis.xadd("missing", {"n": 1})
    await any_redis.delete("payments")
    await any_redis.set("payments", "text")
    assert [stream.name for stream in (await source.look()).streams] == ["missing"]


async def test_a_stream_that_became_another_type_is_left_out(
    any_redis: Redis, any_source: Server
) -> None:
    await any_redis.xadd("orders", {"n": 1})
    assert (await any_source.look()).stream("orders")
    await any_redis.delete("orders")
    await any_redis.lpush("orders", "text")
    assert (await any_source.look()).streams == ()


def stepwise(server: Running, before: Callable[[bytes], object]) -> Server:
    """A source that lets a test act before each command of a look."""

    async def call(command: bytes) -> None:
        made = before(command)
        if asyncio.iscoroutine(made):
            await made

    looks, details = Stepwise(server, call), Stepwise(server, call)
    return Server(looks, details, server_info.server_info(server.url, b""))


@pytest.mark.parametrize("command", [b"GROUPS", b"STREAM", b"CONSUMERS", b"XPENDING"])
async def test_a_stream_deleted_between_two_commands_is_left_out(
    every_server: Running, any_redis: Redis, command: bytes
) -> None:
    for name in ("orders", "payments"):
        await any_redis.xadd(name, {"n": 1})
        await any_redis.xgroup_create(name, "billing", "0")
        await any_redis.xreadgroup("billing", "w", {name: ">"})

    async def delete(packed: bytes) -> None:
        if command in packed and b"orders" in packed:
            await any_redis.delete("orders")

    source = stepwise(every_server, delete)
    seen = [stream.name for stream in (await source.look()).streams]
    again = [stream.name for stream in (await source.look()).streams]
    await source.close()
    # XPENDING says the same of a missing stream and a missing group: the next look knows.
    assert seen == (["orders", "payments"] if command == b"XPENDING" else ["payments"])
    assert again == ["payments"]


@pytest.mark.parametrize("command", [b"CONSUMERS", b"XPENDING"])
async def test_a_group_destroyed_between_two_commands_is_left_out(
    every_server: Running, any_redis: Redis, command: bytes
) -> None:
    await any_redis.xadd("orders", {"n": 1})
    for group in ("audit", "billing"):
        await any_redis.xgroup_create("orders", group, "0")
        await any_redis.xreadgroup(group, "w", {"orders": ">"})

    async def destroy(packed: bytes) -> None:
        if command in packed and b"billing" in packed:
            await any_redis.xgroup_destroy("orders", "billing")

    source = stepwise(every_server, destroy)
    [stream] = (await source.look()).streams
    await source.close()
    assert [group.name for group in stream.groups] == ["audit"]
    assert stream.error is None


async def test_a_lag_matches_the_reported_position_whatever_happens_between_two_commands(
    every_server: Running, any_redis: Redis
) -> None:
    await any_redis.xadd("orders", {"n": 1}, id="1-1")
    await any_redis.xgroup_create("orders", "billing", "$")
    asked = 0

    async def add_and_read(packed: bytes) -> None:
        nonlocal asked
        asked += b"XINFO" in packed
        if asked == 2 and b"XINFO" in packed:
            await any_redis.xadd("orders", {"n": 2}, id="2-1")
            await any_redis.xadd("orders", {"n": 3}, id="3-1")
            await any_redis.xreadgroup("billing", "w", {"orders": ">"}, count=1, noack=True)

    source = stepwise(every_server, add_and_read)
    group = await only_group(source)
    await source.close()
    assert str(group.last_delivered_id) == "1-1"
    assert group.lag.count == 2, "so many lie after the position that is told"
