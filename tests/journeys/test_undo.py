"""What was done is undone by a key, after a question of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway.connect import connect
from streamtop.journal.writer import Journal
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations.replay import Replay
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import add, ask, leave_pending, pending

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running


async def acknowledge_all(at: Dashboard, count: int) -> None:
    await at.go_to_pending("orders", count)
    await at.press("asterisk", "a")
    await at.answer("y")
    await at.until(lambda: at.tells)


async def test_an_acknowledgement_is_undone_as_it_was(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    ids = await leave_pending(redis, 3)
    await ask(redis, "XCLAIM", "orders", "billing", "w9", 0, ids[1], "IDLE", 600_000)
    before = await pending(redis, "orders", "billing")

    async with dashboard(a_server.url, journal=tmp_path / "journal.jsonl") as at:
        await acknowledge_all(at, 3)
        assert "u undoes it." in at.said
        assert await pending(redis, "orders", "billing") == []
        await at.press("u")
        await at.until(lambda: "Undo which operation?" in at.said)
        operations = at.app.screen.query_one("#operations")
        await at.until(lambda: operations.display)
        await at.press("enter")
        await at.answer("y")
        await at.until(lambda: at.tells)
        assert "3 done" in at.said

    after = await pending(redis, "orders", "billing")
    assert [(row.id, row.consumer, row.deliveries) for row in after] == [
        (row.id, row.consumer, row.deliveries) for row in before
    ]
    assert all(now.idle_ms >= then.idle_ms for now, then in zip(after, before, strict=True))


async def test_what_was_undone_is_not_undone_again_and_why_is_said(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await leave_pending(redis, 2)

    async with dashboard(a_server.url, journal=tmp_path / "journal.jsonl") as at:
        await acknowledge_all(at, 2)
        await at.press("u")
        await listed(at)
        await at.press("enter")
        await at.answer("y")
        await at.until(lambda: at.tells)
        assert "u undoes it." not in at.said
        await at.press("escape", "u")
        await listed(at)
        await at.press("enter")
        await at.until(lambda: any("itself an undo" in told for told in at.notices))
        await at.press("down", "enter")
        await at.until(lambda: any("undone already" in told for told in at.notices))
        assert not at.asks

    assert len(await pending(redis, "orders", "billing")) == 2


async def test_an_undo_of_a_position_says_how_many_entries_are_delivered_again(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await leave_pending(redis, 3)
    for number in range(4):
        last = await add(redis, "orders", "n", str(number))

    async with dashboard(a_server.url, journal=tmp_path / "journal.jsonl") as at:
        await at.go_to("orders", "2")
        await at.press("i")
        await at.fill("$")
        await at.agree()
        await at.until(lambda: any(last.decode() in told for told in at.notices))
        await at.press("u")
        await listed(at)
        await at.press("enter")
        await at.until(lambda: at.asks)
        said = " ".join(at.said.split())
        assert "4 entries" in said
        assert "All entries" not in said


async def test_an_undo_of_copies_says_how_many_were_never_answered(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    await leave_pending(redis, 2)
    source = await connect(a_server.url)
    try:
        held = PendingEntries(await source.pending("orders", "billing"))
        journal = Journal(path, source.info)
        replay = Replay("orders", "copies", held, rate=4.0)
        operation_id = journal.begin(replay)
        for number, step in enumerate(replay.steps(lambda: 0.0)):
            journal.sending(operation_id, step)
            if number == 0:
                [reply] = await source.write([step.command])
                assert not isinstance(reply, Exception)
                journal.sent(operation_id, step.read(reply))
    finally:
        await source.close()

    async with dashboard(a_server.url, journal=path) as at:
        await at.go_to_pending("orders", 2)
        await at.press("u")
        await listed(at)
        await at.press("enter")
        await at.until(lambda: at.asks)
        assert "1 entry was sent and never answered" in " ".join(at.said.split())


async def listed(at: Dashboard) -> None:
    await at.until(lambda: bool(at.app.screen.query("#operations")))
    await at.until(lambda: at.app.screen.query_one("#operations").display)


async def test_only_what_was_done_on_this_server_is_listed(
    every_server: Running, any_redis: Redis, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.jsonl"
    await leave_pending(any_redis, 1)
    async with dashboard(every_server.url, journal=journal) as at:
        await at.go_to_pending("orders", 1)
        await at.press("a")
        await at.answer("y")
        await at.until(lambda: not at.ids)
    lines = journal.read_text()
    journal.write_text(lines.replace(every_server.url.removeprefix("unix://"), "/elsewhere"))

    async with dashboard(every_server.url, journal=journal) as at:
        await at.until(lambda: at.screen.group is not None)
        await at.press("2", "u")
        await at.until(lambda: "no operation on this server" in at.said)


async def test_without_a_journal_the_key_says_so(a_server: Running, redis: Redis) -> None:
    await leave_pending(redis, 1)
    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("u")
        await at.until(lambda: any("No journal is kept" in told for told in at.notices))
        assert at.app.screen is at.screen


async def test_where_the_journal_cannot_be_written_nothing_is_sent(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await leave_pending(redis, 1)
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    async with dashboard(a_server.url, journal=nowhere / "journal.jsonl") as at:
        await at.go_to_pending("orders", 1)
        await at.press("a")
        await at.answer("y")
        await at.until(lambda: any("Not done" in told for told in at.notices))

    assert len(await pending(redis, "orders", "billing")) == 1
