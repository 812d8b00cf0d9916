"""Marks capture entries by ID, whatever becomes of the list under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import add, ask, entries, leave_pending, pending, read

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def test_marked_entries_are_meant_by_id_when_the_list_changes_under_them(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 5)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 5)
        await at.press("down", "space", "down", "space")
        assert at.marked == {ids[1], ids[3]}

        await ask(redis, "XACK", "orders", "billing", ids[0])
        await add(redis, "orders", "n", "later")
        [later] = await read(redis, "orders", "billing", "other")
        await at.until(lambda: at.ids == [*ids[1:], later])
        assert at.marked == {ids[1], ids[3]}

        await at.press("a")
        await at.answer("y")
        await at.until(lambda: at.tells)

    assert [row.id for row in await pending(redis, "orders", "billing")] == [ids[2], ids[4], later]


async def test_what_the_question_was_asked_for_is_done_though_the_marks_stay_behind_it(
    a_server: Running, redis: Redis
) -> None:
    [first, second] = await leave_pending(redis, 2)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 2)
        await at.press("a")
        await at.until(lambda: at.asks)
        await ask(redis, "XACK", "orders", "billing", first)
        await at.until(lambda: at.ids == [second])
        await at.press("y")
        await at.until(lambda: at.tells)
        assert f"{first.decode()}  skipped: it is no longer pending" in at.said

    assert [row.id for row in await pending(redis, "orders", "billing")] == [second]


async def test_five_hundred_pending_entries_are_acknowledged_at_once(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 500)
    before = await entries(redis, "orders")

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 100)
        for loaded in (300, 500):
            await at.press("end")
            await at.until(lambda loaded=loaded: len(at.ids) == loaded)  # type: ignore[misc]
        await at.press("asterisk")
        assert at.marked == set(ids)
        await at.press("a")
        await at.until(lambda: at.asks)
        assert "500 entries" in at.said
        await at.press("y")
        await at.until(lambda: at.tells)
        assert "500 done" in at.said

    assert await pending(redis, "orders", "billing") == []
    assert await entries(redis, "orders") == before
