"""Searching a whole stream of a real server for what the filter asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.asyncio import Redis

from tests import servers
from tests.conftest import named
from tests.journeys.test_browsing import FIRST, fill_stream, go, listed, ranges
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.screen import drawn
from tests.kit.server_state import ask

if TYPE_CHECKING:
    from tests.servers import Running

MANY, LONG = 20_000, 400_000


async def look_for(at: Dashboard, text: str) -> None:
    """Type a filter for the entries."""
    await at.press("slash", *text, "enter")


async def test_n_finds_what_is_far_away_in_bounded_pages_and_n_again_goes_on(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await fill_stream(redis, MANY)

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(listed(at)) == 100)
        await look_for(at, "n=7")
        await ask(redis, "CONFIG", "RESETSTAT")
        await at.press("n")
        await at.until(lambda: listed(at) == [7] and not at.screen.entries.searching)
        assert "searched 19,900 entries" in drawn(at.screen.entries)
        assert "the end" in drawn(at.screen.entries)
        assert await ranges(redis) <= 3 * MANY // 200
        await at.press("escape")
        await at.until(lambda: len(listed(at)) == 100)


async def test_capital_n_finds_newer_entries(a_server: Running, redis: Redis) -> None:
    await fill_stream(redis, MANY)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(listed(at)) == 100)
        await go(at, str(FIRST + 500))
        await at.until(lambda: 500 in listed(at) and MANY - 1 not in listed(at))
        await look_for(at, "n=15000")
        await at.press("N")
        await at.until(lambda: listed(at) == [15_000])


async def test_keys_answer_and_looks_go_on_while_it_searches(
    a_server: Running, redis: Redis
) -> None:
    await fill_stream(redis, LONG)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(listed(at)) == 100)
        await look_for(at, "nothing like it")
        await at.press("n")
        await at.until(lambda: "searching" in at.screen.entries.tally)
        assert at.screen.entries.searching
        await at.press("1")
        assert at.screen.entries.searching
        assert at.screen.current == "streams"
        await at.press("5", "n")
        assert "stopped after" in drawn(at.screen.entries)


async def test_when_the_server_dies_while_it_searches_a_sentence_says_so() -> None:
    with servers.running(named("valkey")) as server:
        redis = Redis.from_url(server.url, protocol=2)
        await fill_stream(redis, LONG)
        await redis.aclose()
        async with dashboard(server.url) as at:
            await at.go_to("orders", "5")
            await at.until(lambda: len(listed(at)) == 100)
            await look_for(at, "nothing like it")
            await at.press("n")
            await at.until(lambda: "searching" in at.screen.entries.tally)
            server.process.kill()
            await at.until(lambda: any("Search ended" in told for told in at.notices))
            assert not at.screen.entries.searching
            await at.press("escape")
            assert len(listed(at)) == 100


async def test_a_stream_that_is_trimmed_while_it_is_searched_ends_the_search(
    a_server: Running, redis: Redis
) -> None:
    await fill_stream(redis, LONG)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(listed(at)) == 100)
        await look_for(at, "nothing like it")
        await at.press("n")
        await at.until(lambda: "searching" in at.screen.entries.tally)
        await ask(redis, "XTRIM", "orders", "MAXLEN", 0)
        await at.until(lambda: not at.screen.entries.searching)
        assert "the end" in drawn(at.screen.entries)
