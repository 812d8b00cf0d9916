"""Dead letters go back to where they came from, by a key, after it was shown where that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import add, ask, entries, leave_pending, pending

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def dead_letters(redis: Redis) -> None:
    """Dead letters of two streams, and one that tells nothing."""
    for name, count in (("orders", 3), ("payments", 1)):
        await add(redis, name, "n", "0")
        for n in range(count):
            await add(redis, "dead", "n", str(n), "streamtop-origin-stream", name)
    await add(redis, "dead", "n", "9")


async def test_capital_r_shows_where_dead_letters_came_from_and_sends_them_back(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await dead_letters(redis)

    async with dashboard(every_server.url) as at:
        await at.go_to("dead", "1")
        await at.press("R")
        await at.until(lambda: "3  to orders" in at.said)
        told = [line.strip() for line in at.said.splitlines()]
        assert "3  to orders" in told
        assert "1  to payments" in told
        assert "Not included: 1 entry of unknown origin." in told
        await at.fill()
        await at.agree()
        await at.until(lambda: at.tells)
        assert "4 done" in at.said

    assert [f[:2] for _, f in (await entries(redis, "orders"))[1:]] == [
        [b"n", b"%d" % n] for n in range(3)
    ]
    assert len(await entries(redis, "payments")) == 2
    assert [fields for _, fields in await entries(redis, "dead")] == [[b"n", b"9"]]


async def test_marked_entries_are_redriven_and_may_stay_where_they_are(
    a_server: Running, redis: Redis
) -> None:
    await dead_letters(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to("dead", "5")
        await at.until(lambda: len(at.screen.entries.rows) == 5)
        await at.press("end", "space", "R")
        await at.fill("space")
        await at.agree()
        await at.until(lambda: has(redis, "orders", 2))

    assert len(await entries(redis, "dead")) == 5
    assert len(await entries(redis, "payments")) == 1


async def has(redis: Redis, stream: str, count: int) -> bool:
    """Whether the stream holds so many entries."""
    return len(await entries(redis, stream)) == count


async def test_where_no_entry_tells_where_it_came_from_that_is_said(
    a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "n", "1")

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "1")
        await at.press("R")
        await at.until(lambda: at.in_form)
        assert "No entry tells where it came from." in at.said
        await at.press("escape")
        await at.until(lambda: not at.in_form)
        assert not at.asks


async def test_what_was_dead_lettered_comes_back_as_it_was(a_server: Running, redis: Redis) -> None:
    await leave_pending(redis, payloads=[[b"a", b"1", b"a", b"\xff\x00"]])

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("D")
        await at.fill("tab", *"bad")
        await at.agree()
        await at.until(lambda: has(redis, "orders:dead", 1))
        await at.leave()
        await at.go_to("orders:dead", "1")
        await at.press("R")
        await at.fill()
        await at.agree()
        await at.until(lambda: has(redis, "orders", 2))

    back = (await entries(redis, "orders"))[1][1]
    assert back[:4] == [b"a", b"1", b"a", b"\xff\x00"]
    assert await pending(redis, "orders", "billing") == []
    assert await ask(redis, "XLEN", "orders:dead") == 0
