"""Entries are replayed byte for byte, with or without their acknowledgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Checkbox, Input

from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import ask, entries, leave_pending, pending

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from textual.widget import Widget

    from tests.servers import Running

PAYLOADS: list[list[str | bytes]] = [
    [b"z", b"1", b"a", b"2", b"z", b"3", b"z", b"1"],
    [b"\x00\xff", b"\x89BIN\r\n\x1a\n\x00", b"", b""],
    [b"data", bytes(range(256)) * 40],
]
"""Duplicate names in an order of their own; bytes that are no text; nothing; a lot."""


async def go_to(at: Dashboard, kind: type[Widget], key: str) -> None:
    """Press Tab until such a widget has the focus."""
    for _ in range(5):
        if isinstance(at.app.focused, kind):
            return
        await at.press(key)
    raise AssertionError(f"{key} does not lead to {kind.__name__}")


async def tick(at: Dashboard) -> None:
    """Go to the box, tick it, and go back to the name."""
    await go_to(at, Checkbox, "tab")
    await at.press("space")
    await go_to(at, Input, "shift+tab")


@pytest.mark.parametrize("ticked", [False, True], ids=["kept", "acknowledged"])
@pytest.mark.parametrize("to", ["orders", "new"], ids=["same-stream", "new-stream"])
async def test_entries_are_replayed_byte_for_byte(
    to: str, ticked: bool, a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, payloads=PAYLOADS)
    before, held = await entries(redis, "orders"), await pending(redis, "orders", "billing")

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", len(PAYLOADS))
        await at.press("end", "space", "asterisk")
        assert at.marked == {row.id for row in held}
        await at.press("r", *("" if to == "orders" else to))
        if ticked:
            await tick(at)
        await at.press("enter")
        await at.until(lambda: at.asks)
        assert ("acknowledge the originals for billing" in at.said) == ticked
        await at.press("y")
        await at.until(lambda: at.tells)
        assert f"{len(PAYLOADS)} done" in at.said

    after = await entries(redis, "orders")
    copies = after[len(before) :] if to == "orders" else await entries(redis, to)
    assert after[: len(before)] == before
    assert [fields for _, fields in copies] == [list(fields) for fields in PAYLOADS]
    assert {row.id for row in await pending(redis, "orders", "billing")} == (
        set() if ticked else {row.id for row in held}
    )


async def test_an_original_that_moves_while_the_question_stands_is_neither_copied_nor_acknowledged(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    [first, second, third] = await leave_pending(redis)

    async with dashboard(every_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk", "r", *"new")
        await tick(at)
        await at.press("enter")
        await at.until(lambda: at.asks)
        await ask(redis, "XCLAIM", "orders", "billing", "thief", 0, second)
        await ask(redis, "XACK", "orders", "billing", third)
        await at.press("y")
        await at.until(lambda: at.tells)
        assert "1 done, 2 skipped" in at.said
        assert f"{second.decode()}  skipped: it moved to thief meanwhile" in at.said
        assert f"{third.decode()}  skipped: it is no longer pending: " in at.said
        assert f"{first.decode()}  done: copied as " in at.said

    assert [fields for _, fields in await entries(redis, "new")] == [[b"n", b"0"]]
    held = [(row.id, row.consumer) for row in await pending(redis, "orders", "billing")]
    assert held == [(second, b"thief")]


async def test_what_was_deleted_meanwhile_is_not_replayed(a_server: Running, redis: Redis) -> None:
    [first, _] = await leave_pending(redis, 2)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 2)
        await at.press("asterisk", "r", *"new")
        await tick(at)
        await at.press("enter")
        await at.until(lambda: at.asks)
        await ask(redis, "XDEL", "orders", first)
        await at.press("y")
        await at.until(lambda: at.tells)
        assert f"{first.decode()}  skipped: it is no longer in the stream" in at.said

    assert [fields for _, fields in await entries(redis, "new")] == [[b"n", b"1"]]
    assert [row.id for row in await pending(redis, "orders", "billing")] == [first]


async def test_enter_chooses_while_the_box_has_the_focus_too(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 1)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("r", *"new")
        await go_to(at, Checkbox, "tab")
        await at.press("space", "enter")
        await at.answer("y")
        await at.until(lambda: not at.ids)

    assert len(await entries(redis, "new")) == 1
    assert await pending(redis, "orders", "billing") == []


async def test_a_copy_in_the_same_stream_is_new_to_the_group(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 1)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("r", "enter")
        await at.answer("y")
        await at.until(lambda: at.screen.group is not None and at.screen.group.lag.count == 1)

    assert len(await entries(redis, "orders")) == 2
