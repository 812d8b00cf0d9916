"""All that a consumer holds is handed over by a key, and the consumer removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.pilot import dashboard
from tests.kit.server_state import add, ask, consumers, leave_pending, pending, read

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.mark.parametrize("pane", ["pending", "consumers"])
async def test_capital_h_hands_over_all_that_a_consumer_holds_and_removes_it(
    pane: str, every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    ids = await leave_pending(redis, 250)
    await add(redis, "orders", "n", "other")
    [other] = await read(redis, "orders", "billing", "other")

    async with dashboard(every_server.url) as at:
        if pane == "consumers":
            await at.go_to_consumer("orders", "dead")
        else:
            await at.go_to_pending("orders", 100)
        await at.press("H")
        await at.until(lambda: at.in_form)
        assert "Hand over all that dead holds" in at.said
        await at.fill(*"other")
        await at.until(lambda: at.asks)
        assert "250 entries" in at.said
        assert "remove dead" in at.said
        await at.agree()
        await at.until(lambda: at.tells)

    held = await pending(redis, "orders", "billing")
    assert [(row.id, row.consumer, row.deliveries) for row in held] == [
        (entry_id, b"other", 1) for entry_id in [*ids, other]
    ]
    assert await consumers(redis, "orders", "billing") == {b"other"}


async def test_a_consumer_may_stay_after_its_entries_were_handed_over(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 2)

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        await at.press("H")
        await at.fill(*"new", "tab", "space")
        await at.agree()
        await at.until(lambda: at.tells)

    assert await consumers(redis, "orders", "billing") == {b"dead", b"new"}
    assert {row.consumer for row in await pending(redis, "orders", "billing")} == {b"new"}


async def test_nothing_is_handed_over_to_the_consumer_that_holds_it(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 2)

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        await at.press("H")
        await at.fill(*"dead")
        await at.until(lambda: "They are held by dead already." in at.said)
        assert at.in_form

    assert {row.consumer for row in await pending(redis, "orders", "billing")} == {b"dead"}


async def test_a_consumer_that_holds_nothing_has_nothing_to_hand_over(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 1)
    await ask(redis, "XGROUP", "CREATECONSUMER", "orders", "billing", "bob")

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "bob")
        assert "bob holds no pending entries." in await at.why_greyed("H")
