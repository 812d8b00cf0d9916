"""A recovery is followed to its end: only what was acknowledged is recovered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.verdict import Thresholds
from tests.journeys.worker_processes import GROUP, STREAM, kill_in_the_middle, working
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import ask, leave_pending, pending

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running

AT_ONCE = Thresholds(stuck_ms=500, gone_ms=500)
"""Trouble is seen after half a second."""
APP = "faststream_orders.py"
LEFT = 5


async def killed_holding_orders(redis: Redis, url: str) -> None:
    """A FastStream app dies with five orders."""
    with working(APP, url, "1", "--stalls") as process:
        await kill_in_the_middle(redis, process)
    assert len(await pending(redis, STREAM, GROUP)) == LEFT


def verdict(at: Dashboard) -> tuple[str, str]:
    """The verdict on the selected group, and its reasons."""
    row = at.screen.groups.selected
    return ("", "") if row is None else (row.verdict.kind, " ".join(row.verdict.reasons))


async def take_over(at: Dashboard, to: str) -> None:
    """Take over what consumer 1 holds."""
    await at.go_to_consumer(STREAM, "1")
    await at.press("T")
    await at.fill("tab", "tab", *to)
    await at.agree()
    await at.until(lambda: at.tells)
    assert f"{LEFT} done" in at.said


async def test_what_an_app_took_over_that_reads_only_new_entries_is_never_called_recovered(
    every_server: Running, any_redis: Redis, tmp_path: Path
) -> None:
    redis = any_redis
    await killed_holding_orders(redis, every_server.url)
    with working(APP, every_server.url, "2"):
        journal = tmp_path / "journal.jsonl"
        async with dashboard(every_server.url, limits=AT_ONCE, journal=journal) as at:
            await take_over(at, "2")
            sentence = f"0 of {LEFT} acknowledged; {LEFT} still pending with 2"
            await at.until(lambda: f"{sentence}." in at.said)
            await at.press("escape")
            await at.until(lambda: sentence in verdict(at)[1])
            assert verdict(at)[0] != "ok"
            await at.until(lambda: verdict(at)[0] == "unrecovered")
            await at.press("w")
            await at.until(lambda: f"{sentence}, which has not read them for " in at.said)
            await at.press("escape")
            assert verdict(at)[0] == "unrecovered"
            assert await ask(redis, "EXISTS", "handled") == 0
        assert b'"record":"recovery"' in journal.read_bytes()


async def test_an_app_that_takes_pending_entries_over_works_on_them_to_the_end(
    redis: Redis, a_server: Running
) -> None:
    await killed_holding_orders(redis, a_server.url)
    async with dashboard(a_server.url, limits=AT_ONCE) as at:
        await take_over(at, "2")
        with working(APP, a_server.url, "2", "--min-idle", "300"):
            await at.until(lambda: f"all {LEFT} acknowledged." in at.said)
        await at.press("escape")
        await at.until(lambda: any(f"All {LEFT} acknowledged." in told for told in at.notices))
        await at.until(lambda: verdict(at)[0] == "ok")
    assert int(await ask(redis, "GET", "handled")) == LEFT


async def test_where_nobody_retries_a_replay_is_proposed_and_recovers(
    redis: Redis, a_server: Running
) -> None:
    await killed_holding_orders(redis, a_server.url)
    with working(APP, a_server.url, "2"):
        async with dashboard(a_server.url, limits=AT_ONCE) as at:
            await at.go_to_consumer(STREAM, "1")
            await at.press("H")
            await at.until(lambda: at.in_form)
            assert "Nobody in this group was seen to take pending entries over" in at.said
            await at.press("ctrl+r")
            await at.until(lambda: at.asks)
            assert f"Replay {LEFT} entries" in at.said
            assert f"acknowledge the originals for {GROUP}" in at.said
            await at.agree()
            await at.until(lambda: f"all {LEFT} copies acknowledged." in at.said)
    assert int(await ask(redis, "GET", "handled")) == LEFT


async def test_where_entries_were_retried_before_no_replay_is_proposed(
    redis: Redis, a_server: Running
) -> None:
    await leave_pending(redis, 2, deliveries=3)
    async with dashboard(a_server.url) as at:
        await at.go_to_consumer("orders", "dead")
        await at.press("H")
        await at.until(lambda: at.in_form)
        assert "Nobody in this group" not in at.said
        await at.press("ctrl+r")
        assert at.in_form


async def test_who_holds_the_entries_is_not_proposed_as_their_next_consumer(
    redis: Redis, a_server: Running
) -> None:
    ids = await leave_pending(redis, 2)
    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 2)
        await at.press("asterisk", "c")
        await at.fill(*"dead")
        await at.until(lambda: "They are held by dead already." in at.said)
        await at.press("escape")

        await ask(redis, "XCLAIM", "orders", "billing", "gone", 0, ids[0])
        await at.until(lambda: at.holders == {"dead", "gone"})
        await at.press("U", "asterisk", "c")
        await at.fill()
        await at.until(lambda: "Type or choose a name." in at.said)
        assert at.in_form


async def test_an_undone_acknowledgement_does_not_make_a_dead_consumer_alive(
    redis: Redis, a_server: Running, tmp_path: Path
) -> None:
    await leave_pending(redis, 2)
    async with dashboard(a_server.url, journal=tmp_path / "journal.jsonl") as at:
        await at.until(lambda: idle_of(at, "dead") > 1_500)
        await at.go_to_pending("orders", 2)
        await at.press("asterisk", "a")
        await at.answer("y")
        await at.until(lambda: at.tells)
        before = idle_of(at, "dead")
        await at.press("u")
        await at.until(lambda: "Undo which operation?" in at.said)
        operations = at.app.screen.query_one("#operations")
        await at.until(lambda: operations.display)
        await at.press("enter")
        await at.answer("y")
        await at.until(lambda: at.tells)
        assert "0 of 2 acknowledged; 2 still pending with dead." in at.said
        await at.look_again()
        await at.look_again()
        assert idle_of(at, "dead") >= before


def idle_of(at: Dashboard, name: str) -> int:
    """The idle time of a consumer, as it is shown."""
    assert at.app.snapshot is not None
    seen = at.app.snapshot.streams[0].groups[0].consumers if at.app.snapshot.streams else ()
    return next((each.idle_ms for each in seen if each.name == name), 0)
