"""Consumers are created and removed by keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtop.model.verdict import Thresholds
from tests.kit.pilot import dashboard
from tests.kit.server_state import ask, consumers, leave_pending, pending

if TYPE_CHECKING:
    from pathlib import Path

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


async def test_capital_p_removes_all_that_are_gone_and_hold_nothing_and_undo_creates_them_again(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await leave_pending(redis, 1, consumer="holds")
    for name in ("gone1", "gone2"):
        [entry_id] = await leave_pending(redis, 1, consumer=name)
        await ask(redis, "XACK", "orders", "billing", entry_id)
    await asyncio.sleep(0.3)
    await ask(redis, "XADD", "orders", "*", "n", "1")  # nobody asks for it
    journal, limits = tmp_path / "journal.jsonl", Thresholds(gone_ms=200)

    async with dashboard(a_server.url, journal=journal, limits=limits) as at:
        await at.go_to_consumer("orders", "gone1")
        await at.until(lambda: at.screen.consumers.rows[0].gone)
        await at.press("P")
        await at.until(lambda: at.in_form)
        assert "Gone, and idle for: gone" in at.said
        await at.fill(*"1h")
        await at.until(lambda: "is idle for longer than 1 h" in at.said)
        await at.press(*["backspace"] * 2)
        await at.fill()
        await at.until(lambda: at.asks)
        assert "Remove 2 consumers that hold nothing" in at.said
        assert "Idle when seen: gone" in at.said
        await at.agree()
        await at.until(lambda: at.tells)
        assert await consumers(redis, "orders", "billing") == {b"holds"}
        await at.press("u")
        await at.until(lambda: "Undo which operation?" in at.said)
        await at.press("enter")
        await at.agree()
        await at.until(lambda: at.tells)

    assert await consumers(redis, "orders", "billing") == {b"holds", b"gone1", b"gone2"}


async def test_before_redis_7_2_an_idle_time_must_be_typed(
    every_server: Running, any_redis: Redis
) -> None:
    [entry_id] = await leave_pending(any_redis, 1, consumer="w1")
    await ask(any_redis, "XACK", "orders", "billing", entry_id)

    async with dashboard(every_server.url) as at:
        await at.go_to_consumer("orders", "w1")
        await at.press("P")
        await at.fill()
        assert at.app.snapshot is not None
        if at.app.snapshot.server.idle_means_attempt:
            await at.until(lambda: "that holds nothing is gone." in at.said)
        else:
            await at.until(lambda: "does not tell which consumers are gone" in at.said)
        await at.fill(*"1ms")
        await at.until(lambda: at.asks)
        await at.agree()
        await at.until(lambda: not at.asks)
        await at.until(lambda: is_without_consumers(any_redis))


async def is_without_consumers(redis: Redis) -> bool:
    """Whether the group has no consumers."""
    return await consumers(redis, "orders", "billing") == set()
