from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from streamtop.gateway.connect import connect
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.operation import PriorState, script
from streamtop.source import RefusedError
from tests.operations.scene import (
    GROUP,
    IDLE_MS,
    RAW_GROUP,
    RAW_STREAM,
    STRANGER,
    STREAM,
    Pairs,
    Plan,
    Scene,
    Touch,
    choices,
    on_a_server,
    plans,
    scenes,
    touches,
)

if TYPE_CHECKING:
    from tests.servers import Running

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


@on_a_server
@given(entries=scenes, plan=touches, asked=choices)
async def test_only_what_was_asked_and_did_not_move_is_acknowledged_and_each_outcome_is_true(
    scene: Scene, entries: list[Pairs], plan: list[Touch], asked: set[int]
) -> None:
    ids = await scene.begin(entries)
    seen = PendingEntries(row for n, row in enumerate(await scene.seen()) if n in asked)
    await scene.play(plan, ids)
    before = await scene.state()
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    after = await scene.state()

    wanted = {row.id for row in seen if before.holder(row.id) == row.consumer}
    assert after.pending == {
        entry_id: held for entry_id, held in before.pending.items() if entry_id not in wanted
    }
    assert {each.id: each.outcome for each in receipt.outcomes} == {
        entry_id: "done" if entry_id in wanted else "skipped" for entry_id in seen.ids
    }
    assert [each.id for each in receipt.outcomes] == seen.ids
    assert (after.entries, after.consumers) == (before.entries, before.consumers)
    assert all(each.reason for each in receipt.outcomes if each.outcome != "done")


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(entries=scenes, plan=plans)
async def test_what_others_do_between_two_batches_is_respected_and_every_entry_is_accounted_for(
    scene: Scene, entries: list[Pairs], plan: Plan
) -> None:
    await scene.begin(entries)
    seen = PendingEntries(await scene.seen())
    scene.meanwhile(plan)
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())

    outcomes = {each.id: each for each in receipt.outcomes}
    assert list(outcomes) == seen.ids
    assert len(scene.rounds) == (len(seen) + 1) // 2
    for number, each in enumerate(scene.rounds):
        expected = dict(each.before.pending)
        for row in seen[2 * number : 2 * number + 2]:
            holder, count = each.before.pending.get(row.id, (b"", 0))
            as_it_was = holder == row.consumer.encode("utf-8", "surrogateescape")
            if as_it_was:
                del expected[row.id]
                was = outcomes[row.id].was
                assert outcomes[row.id].outcome == "done"
                assert was is not None
                assert was.deliveries == count
                assert 0 <= was.idle_ms - each.before.idle[row.id] < 1_000
            else:
                assert outcomes[row.id].outcome == "skipped"
        assert each.after.pending == expected
        assert each.after.entries == each.before.entries
        assert each.after.consumers == each.before.consumers


async def test_an_entry_that_another_consumer_claimed_is_left_to_it_though_it_looks_idle(
    scene: Scene,
) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("claim_idle", entry_id)
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it moved to carol meanwhile")
    assert (await scene.state()).pending[entry_id][0] == STRANGER


async def test_an_entry_that_its_holder_was_given_again_is_acknowledged(scene: Scene) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("read_again", entry_id)
    assert (await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())).clean
    assert (await scene.state()).pending == {}


async def test_what_is_shown_is_what_is_sent(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries((await scene.seen())[1:3])
    operation = Acknowledge(STREAM, GROUP, seen)
    now = time.monotonic()
    [step] = operation.steps(lambda: now)
    assert step.command == (
        *(b"EVAL", script("held", "acknowledge"), b"1", RAW_STREAM, RAW_GROUP),
        *(b"2-2", b"alice", b"0", b"3-0", b"bob\xff", b"0"),
    )
    receipt = await apply(operation, scene, NoLog())
    [sent] = scene.written
    assert sent == step.command
    assert (list(step.ids), list(step.rows)) == (operation.ids, list(seen))
    assert receipt.clean
    assert str(receipt) == "2 done"


async def test_how_an_entry_was_pending_is_told_for_the_journal(scene: Scene) -> None:
    ids = await scene.begin(PAIRS[:2])
    await scene.set_count(ids[1], 2**63 - 1)
    seen = PendingEntries(await scene.seen())
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    kept = [each.was for each in receipt.outcomes if each.was is not None]
    assert [each.deliveries for each in kept] == [1, 2**63 - 1]
    assert all(IDLE_MS <= each.idle_ms < IDLE_MS + 60_000 for each in kept)
    assert isinstance(kept[0], PriorState)


async def test_an_entry_whose_payload_is_gone_can_be_acknowledged(scene: Scene) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("delete", entry_id)
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    assert receipt.clean
    assert (await scene.state()).pending == {}


@pytest.mark.parametrize(
    "command",
    [("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP), ("DEL", RAW_STREAM), ("SET", RAW_STREAM, "x")],
)
async def test_a_group_that_vanished_meanwhile_is_told_entry_by_entry(
    scene: Scene, command: tuple[str | bytes, ...]
) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    await scene.ask(*command)
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    assert [each.outcome for each in receipt.outcomes] == ["failed"] * 5
    assert all("the server refused" in (each.reason or "") for each in receipt.outcomes)
    assert receipt.error is not None
    assert not receipt.clean


async def test_read_only_nothing_is_sent(scene: Scene, every_server: Running) -> None:
    await scene.begin(PAIRS)
    seen, before = PendingEntries(await scene.seen()), await scene.state()
    reader = await connect(every_server.url, read_only=True)
    try:
        receipt = await apply(Acknowledge(STREAM, GROUP, seen), reader, NoLog())
    finally:
        await reader.close()
    assert isinstance(receipt.error, RefusedError)
    assert (receipt.done, receipt.left, receipt.outcomes) == (0, 5, ())
    assert await scene.state() == before


async def test_a_thousand_entries_are_acknowledged_in_one_go(scene: Scene) -> None:
    await scene.begin(PAIRS[:1])
    for number in range(2, 1001):
        await scene.ask("XADD", RAW_STREAM, f"{number}-0", "n", number)
    await scene.ask("XREADGROUP", "GROUP", RAW_GROUP, "alice", "STREAMS", RAW_STREAM, ">")
    seen = PendingEntries(await scene.source.pending(STREAM, GROUP, count=1000))
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    assert str(receipt) == "1,000 done"
    assert len(scene.written) == 10
    assert (await scene.state()).pending == {}
