"""Many entries at once: marked by what they have in common, done in batches, stopped between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import SMALL, Dashboard, dashboard
from tests.kit.server_state import ask, leave_pending, pending, read

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running

MANY = 1_234
"""More than are loaded at once into the pane."""


async def mark_by(at: Dashboard, **conditions: str) -> None:
    """Press b and fill in the form."""
    await at.press("b")
    await at.until(lambda: at.app.screen is not at.screen)
    for field in ("idle", "deliveries", "consumer", "contains"):
        await at.press(*conditions.get(field, ""), "tab")
    await at.press("enter")


async def go_to_many(at: Dashboard) -> None:
    await at.until(lambda: at.screen.group is not None)
    await at.press("4")
    await at.until(lambda: len(at.ids) > 0)


async def test_all_entries_of_a_group_are_marked_though_few_are_loaded(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, MANY)

    async with dashboard(a_server.url) as at:
        await go_to_many(at)
        await mark_by(at)
        await at.until(lambda: len(at.screen.pending.marks) == MANY)
        assert len(at.ids) < MANY
        assert at.marked == set(ids)
        assert "1,234 marked" in str(at.screen.pending.border_subtitle)

        await at.press("a")
        await at.until(lambda: at.asks)
        assert "Acknowledge 1,234 entries of orders for billing?" in at.said
        await at.press("y")
        await at.until(lambda: at.tells)
        assert "1,234 done" in at.said
        await at.press("escape")
        assert not at.screen.pending.marks

    assert await pending(redis, "orders", "billing") == []


async def test_marked_are_those_for_which_all_conditions_hold(
    a_server: Running, redis: Redis
) -> None:
    payloads = [("n", str(number)) for number in range(30)]
    ids = await leave_pending(redis, payloads=payloads)
    await ask(redis, "XCLAIM", "orders", "billing", "w9", 0, *ids[10:], "IDLE", 600_000)
    await ask(redis, "XCLAIM", "orders", "billing", "w9", 0, *ids[20:], "IDLE", 600_000)
    await ask(redis, "XCLAIM", "orders", "billing", "w8", 0, ids[29], "IDLE", 600_000)

    async with dashboard(a_server.url, size=SMALL) as at:
        await at.go_to_pending("orders", 30)
        await mark_by(at, idle="5m", deliveries="3", consumer="w9", contains="5")
        await at.until(lambda: len(at.screen.pending.marks) > 0)
        assert at.marked == {ids[25]}
        await at.press("U")
        assert at.marked == set()
        await mark_by(at, idle="5m", deliveries="3")
        await at.until(lambda: at.marked == set(ids[20:]))


async def test_what_is_marked_can_be_marked_and_unmarked_one_by_one(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 5)
    await ask(redis, "XCLAIM", "orders", "billing", "w9", 0, *ids[:3])

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 5)
        await mark_by(at, consumer="w9")
        await at.until(lambda: at.marked == set(ids[:3]))
        await at.press("home", "space", "end", "space")
        assert at.marked == {ids[1], ids[2], ids[4]}
        await at.press("a")
        await at.answer("y")
        await at.until(lambda: at.tells)

    assert [row.id for row in await pending(redis, "orders", "billing")] == [ids[0], ids[3]]


async def test_from_the_consumers_those_of_the_selected_one_are_meant(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 5)
    await ask(redis, "XCLAIM", "orders", "billing", "alice", 0, *ids[:3])

    async with dashboard(a_server.url) as at:
        await at.until(lambda: len(at.screen.consumers.rows) == 2)
        await at.press("3")
        at.screen.consumers.select("alice")
        await at.press("b")
        await at.until(lambda: at.app.screen is not at.screen)
        await at.press("enter")
        await at.until(lambda: at.screen.current == "pending")
        assert at.marked == set(ids[:3])


async def test_what_cannot_be_a_condition_is_said_and_nothing_is_marked(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 2)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 2)
        for conditions in ({"idle": "soon"}, {"deliveries": "-1"}):
            await mark_by(at, **conditions)
            await at.until(lambda: "such as" in at.said)
            await at.press("escape")
            await at.until(lambda: at.app.screen is at.screen)
        await mark_by(at, contains="nowhere")
        await at.until(lambda: any("nothing is marked" in told for told in at.notices))
        assert at.marked == set()


async def test_entries_delivered_after_the_marks_are_not_meant(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 3)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await mark_by(at)
        await at.until(lambda: at.marked == set(ids))
        await ask(redis, "XADD", "orders", "*", "n", "later")
        [later] = await read(redis, "orders", "billing", "dead")
        await at.until(lambda: len(at.ids) == 4)
        await at.press("a")
        await at.answer("y")
        await at.until(lambda: at.tells)

    assert [row.id for row in await pending(redis, "orders", "billing")] == [later]


async def test_a_replay_that_is_stopped_tells_exactly_what_was_done(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    ids = await leave_pending(redis, 600)

    async with dashboard(a_server.url, journal=tmp_path / "journal.jsonl") as at:
        await go_to_many(at)
        await slow_replay(at)
        await at.until(lambda: "stopping…" in at.said or "a second" in at.said)
        await at.press("x")
        await at.until(lambda: at.tells)
        copied = await ask(redis, "XLEN", "copies")
        assert 0 < copied < 600
        assert f"{copied:,} done, {600 - copied:,} not reached" in at.said
        await at.press("escape")
        assert at.marked == set(ids[copied:])

    assert await ask(redis, "XLEN", "copies") == copied


async def test_what_is_under_way_at_quitting_ends_after_its_batch_and_is_told(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await leave_pending(redis, 600)

    journal = tmp_path / "journal.jsonl"
    async with dashboard(a_server.url, journal=journal) as at:
        await go_to_many(at)
        await slow_replay(at)
        await at.until(lambda: "a second" in at.said)
        await at.quit_by("ctrl+q")

    copied = await ask(redis, "XLEN", "copies")
    assert 0 < copied < 600
    assert f"{copied:,} done, {600 - copied:,} not reached" in at.app.last_words
    assert '"record":"end"' in journal.read_text().splitlines()[-1].replace(" ", "")


async def slow_replay(at: Dashboard) -> None:
    """Replay all that is pending, a hundred a second, and wait for the bar."""
    from streamtop.operations.replay import Replay
    from streamtop.planning.plan import Plan
    from streamtop.ui.dialogs.progress import ShowProgress

    await mark_by(at)
    await at.until(lambda: len(at.screen.pending.marks) == 600)
    replay = Replay("orders", "copies", at.screen.pending.chosen, rate=100)
    at.app.run_worker(at.app.operations.confirm(Plan(replay)), group="act")
    await at.answer("y")
    await at.until(lambda: isinstance(at.app.screen, ShowProgress))
