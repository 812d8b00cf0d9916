"""All that was idle for long is taken over by a key, from one consumer or from everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import add, ask, leave_pending, pending, read

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

IDLE = ("IDLE", 3_600_000, "JUSTID")
"""Idle for an hour."""


async def two_dead_and_one_alive(redis: Redis) -> tuple[list[bytes], bytes, bytes]:
    """Entries idle for an hour: of dead, of gone; and one of alive, given just now."""
    dead = await leave_pending(redis, 2)
    await ask(redis, "XCLAIM", "orders", "billing", "dead", 0, *dead, *IDLE)
    await add(redis, "orders", "n", "gone")
    [gone] = await read(redis, "orders", "billing", "gone")
    await ask(redis, "XCLAIM", "orders", "billing", "gone", 0, gone, *IDLE)
    await add(redis, "orders", "n", "alive")
    [alive] = await read(redis, "orders", "billing", "alive")
    return dead, gone, alive


async def test_capital_t_takes_over_what_everyone_left_idle(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    dead, gone, alive = await two_dead_and_one_alive(redis)

    async with dashboard(every_server.url) as at:
        await at.go_to_consumer("orders", "alive")
        await at.press("T")
        await at.fill(*"30m", "tab", *"every", "tab", *"alive")
        await at.until(lambda: at.asks)
        assert "Claim 3 entries" in at.said
        await at.agree()
        await at.until(lambda: at.tells)
        assert "3 done" in at.said

    held = [
        (row.id, row.consumer, row.deliveries) for row in await pending(redis, "orders", "billing")
    ]
    assert held == [(entry_id, b"alive", 1) for entry_id in (*dead, gone, alive)]


async def test_it_is_taken_from_one_consumer_only_if_that_was_chosen(
    a_server: Running, redis: Redis
) -> None:
    dead, gone, alive = await two_dead_and_one_alive(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "gone")
        await at.press("T")
        await at.fill(*"30m", "tab", "tab", *"alive")
        await at.agree()
        await at.until(lambda: at.holders == {"dead", "alive"})

    held = {row.id: row.consumer for row in await pending(redis, "orders", "billing")}
    assert held == dict.fromkeys(dead, b"dead") | {gone: b"alive", alive: b"alive"}


async def test_when_nothing_was_idle_for_so_long_that_is_said_and_asked_again(
    a_server: Running, redis: Redis
) -> None:
    await two_dead_and_one_alive(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        await at.press("T")
        await at.fill(*"9h", "tab", "tab", *"alive")
        await at.until(lambda: "Nothing that dead holds was idle for more than 9 h." in at.said)
        await at.fill("tab", *"gone", "tab", *"gone")
        await at.until(lambda: "They are held by gone already." in at.said)
        assert at.in_form
        await at.fill(*"1h", "tab", "tab", *"alive")
        await at.until(lambda: "Nothing" in at.said or at.asks)


async def test_where_nothing_is_pending_there_is_nothing_to_take_over(
    a_server: Running, redis: Redis
) -> None:
    [only] = await leave_pending(redis, 1)
    await ask(redis, "XACK", "orders", "billing", only)

    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        assert "Nothing is pending." in await at.why_greyed("T")
