"""Reading a real stream: from end to end by a few commands, to any place, a million entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.ui.widgets.entry_browser import PAGE
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.screen import drawn
from tests.kit.server_state import add, ask

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

MANY = 1_000_000
FIRST = 1_700_000_000_000
SPREAD = """
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('XADD', KEYS[1], string.format('%.0f-0', tonumber(ARGV[3]) + n), 'n', n)
end
"""
"""Adds entries, a millisecond apart."""


async def fill_stream(redis: Redis, count: int, stream: str = "orders") -> None:
    """Add so many entries."""
    for begin in range(0, count, 50_000):
        last = min(count, begin + 50_000) - 1
        await ask(redis, "EVAL", SPREAD, 1, stream, begin, last, FIRST)


def chosen(at: Dashboard) -> int:
    """The entry under the cursor, counted from the first."""
    row = at.screen.entries.selected
    return -1 if row is None else row.entry.id.ms - FIRST


def listed(at: Dashboard) -> list[int]:
    """The entries that are loaded, counted from the first."""
    return [row.entry.id.ms - FIRST for row in at.screen.entries.rows]


async def ranges(redis: Redis) -> int:
    """How many pages the server was asked for since CONFIG RESETSTAT."""
    told: bytes = await ask(redis, "INFO", "commandstats")
    return sum(
        int(line.split("calls=")[1].split(",")[0])
        for line in told.decode().splitlines()
        if line.startswith(("cmdstat_xrange", "cmdstat_xrevrange"))
    )


async def go(at: Dashboard, text: str) -> None:
    """Go to a place that is typed."""
    await at.press("g")
    await at.fill(*text)


async def test_a_million_entries_are_read_at_either_end_and_in_the_middle(
    a_server: Running, redis: Redis
) -> None:
    await fill_stream(redis, MANY)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: chosen(at) == MANY - 1)
        at.app.paused = True
        for where, there in (
            ("end", 0),
            ("home", MANY - 1),
            (f"{FIRST + MANY // 2}", MANY // 2),
            ("2023-11-14T22:20Z", 400_000),
        ):
            await ask(redis, "CONFIG", "RESETSTAT")
            if where in ("end", "home"):
                await at.press(where)
            else:
                await go(at, where)
            await at.until(lambda there=there: chosen(at) == there)  # type: ignore[misc]
            # Two pages around a place, each of a small command and one for the rest; then
            # the next page, where the cursor is near an end of what is loaded.
            assert await ranges(redis) <= 8, where
            assert len(listed(at)) <= 3 * PAGE
            ids = listed(at)
            assert ids == list(range(ids[0], ids[0] - len(ids), -1))


async def test_g_goes_where_a_group_stands_on_every_server(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await fill_stream(redis, 3_000)
    await ask(redis, "XGROUP", "CREATE", "orders", "billing", f"{FIRST + 99}-0")
    await ask(redis, "XREADGROUP", "GROUP", "billing", "w1", "COUNT", 50, "STREAMS", "orders", ">")
    await ask(redis, "XACK", "orders", "billing", *(f"{FIRST + n}-0" for n in range(100, 130)))

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: chosen(at) == 2_999)
        await go(at, "first not")
        await at.until(lambda: chosen(at) == 150)
        await go(at, "oldest pen")
        await at.until(lambda: chosen(at) == 130)
        await at.until(lambda: "pending with w1" in drawn(at.screen.detail))
        await at.press("down")
        await at.until(lambda: "passed, and not pending" in drawn(at.screen.detail))
        await ask(redis, "XDEL", "orders", f"{FIRST + 130}-0")
        await go(at, f"{FIRST + 130}-0")
        await at.until(lambda: chosen(at) == 131)


async def test_an_empty_stream_says_so_wherever_one_goes(a_server: Running, redis: Redis) -> None:
    await ask(redis, "XDEL", "orders", await add(redis, "orders", "n", "1"))

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await go(at, "newest")
        await at.until(lambda: "The stream holds no entries." in drawn(at.screen.entries))
        await go(at, "-5m")
        await at.until(lambda: at.app.screen is at.screen)
        assert "The stream holds no entries." in drawn(at.screen.entries)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_entries_of_many_kinds_are_read_in_any_size(
    size: tuple[int, int], a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "data", '{"task": "bill", "n": 1}')
    await add(redis, "orders", "data", b"\xff\x1b[31m", "名", "注文")

    async with dashboard(a_server.url, size=size) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(at.screen.entries.rows) == 2)
        await at.press("down", "enter")
        await at.until(lambda: '"task": "bill"' in drawn(at.screen.detail))
