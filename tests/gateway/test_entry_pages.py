from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.model.ids import EntryId
from streamtop.source import MissingError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.source import Direction
    from tests.gateway.conftest import Open
    from tests.gateway.proxy import Proxy


async def with_entries(redis: Redis, count: int, size: int = 1) -> list[EntryId]:
    ids = [EntryId(number, 1) for number in range(1, count + 1)]
    for entry_id in ids:
        await redis.xadd("orders", {"n": b"x" * size}, id=str(entry_id))
    return ids


@pytest.mark.parametrize("direction", ["newest_first", "oldest_first"])
async def test_pages_of_entries_follow_on_each_other(
    any_redis: Redis, any_source: Server, direction: Direction
) -> None:
    ids = await with_entries(any_redis, 50)
    if direction == "newest_first":
        ids.reverse()
    read: list[EntryId] = []
    beyond = None
    complete = False
    while not complete:
        page = await any_source.entries("orders", direction=direction, beyond=beyond, count=20)
        assert len(page.entries) <= 20
        read += [entry.id for entry in page.entries]
        beyond, complete = read[-1], page.complete
    assert read == ids


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 10, 11])
async def test_a_page_says_whether_the_stream_ends_with_it(
    redis: Redis, source: Server, count: int
) -> None:
    await with_entries(redis, 10)
    page = await source.entries("orders", count=count)
    assert len(page.entries) == min(count, 10)
    assert page.complete == (count >= 10)


@pytest.mark.parametrize("looked", [False, True])
async def test_a_page_stops_soon_after_its_bytes_are_reached(
    proxy: Proxy, redis: Redis, opened: Open, looked: bool
) -> None:
    await with_entries(redis, 40, size=100_000)
    source = await opened(proxy.url)
    if looked:
        await source.look()
    page = await source.entries("orders", max_bytes=1_000_000)
    assert 10 <= len(page.entries) <= 12
    assert not page.complete
    assert len((await source.entries("orders", max_bytes=1)).entries) <= 2
    assert len((await source.entries("orders", max_bytes=1)).entries) >= 1


async def test_nothing_lies_beyond_the_ends_of_all_ids(redis: Redis, source: Server) -> None:
    last = EntryId(2**64 - 1, 2**64 - 1)
    await redis.xadd("orders", {"n": 1}, id=str(last))
    await redis.xgroup_create("orders", "billing", "0")
    await redis.xreadgroup("billing", "w", {"orders": ">"})
    page = await source.entries("orders", direction="oldest_first", beyond=last)
    assert (page.entries, page.complete) == ((), True)
    page = await source.entries("orders", beyond=EntryId(0, 0))
    assert (page.entries, page.complete) == ((), True)
    assert await source.pending("orders", "billing", after=last) == ()
    assert len(await source.pending("orders", "billing")) == 1


async def test_fields_keep_their_order_and_their_duplicates(
    any_redis: Redis, any_source: Server
) -> None:
    pairs = (b"b", b"1", b"a", b"\xff\x00", b"b", b"", b"", b"3")
    await any_redis.execute_command("XADD", "orders", "1-1", *pairs)  # type: ignore[no-untyped-call]
    page = await any_source.entries("orders")
    found = await any_source.entries_by_id("orders", [EntryId(1, 1)])
    assert page.entries[0].fields == tuple(zip(pairs[::2], pairs[1::2], strict=True))
    assert found == {EntryId(1, 1): page.entries[0]}


async def test_entries_are_read_by_id_with_missing_and_repeated_ids(
    any_redis: Redis, any_source: Server
) -> None:
    ids = await with_entries(any_redis, 30)
    await any_redis.xdel("orders", "3-1")
    wanted = [*ids, EntryId(99, 0), ids[0], ids[4], ids[4]]
    found = await any_source.entries_by_id("orders", wanted)
    assert set(found) == {*ids, EntryId(99, 0)}
    assert [entry_id for entry_id, entry in found.items() if entry is None] == [
        EntryId(3, 1),
        EntryId(99, 0),
    ]
    assert await any_source.entries_by_id("missing", ids[:1]) == {ids[0]: None}
    assert await any_source.entries_by_id("orders", []) == {}


async def test_entries_by_id_leave_out_what_does_not_fit_but_not_the_first(
    redis: Redis, source: Server
) -> None:
    ids = await with_entries(redis, 20, size=100_000)
    found = await source.entries_by_id("orders", ids, max_bytes=500_000)
    assert list(found) == ids[: len(found)]
    assert 5 <= len(found) <= 7
    for small in (0, 1):
        assert ids[0] in await source.entries_by_id("orders", ids, max_bytes=small)


async def test_pages_of_pending_entries_follow_on_each_other(
    any_redis: Redis, any_source: Server
) -> None:
    ids = await with_entries(any_redis, 25)
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "w1", {"orders": ">"}, count=15)
    await any_redis.xreadgroup("billing", "w2", {"orders": ">"})
    first = await any_source.pending("orders", "billing", count=20)
    rest = await any_source.pending("orders", "billing", after=first[-1].id, count=20)
    assert [row.id for row in (*first, *rest)] == ids
    assert len(rest) == 5
    assert {row.consumer for row in first} == {"w1", "w2"}
    assert all(row.deliveries == 1 and row.idle_ms >= 0 for row in first)
    mine = await any_source.pending("orders", "billing", consumer="w2")
    assert [row.id for row in mine] == ids[15:]
    assert await any_source.pending("orders", "billing", consumer="nobody") == ()


async def test_how_some_entries_are_pending_now(any_redis: Redis, any_source: Server) -> None:
    ids = await with_entries(any_redis, 3)
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "w1", {"orders": ">"})
    await any_redis.xack("orders", "billing", "2-1")
    await any_redis.xdel("orders", "3-1")
    now = await any_source.pending_now("orders", "billing", [ids[2], ids[1], ids[0], ids[0]])
    assert [row and row.id for row in now] == [ids[2], None, ids[0], ids[0]]
    await any_redis.xgroup_destroy("orders", "billing")
    with pytest.raises(MissingError, match="NOGROUP"):
        await any_source.pending_now("orders", "billing", ids)
