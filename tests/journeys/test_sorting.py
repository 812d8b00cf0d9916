"""Sorting and searching pending entries of a real server, far beyond those that are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.screen import cells, drawn
from tests.kit.server_state import ask, leave_pending

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

MANY, DEEP = 60_000, 41_234


async def test_poison_deep_in_a_long_list_comes_first_once_it_is_sorted_by_deliveries(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, MANY)
    poison = ids[DEEP]
    await ask(
        *(redis, "XCLAIM", "orders", "billing", "dead", 0, poison),
        *("IDLE", 60_000, "RETRYCOUNT", 9, "JUSTID"),
    )

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 100)
        await at.press("s", "s", "s", "s")
        await at.until(lambda: "sorted 60,000 of 60,000" in drawn(at.screen.pending))
        assert (at.ids[0], at.screen.pending.rows[0].entry.deliveries) == (poison, 9)
        table = at.screen.pending
        assert (table.cursor, table.scroll_offset.y) == (0, 0)
        assert poison.decode() in cells(table)[0]
        await ask(redis, "XACK", "orders", "billing", poison)
        await at.until(lambda: poison not in at.ids)


async def test_the_filter_searches_payloads_of_the_whole_list_on_demand(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 3_000)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 100)
        await at.press("slash", *"2741", "enter")
        assert "of the 100 loaded; N searches all 3,000, payloads too" in at.screen.pending.tally
        await at.press("N")
        await at.until(lambda: ids[2741] in at.ids and at.screen.pending.tally.endswith("of 3,000"))
