"""Workers are killed in the middle of work; what they left is recovered by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.model import verdict
from streamtop.model.verdict import Thresholds
from tests.journeys.worker_processes import (
    GROUP,
    STREAM,
    faststream_was_killed,
    reliable_worker_was_killed,
    working,
)
from tests.kit.pilot import SMALL, WIDE, Dashboard, dashboard
from tests.kit.server_state import consumers, entries, pending, work_elsewhere

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

    from tests.servers import Running

    WasKilled = Callable[[Redis, str], Awaitable[tuple[str, ...]]]

AT_ONCE = Thresholds(stuck_ms=200, gone_ms=200)
"""Trouble is seen after a fifth of a second."""


@pytest.mark.parametrize("was_killed", [faststream_was_killed, reliable_worker_was_killed])
async def test_what_a_killed_worker_left_is_seen_stuck_claimed_and_acknowledged(
    was_killed: Callable[[Redis, str], Awaitable[tuple[str, ...]]],
    every_server: Running,
    any_redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verdict, "PATIENCE_MS", 200)
    redis = any_redis
    texts = await was_killed(redis, every_server.url)
    count = len(texts)
    await work_elsewhere(redis, STREAM, GROUP, "2")
    left = await pending(redis, STREAM, GROUP)
    before = await entries(redis, STREAM)
    assert [(row.consumer, row.deliveries) for row in left] == [(b"1", 1)] * count

    async with dashboard(every_server.url, limits=AT_ONCE) as at:
        await at.go_to_pending(STREAM, count)
        await see_them_stuck(at, texts)
        assert at.ids == [row.id for row in left]

        await at.press("asterisk", "c", "2", "enter")
        await at.until(lambda: at.asks)
        assert f"EVAL <script 1> 1 {STREAM} {GROUP} 2 " in at.said
        assert "'XCLAIM'" in at.said
        assert all(row.id.decode() in at.said for row in left)
        await at.press("y")
        await at.until(lambda: at.tells)
        assert f"{count} done" in at.said

        claimed = await pending(redis, STREAM, GROUP)
        assert [row.id for row in claimed] == [row.id for row in left]
        assert [(row.consumer, row.deliveries) for row in claimed] == [(b"2", 1)] * count

        await at.press("escape")
        await at.until(lambda: at.holders == {"2"})
        await at.press("asterisk", "a")
        await at.answer("y")
        await at.until(lambda: at.tells)
        assert f"{count} done" in at.said

        assert await pending(redis, STREAM, GROUP) == []
        assert await entries(redis, STREAM) == before
        assert await consumers(redis, STREAM, GROUP) == {b"1", b"2"}

        await at.press("escape")
        await at.until(lambda: not at.ids)
        await at.until(lambda: at.screen.group is not None and at.screen.group.pending == 0)


async def see_them_stuck(at: Dashboard, texts: tuple[str, ...]) -> None:
    """The group is stuck, its dead consumer gone where the server can tell, payloads are read."""
    screen = at.screen

    def kind() -> str:
        row = screen.groups.selected
        return "" if row is None else row.verdict.kind

    await at.until(lambda: kind() == "stuck")
    assert at.app.snapshot is not None
    if at.app.snapshot.server.idle_means_attempt:
        await at.until(
            lambda: any(row.gone for row in screen.consumers.rows if row.consumer.name == "1")
        )
    await at.until(lambda: all(row.payload is not None for row in screen.pending.rows))
    told = [row.payload.summary.replace(" ", "") for row in screen.pending.rows if row.payload]
    assert all(text in summary for text, summary in zip(texts, told, strict=True))
    assert at.holders == {"1"}


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["200x50", "80x24"])
async def test_the_recovery_goes_by_enter_and_escape_alone_from_pane_to_pane(
    size: tuple[int, int], a_server: Running, redis: Redis
) -> None:
    count = len(await reliable_worker_was_killed(redis, a_server.url))

    async with dashboard(a_server.url, size=size) as at:
        await at.until(lambda: at.screen.stream is not None)
        assert at.screen.panes.one_pane == (size == SMALL)
        for pane in ("groups", "consumers", "pending"):
            await at.press("enter")
            await at.until(lambda pane=pane: at.screen.current == pane)  # type: ignore[misc]
        assert at.screen.pending.only == "1"
        await at.until(lambda: len(at.ids) == count)
        first = at.ids[0]

        await at.press("c", *"w2", "enter")
        await at.answer("y")
        await at.until(lambda: len(at.ids) == count - 1)
        held = {row.id: row.consumer for row in await pending(redis, STREAM, GROUP)}
        assert held[first] == b"w2"
        assert sorted(held.values()) == [b"1"] * (count - 1) + [b"w2"]

        await at.press("asterisk", "a")
        await at.answer("y")
        await at.until(lambda: at.tells)
        assert [row.id for row in await pending(redis, STREAM, GROUP)] == [first]

        await at.press("escape", "escape")
        await at.until(lambda: at.screen.current == "consumers")
        await at.press("escape")
        await at.until(lambda: at.screen.current == "groups")
        await at.press("escape")
        await at.until(lambda: at.screen.current == "streams")


async def test_what_a_retrying_worker_takes_over_is_seen_as_deliveries_that_grow(
    a_server: Running, redis: Redis
) -> None:
    await reliable_worker_was_killed(redis, a_server.url)
    _, malformed, _ = [row.id for row in await pending(redis, STREAM, GROUP)]

    with working("reliable_worker.py", a_server.url, "2"):
        async with dashboard(a_server.url) as at:
            await at.until(lambda: at.screen.group is not None)
            await at.press("4")
            await at.until(lambda: at.ids == [malformed] and at.holders == {"2"})
            before = at.screen.pending.rows[0].entry.deliveries
            await at.until(lambda: at.screen.pending.rows[0].entry.deliveries > before + 1)
            await at.until(lambda: at.screen.groups.rows[0].verdict.kind == "poison")

            await at.press("a")
            await at.answer("y")
            await at.until(lambda: not at.ids)
            assert await pending(redis, STREAM, GROUP) == []
