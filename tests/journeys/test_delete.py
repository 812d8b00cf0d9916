"""Entries are deleted by keys, and other groups are thought of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import ask, entries, leave_pending, pending, read

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def test_d_deletes_pending_entries_and_acknowledges_them_in_the_same_step(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    [first, second, third] = await leave_pending(redis)

    async with dashboard(every_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("space", "space", "d")
        await at.fill()
        await at.until(lambda: at.asks)
        assert "cannot be undone" in at.said
        await at.agree()
        await at.until(lambda: at.tells)
        assert "2 done" in at.said

    assert [entry_id for entry_id, _ in await entries(redis, "orders")] == [third]
    assert [row.id for row in await pending(redis, "orders", "billing")] == [third]
    assert {first, second, third}


async def test_an_entry_may_be_deleted_and_left_pending(a_server: Running, redis: Redis) -> None:
    [only] = await leave_pending(redis, 1)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("d")
        await at.fill("space")
        await at.until(lambda: at.asks)
        assert "Groups in which some of them stay pending without a payload: billing." in at.said
        await at.agree()
        await at.until(lambda: not_there(redis))

    assert [row.id for row in await pending(redis, "orders", "billing")] == [only]


async def not_there(redis: Redis) -> bool:
    """Whether the stream is empty."""
    return await entries(redis, "orders") == []


async def test_deleting_entries_says_which_groups_have_not_read_and_which_hold_them(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 2)
    for group, position in (("audit", "0"), ("late", "0"), ("done", "$")):
        await ask(redis, "XGROUP", "CREATE", "orders", group, position)
    await read(redis, "orders", "audit", "a1")

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(at.screen.entries.rows) == 2)
        await at.press("d")
        await at.fill()
        await at.until(lambda: at.asks)
        assert "Groups that have not read all of them and never will: late." in at.said
        assert "stay pending without a payload: audit, billing." in at.said
        await at.press("n")
        await at.until(lambda: not at.asks)

    assert len(await entries(redis, "orders")) == 2


async def test_references_in_other_groups_go_too_only_where_the_server_can(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    [only] = await leave_pending(redis, 1)
    await ask(redis, "XGROUP", "CREATE", "orders", "audit", "0")
    await read(redis, "orders", "audit", "a1")
    [known] = await ask(redis, "COMMAND", "INFO", "XACKDEL")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "2")
        await at.until(lambda: at.app.abilities is not None)
        await at.press("slash", *"billing", "enter")
        await at.go_to_pending("orders", 1)
        await at.press("d")
        await at.fill("tab", "down")
        await at.agree()
        await at.until(lambda: not_there(redis))

    assert await pending(redis, "orders", "billing") == []
    left = [row.id for row in await pending(redis, "orders", "audit")]
    assert left == ([] if known else [only])
