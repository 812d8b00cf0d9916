"""Entries are added by keys, from nothing or from one that is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import add, ask, entries

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def write(at: Dashboard, *pressed: str) -> None:
    """Wait for the form, press keys, and go on."""
    await at.until(lambda: at.in_form and at.app.focused is not None)
    await at.press(*pressed, "ctrl+s")


@pytest.mark.parametrize("pane", ["1", "5"], ids=["streams", "entries"])
async def test_capital_a_adds_an_entry_as_it_is_written(
    pane: str, every_server: Running, any_redis: Redis
) -> None:
    await ask(any_redis, "XADD", "orders", "5-1", "n", "1")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", pane)
        await at.press("A")
        await write(at, *"order: 7", "enter", *"state: new")
        await at.agree()
        await at.until(lambda: count(any_redis, 2))

    added = await entries(any_redis, "orders")
    assert added[1][1] == [b"order", b"7", b"state", b"new"]


async def count(redis: Redis, wanted: int) -> bool:
    """Whether orders holds so many entries."""
    return len(await entries(redis, "orders")) == wanted


async def test_what_is_no_field_is_refused_by_its_line(a_server: Running, redis: Redis) -> None:
    await add(redis, "orders", "n", "1")

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "1")
        await at.press("A")
        await write(at)
        await at.until(lambda: "An entry has at least one field" in at.said)
        await write(at, *"order: 7", "enter", *"state")
        await at.until(lambda: "Line 2: there is no colon after the name" in at.said)
        assert at.in_form
        await at.press("escape")
        await at.until(lambda: not at.in_form)

    assert len(await entries(redis, "orders")) == 1


async def test_capital_e_edits_a_copy_of_an_entry_and_leaves_the_entry_as_it_is(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    first = await add(redis, "orders", "a", "1", "a", "2", b"b\xff", b"\x00\n", "total", "9.5")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(at.screen.entries.rows) == 1)
        await at.press("E")
        await write(at, "end", "0")
        await at.until(lambda: at.asks)
        assert f"a changed copy of {first.decode()}" in at.said
        await at.agree()
        await at.until(lambda: count(redis, 2))

    before, after = await entries(redis, "orders")
    rest = [b"a", b"2", b"b\xff", b"\x00\n", b"total", b"9.5"]
    assert before == (first, [b"a", b"1", *rest])
    assert after[1] == [b"a", b"10", *rest]


async def test_an_entry_that_is_too_large_is_not_edited(a_server: Running, redis: Redis) -> None:
    await add(redis, "orders", "n", b"x" * 300_000)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "5")
        await at.until(lambda: len(at.screen.entries.rows) == 1)
        await at.press("E")
        await at.until(lambda: at.in_form)
        assert "It has 300 kB; up to 200 kB can be edited here." in at.said
        await at.press("enter")
        await at.until(lambda: not at.in_form)
        assert not at.asks
