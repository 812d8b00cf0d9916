"""Consumers are created and removed by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import ask, consumers, leave_pending, pending

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def test_capital_n_creates_a_consumer_in_a_group_without_any(
    a_server: Running, redis: Redis
) -> None:
    await ask(redis, "XGROUP", "CREATE", "orders", "billing", "$", "MKSTREAM")

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "3")
        await at.press("N")
        await at.fill(*"w7")
        await at.agree()
        await at.until(lambda: [r.consumer.name for r in at.screen.consumers.rows] == ["w7"])
        await at.press("N")
        await at.fill(*"w7")
        await at.until(lambda: "There is one of that name already." in at.said)
        assert at.in_form

    assert await consumers(redis, "orders", "billing") == {b"w7"}


async def test_before_redis_6_2_it_is_said_why_no_consumer_can_be_created(
    every_server: Running, any_redis: Redis
) -> None:
    await leave_pending(any_redis, 1)

    async with dashboard(every_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        await at.until(lambda: at.app.abilities is not None)
        assert at.app.abilities is not None
        if at.app.abilities.api < (6, 2):
            why = await at.why_greyed("N")
            assert "XGROUP CREATECONSUMER (Redis 6.2 and later)." in " ".join(why.split())
        else:
            await at.press("N")
            await at.until(lambda: at.in_form)


async def test_capital_x_removes_a_consumer_that_holds_nothing_after_a_yes(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 1)
    await ask(redis, "XGROUP", "CREATECONSUMER", "orders", "billing", "idle")

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "idle")
        await at.press("X")
        await at.agree()
        await at.press("escape")
        await at.until(lambda: [r.consumer.name for r in at.screen.consumers.rows] == ["dead"])

    assert await consumers(redis, "orders", "billing") == {b"dead"}


async def test_a_consumer_that_holds_entries_is_removed_only_once_its_name_was_typed(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 3)

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        await at.press("X")
        await at.until(lambda: at.asks)
        assert "It holds 3 pending entries" in at.said
        await at.press("enter")
        assert at.asks
        assert len(await pending(redis, "orders", "billing")) == 3
        await at.agree("dead")
        await at.until(lambda: not at.screen.consumers.rows or not at.asks)
        await at.until(lambda: is_empty(redis))

    assert await consumers(redis, "orders", "billing") == set()


async def is_empty(redis: Redis) -> bool:
    """Whether nothing is pending."""
    return await pending(redis, "orders", "billing") == []
