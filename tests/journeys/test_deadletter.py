"""Entries are moved aside by a key, with the reason, and redriven later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.screen import on_screen
from tests.kit.server_state import ask, entries, leave_pending, pending

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def test_capital_d_moves_pending_entries_to_the_dead_letter_stream(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    [first, second, third] = await leave_pending(redis)
    before = await entries(redis, "orders")

    async with dashboard(every_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("space", "space", "D")
        await at.until(lambda: at.in_form)
        assert "orders:dead  a new stream" in on_screen(at.app)
        await at.fill("tab", *"no such customer")
        await at.agree()
        await at.until(lambda: at.tells)
        assert "2 done" in at.said

    assert [row.id for row in await pending(redis, "orders", "billing")] == [third]
    copies = await entries(redis, "orders:dead")
    assert [fields[:2] for _, fields in copies] == [fields for _, fields in before[:2]]
    for (_, fields), origin in zip(copies, (first, second), strict=True):
        told = dict(zip(fields[::2], fields[1::2], strict=True))
        assert told[b"streamtop-origin-stream"] == b"orders"
        assert told[b"streamtop-origin-id"] == origin
        assert told[b"streamtop-origin-reason"] == b"no such customer"


async def test_the_dead_letter_stream_is_another_one(a_server: Running, redis: Redis) -> None:
    await leave_pending(redis, 1)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("D")
        await at.fill(*"orders", "down")
        await at.until(lambda: "They are in orders already." in at.said)
        assert at.in_form
        await at.fill(*"2")
        await at.agree()
        await at.until(lambda: not at.ids)

    assert len(await entries(redis, "orders2")) == 1
    assert await ask(redis, "EXISTS", "orders:dead") == 0
