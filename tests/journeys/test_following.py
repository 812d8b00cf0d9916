"""Following a real stream live: what is added is shown, and what was too fast is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.ui.widgets.entry_browser import TAIL_PAGE
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.screen import drawn
from tests.kit.server_state import add, ask, state

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

BURST = "for n = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], '*', 'n', n) end"


def newest(at: Dashboard) -> str:
    """The entry that is shown first."""
    rows = at.screen.entries.rows
    return str(rows[0].entry.id) if rows else ""


async def last_of(redis: Redis) -> str:
    """The newest entry of orders."""
    [[entry_id, _]] = await ask(redis, "XREVRANGE", "orders", "+", "-", "COUNT", 1)
    found: bytes = entry_id
    return found.decode()


async def test_t_follows_a_stream_and_changes_nothing(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await ask(redis, "XGROUP", "CREATE", "orders", "billing", "$", "MKSTREAM")
    await add(redis, "orders", "n", "0")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: newest(at) != "")
        before = await state(redis, "orders", "billing")
        await at.press("t")
        for number in range(1, 4):
            added = (await add(redis, "orders", "n", str(number))).decode()
            await at.until(lambda added=added: newest(at) == added)  # type: ignore[misc]
            assert added in drawn(at.screen.entries)
        assert "skipped" not in drawn(at.screen.entries)
        await at.press("t")
        after = await state(redis, "orders", "billing")
        assert before[1:] == after[1:]  # type: ignore[index]


async def test_what_was_too_fast_is_counted_where_the_server_counts(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await ask(redis, "EVAL", BURST, 1, "orders", 150)
    counts = b"entries-added" in await ask(redis, "XINFO", "STREAM", "orders")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: newest(at) != "")
        await at.look_again()
        await at.press("t")
        seen = {str(row.entry.id) for row in at.screen.entries.rows}
        for burst in (700, 30, 4_000):
            await ask(redis, "EVAL", BURST, 1, "orders", burst)
            last = await last_of(redis)
            await at.until(lambda last=last: newest(at) == last)  # type: ignore[misc]
            seen |= {str(row.entry.id) for row in at.screen.entries.rows}
            assert len(at.screen.entries.rows) <= 1_000
        await at.look_again()
        rows = await ask(redis, "XRANGE", "orders", "-", "+")
        missed = sum(entry_id.decode() not in seen for entry_id, _ in rows[150:])
        assert missed >= 4_000 - TAIL_PAGE
        tail = at.screen.entries.browser.tail
        assert tail.skipped == (missed if counts else None)
        assert "skipped" in drawn(at.screen.entries)


async def test_entries_that_were_deleted_or_trimmed_do_not_make_the_number_wrong(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await ask(redis, "EVAL", BURST, 1, "orders", 50)
    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: newest(at) != "")
        await at.look_again()
        await at.press("t")
        added = (await add(redis, "orders", "n", "1")).decode()
        await at.until(lambda: newest(at) == added)
        await ask(redis, "XDEL", "orders", added)
        await ask(redis, "XTRIM", "orders", "MAXLEN", 10)
        await at.look_again()
        assert "skipped" not in drawn(at.screen.entries)
        added = (await add(redis, "orders", "n", "2")).decode()
        await at.until(lambda: newest(at) == added)
        await at.look_again()
        assert "skipped" not in drawn(at.screen.entries)
