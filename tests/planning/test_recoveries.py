"""Recoveries of a session: which entries are followed, and how little is asked for."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.journal.past_operations import read_operations
from streamtop.journal.writer import Journal
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.redrive import Redrive, Route
from streamtop.operations.replay import Replay
from streamtop.operations.restore_pending import RestorePending
from streamtop.operations.undo_copy import Copied, UndoCopy
from streamtop.planning.moved_entries import MovedEntries
from streamtop.planning.plan import Plan, PlanContext
from streamtop.planning.recoveries import A_LOOK, Recoveries
from streamtop.planning.undo import plan_undo
from streamtop.source import MissingError, UnreachableError
from tests.fakes import (
    NOW_MS,
    SERVER,
    FakeSource,
    consumer,
    group,
    pending_entries,
    snapshot,
    stream,
)

if TYPE_CHECKING:
    from pathlib import Path

    from streamtop.model.entries import PendingEntry
    from streamtop.model.recovery import Recovery
    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Operation

KEY = "orders", "billing"


def looking(*groups: str) -> Snapshot:
    seen = [group(name, consumer("w1"), consumer("w2"), pending=9) for name in groups]
    return snapshot(stream("orders", *seen or [group(pending=9)]), stream("other", *seen))


def rows(count: int, consumer: str = "w1") -> list[PendingEntry]:
    return pending_entries(count, consumer=consumer)


async def run(
    recoveries: Recoveries, operation: Operation, look: Snapshot, source: FakeSource | None = None
) -> list[Recovery]:
    """Run an operation that the server does as a whole, and follow what it moved."""
    moved = MovedEntries(operation, NoLog())
    await Plan(operation).run(source or FakeSource(), moved)
    return recoveries.begin(moved, "7-a", operation.verb, look)


def claim(count: int) -> Claim:
    return Claim(*KEY, "w2", PendingEntries(rows(count)))


async def look(recoveries: Recoveries, source: FakeSource) -> list[Recovery]:
    return await recoveries.look(source, await source.look())


async def test_at_one_look_few_entries_are_asked_for_and_after_some_looks_all() -> None:
    recoveries = Recoveries()
    [recovery] = await run(recoveries, claim(1_200), looking())
    source = FakeSource(looking("billing"), held={KEY: rows(10, "w2")})
    seen = []
    for _ in range(3):
        await look(recoveries, source)
        seen.append(recoveries.state(recovery).acknowledged)
    assert seen == [A_LOOK - 10, 2 * A_LOOK - 10, 1_190]
    assert recoveries.in_words(recovery) == (
        "1,190 of 1,200 acknowledged; 10 still pending with w2."
    )


async def test_one_that_finished_is_reported_once_and_nothing_more_is_asked() -> None:
    recoveries = Recoveries()
    [recovery] = await run(recoveries, claim(3), looking())
    source = FakeSource(looking("billing"), held={KEY: []})
    assert await look(recoveries, source) == [recovery]
    assert recoveries.state(recovery).recovered
    before = list(source.asked)
    assert await look(recoveries, source) == []
    assert source.asked == [*before, "look"]


async def test_a_look_from_before_the_operation_says_nothing() -> None:
    recoveries = Recoveries()
    [recovery] = await run(recoveries, claim(3), looking())
    early = replace(looking("billing"), at=time.monotonic() - 10)
    assert await recoveries.look(FakeSource(early, held={KEY: []}), early) == []
    assert recoveries.state(recovery).acknowledged == 0


async def test_a_server_that_cannot_be_asked_is_asked_again() -> None:
    recoveries = Recoveries()
    [recovery] = await run(recoveries, claim(3), looking())
    source = FakeSource(looking("billing"), held={KEY: []})
    source.failures["pending_now"] = UnreachableError("no answer")
    assert await look(recoveries, source) == []
    assert recoveries.state(recovery).acknowledged == 0
    source.failures["pending_now"] = MissingError("The group is gone.")
    assert await look(recoveries, source) == [recovery]
    assert "The group is gone" in recoveries.in_words(recovery)


async def test_copies_are_followed_in_each_group_of_their_stream() -> None:
    recoveries = Recoveries()
    ids = tuple(row.id for row in rows(2))
    begun = await run(recoveries, Replay("orders", "other", ids), looking("a", "b"))
    assert [(each.aim.stream, each.aim.group) for each in begun] == [("other", "a"), ("other", "b")]
    routes = [Route(ids[0], "orders"), Route(ids[1], "other")]
    begun = await run(recoveries, Redrive("orders:dead", routes), looking("a"))
    assert [each.aim.stream for each in begun] == ["orders", "other"]


async def test_what_is_replayed_and_acknowledged_is_followed_in_its_group_alone() -> None:
    recoveries = Recoveries()
    operation = Replay("orders", "orders", PendingEntries(rows(2)), acknowledge="billing")
    [recovery] = await run(recoveries, operation, looking("billing", "mail"))
    assert (recovery.aim.group, recovery.aim.copies) == ("billing", True)


async def test_an_acknowledgement_is_an_end() -> None:
    recoveries = Recoveries()
    operation = Acknowledge(*KEY, PendingEntries(rows(2)))
    assert await run(recoveries, operation, looking("billing")) == []


async def test_what_is_moved_again_is_followed_as_the_last_operation_left_it() -> None:
    recoveries = Recoveries()
    [first] = await run(recoveries, claim(3), looking())
    undo = RestorePending(*KEY, PendingEntries(rows(3)), undoes="7-a", holder="w2")
    [second] = await run(recoveries, undo, looking())
    assert recoveries.state(first).superseded == 3
    assert recoveries.state(second).held == {"w1": 3}
    assert recoveries.all == [second, first]


async def test_copies_that_an_undo_deletes_are_not_waited_for() -> None:
    recoveries = Recoveries()
    operation = Replay("orders", "orders", PendingEntries(rows(1)), acknowledge="billing")
    [copies] = await run(recoveries, operation, looking("billing"))
    [original] = rows(1)
    undo = UndoCopy(
        "orders", [Copied(EntryId(NOW_MS, 0), "orders", original)], undoes="7-a", group="billing"
    )
    source = FakeSource(answer=lambda _: [[b"done"]])
    [restored] = await run(recoveries, undo, looking("billing"), source)
    assert recoveries.state(copies).superseded == 1
    assert recoveries.state(restored).held == {"w1": 1}


async def test_the_consumer_that_got_entries_is_as_idle_as_before() -> None:
    recoveries = Recoveries()
    before = snapshot(
        stream("orders", group("billing", consumer("w2", idle_ms=900_000), pending=3)),
        at=time.monotonic(),
    )
    await run(recoveries, claim(3), before)
    after = replace(
        snapshot(stream("orders", group("billing", consumer("w2", idle_ms=2_000), pending=3))),
        at=time.monotonic() + 2,
    )
    [seen] = recoveries.touched.as_before(after).streams[0].groups[0].consumers
    assert 901_900 <= seen.idle_ms <= 903_000


async def test_a_recovery_that_goes_on_or_halts_is_a_finding_of_its_group() -> None:
    now = 100.0
    recoveries = Recoveries(lambda: now)
    assert recoveries.findings(60_000) == {}
    await run(recoveries, claim(3), looking())
    now = 101.0
    [finding] = recoveries.findings(60_000)[KEY]
    assert (finding.kind, finding.sentence) == (
        "slow",
        "claim 1.0 s ago: 0 of 3 acknowledged; 3 still pending with w2.",
    )
    now = 160.0
    [finding] = recoveries.findings(60_000)[KEY]
    assert finding.kind == "unrecovered"


async def test_an_undo_says_whose_idle_times_it_restarts(tmp_path: Path) -> None:
    kept = tmp_path / "journal.jsonl"
    operation = Acknowledge(*KEY, PendingEntries(rows(2, "dead")))
    await apply(operation, FakeSource(), Journal(kept, SERVER))
    [done] = read_operations(kept).operations
    undo = RestorePending(*KEY, PendingEntries(rows(2, "dead")), undoes=done.id, holder=None)
    consumers = consumer("dead", idle_ms=7_200_000), consumer("w2", idle_ms=7_200_000)
    seen = snapshot(stream("orders", group("billing", *consumers)))
    plan = await plan_undo(PlanContext(FakeSource(), seen), done, undo)
    [note] = plan.notes
    assert note.startswith("Putting entries back restarts the idle time of dead (2 h)")
