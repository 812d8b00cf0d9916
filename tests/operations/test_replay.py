from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.operation import PriorState
from streamtop.operations.replay import Replay
from tests.operations.scene import (
    COPIES,
    GROUP,
    IDLE_MS,
    RAW_COPIES,
    STREAM,
    Pairs,
    Scene,
    Touch,
    choices,
    on_a_server,
    scenes,
    touches,
)

if TYPE_CHECKING:
    from random import Random

    from streamtop.operations import Receipt

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


async def held(scene: Scene) -> PendingEntries:
    return PendingEntries(await scene.seen())


async def run(scene: Scene, operation: Replay) -> Receipt:
    return await apply(operation, scene, NoLog(), keep=None)


@on_a_server
@given(entries=scenes, plan=touches, asked=choices, shuffled=st.randoms(use_true_random=False))
async def test_an_entry_is_copied_exactly_if_it_is_acknowledged_and_only_as_it_was_seen(
    scene: Scene,
    entries: list[Pairs],
    plan: list[Touch],
    asked: set[int],
    shuffled: Random,
) -> None:
    ids = await scene.begin(entries)
    seen = [row for n, row in enumerate(await scene.seen()) if n in asked]
    shuffled.shuffle(seen)
    moved = await scene.play(plan, ids)
    before = await scene.state()
    receipt = await run(scene, Replay(STREAM, COPIES, PendingEntries(seen), GROUP))
    after = await scene.state()

    expected = {row.id for row in seen if row.id in before.entries and row.id not in moved}
    done = [each.id for each in receipt.outcomes if each.outcome == "done"]
    assert done == sorted(expected)
    assert after.copies == [before.entries[entry_id] for entry_id in sorted(expected)]
    assert after.pending == {
        entry_id: held for entry_id, held in before.pending.items() if entry_id not in expected
    }
    assert after.entries == before.entries
    assert after.consumers == before.consumers
    assert [each.id for each in receipt.outcomes] == sorted(row.id for row in seen)
    assert all(each.reason for each in receipt.outcomes)


@on_a_server
@given(entries=scenes, plan=touches, asked=choices)
async def test_without_acknowledgement_every_entry_that_exists_is_copied_byte_for_byte(
    scene: Scene, entries: list[Pairs], plan: list[Touch], asked: set[int]
) -> None:
    ids = await scene.begin(entries)
    wanted = tuple(entry_id for n, entry_id in enumerate(ids) if n in asked)
    await scene.play(plan, ids)
    before = await scene.state()
    receipt = await run(scene, Replay(STREAM, COPIES, wanted[::-1]))
    after = await scene.state()
    assert after.copies == [before.entries[i] for i in wanted if i in before.entries]
    assert [(each.id, each.outcome) for each in receipt.outcomes] == [
        (entry_id, "done" if entry_id in before.entries else "skipped") for entry_id in wanted
    ]
    assert (after.pending, after.entries) == (before.pending, before.entries)


async def test_pending_entries_can_be_copied_and_stay_pending(scene: Scene) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    operation = Replay(STREAM, COPIES, await held(scene))
    assert (await run(scene, operation)).clean
    after = await scene.state()
    assert after.copies == list(before.entries.values())
    assert after.pending == before.pending
    assert operation.needs == ("EVAL", "XADD", "XRANGE")


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ("acknowledge", "it is no longer pending: it was acknowledged meanwhile"),
        ("claim", "it moved to carol meanwhile"),
        ("read_again", "it was delivered again meanwhile"),
        ("delete", "it is no longer in the stream"),
    ],
)
async def test_why_an_entry_was_not_replayed_is_told(scene: Scene, touch: str, reason: str) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = await held(scene)
    await scene.touch(touch, entry_id)
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", reason)
    assert (await scene.state()).copies == []


async def test_the_receipt_tells_the_id_of_each_copy_and_how_the_original_was_pending(
    scene: Scene,
) -> None:
    await scene.begin(PAIRS[:2])
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP))
    added = [entry_id for entry_id, _ in await scene.ask("XRANGE", RAW_COPIES, "-", "+")]
    assert [each.reason for each in receipt.outcomes] == [f"copied as {i.decode()}" for i in added]
    assert [each.copy for each in receipt.outcomes] == [EntryId.parse(i) for i in added]
    known = [each.was for each in receipt.outcomes if each.was is not None]
    assert [each.deliveries for each in known] == [1, 2]
    assert all(isinstance(each, PriorState) and each.idle_ms >= IDLE_MS for each in known)


async def test_a_copy_to_the_same_stream_comes_at_its_end(scene: Scene) -> None:
    await scene.begin(PAIRS[:2])
    operation = Replay(STREAM, STREAM, await held(scene), GROUP)
    await run(scene, operation)
    state = await scene.state()
    assert list(state.entries.values()) == [[b"n", b"0"], [b"n", b"1"]] * 2
    assert state.pending == {}
    assert any("The order changes" in told for told in operation.consequences)
