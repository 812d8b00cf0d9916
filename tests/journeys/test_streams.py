"""Streams are trimmed and deleted by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import add, ask, entries, leave_pending, read

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def test_capital_t_proposes_how_far_no_group_needs_the_entries(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    ids = await leave_pending(redis, 5)
    await ask(redis, "XACK", "orders", "billing", *ids[:3])

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "1")
        await at.press("T")
        await at.until(lambda: at.in_form)
        assert f"No group needs what lies below {ids[3].decode()}" in at.said
        assert f": billing still has {ids[3].decode()} pending." in at.said
        await at.fill()
        await at.until(lambda: at.asks)
        assert f"remove 3 entries below {ids[3].decode()}" in at.said
        await at.agree()
        await at.until(lambda: has(redis, ids[3:]))


async def has(redis: Redis, ids: list[bytes]) -> bool:
    """Whether orders holds exactly these entries."""
    return [entry_id for entry_id, _ in await entries(redis, "orders")] == ids


async def test_what_a_group_still_needs_is_trimmed_only_after_a_tick_and_the_name(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 3)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "1")
        await at.press("T")
        await at.fill()
        await at.until(lambda: "Nothing lies below it" in at.said)
        await at.fill(*ids[2].decode())
        await at.until(lambda: "Too far unless it is forced" in at.said)
        await at.fill("tab", "space")
        await at.until(lambda: at.asks)
        assert "pending ones lose their payload" in " ".join(at.said.split())
        await at.agree("orders")
        await at.until(lambda: has(redis, ids[2:]))


async def test_a_stream_that_no_group_reads_is_trimmed_by_time(
    a_server: Running, redis: Redis
) -> None:
    seconds, _ = await ask(redis, "TIME")
    now = int(seconds) * 1000
    for ago in (7_200_000, 5_400_000, 60_000):
        await ask(redis, "XADD", "orders", f"{now - ago}-0", "n", str(ago))

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "1")
        await at.press("T")
        await at.until(lambda: at.in_form)
        assert "Nothing is known to be safe: no group reads it" in at.said
        await at.fill(*"-1h", "tab", "space")
        await at.until(lambda: at.asks)
        assert "remove 2 entries below" in at.said
        await at.agree("orders")
        await at.until(lambda: has(redis, [b"%d-0" % (now - 60_000)]))


async def test_capital_x_deletes_a_stream_only_once_its_name_was_typed(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await leave_pending(redis, 2)
    await add(redis, "other", "n", "1")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "1")
        await at.press("X")
        await at.until(lambda: at.asks)
        assert "2 entries are lost for good." in at.said
        await at.press("enter")
        assert at.asks
        assert await ask(redis, "EXISTS", "orders") == 1
        await at.agree("orders")
        await at.until(lambda: [r.stream.name for r in at.screen.streams.rows] == ["other"])

    assert await ask(redis, "EXISTS", "orders", "other") == 1


async def test_an_empty_stream_has_nothing_to_trim(a_server: Running, redis: Redis) -> None:
    await ask(redis, "XGROUP", "CREATE", "orders", "billing", "$", "MKSTREAM")
    assert await read(redis, "orders", "billing", "w1") == []

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "1")
        assert "The stream holds no entries." in await at.why_greyed("T")
