from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.selection import Selection
from streamtop.model.text import from_name, to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.handover import HandOver
from streamtop.operations.operation import script
from streamtop.operations.pending_search import gather
from tests.operations.scene import (
    GROUP,
    IDLE_MS,
    OWNERS,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Plan,
    Scene,
    on_a_server,
    plans,
    scenes,
)

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(7)]
RAW_GIVER = OWNERS[1]
GIVER = to_name(RAW_GIVER)
TAKER = "taker\n"


async def held_by_giver(scene: Scene) -> PendingEntries:
    return await gather(scene, STREAM, GROUP, Selection(consumer=GIVER))


def hand_over(entries: PendingEntries, *, remove: bool = True) -> HandOver:
    return HandOver(STREAM, GROUP, GIVER, TAKER, entries, remove, new_consumer=True)


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(entries=scenes, plan=plans, remove=st.booleans())
async def test_the_giver_is_removed_only_if_it_is_empty_and_every_entry_is_accounted_for(
    scene: Scene, entries: list[Pairs], plan: Plan, remove: bool
) -> None:
    await scene.begin(entries)
    seen = await held_by_giver(scene)
    scene.meanwhile(plan)
    receipt = await apply(hand_over(seen, remove=remove), scene, NoLog())

    outcomes = {each.id: each for each in receipt.outcomes}
    assert set(outcomes) == {*seen.ids, *((None,) if remove else ())}
    assert receipt.left == 0
    claims, removal = (scene.rounds[:-1], scene.rounds[-1]) if remove else (scene.rounds, None)
    for number, each in enumerate(claims):
        expected = dict(each.before.pending)
        for row in seen[2 * number : 2 * number + 2]:
            holder, count = each.before.pending.get(row.id, (b"", 0))
            if outcomes[row.id].outcome == "done":
                assert (holder, each.before.idle[row.id] >= IDLE_MS) == (RAW_GIVER, True)
                expected[row.id] = (from_name(TAKER), count)
            elif row.id not in each.before.entries and row.id not in each.after.pending:
                expected.pop(row.id, None)
            else:
                assert holder != RAW_GIVER or each.before.idle[row.id] < IDLE_MS
        assert each.after.pending == expected
        has_taken = any(holder == from_name(TAKER) for holder, _ in expected.values())
        assert (from_name(TAKER) in each.after.consumers) >= has_taken
    taken = any(outcomes[row.id].outcome == "done" for row in seen)
    assert (from_name(TAKER) in (await scene.state()).consumers) == taken
    if removal is not None:
        holds = any(holder == RAW_GIVER for holder, _ in removal.before.pending.values())
        assert outcomes[None].outcome == ("skipped" if holds else "done")
        gone = set() if holds else {RAW_GIVER}
        assert removal.after.consumers == removal.before.consumers - gone
        assert removal.after.pending == removal.before.pending


async def test_a_consumer_is_emptied_and_removed(scene: Scene) -> None:
    await scene.begin(PAIRS)
    operation = hand_over(await held_by_giver(scene))
    assert operation.total == 5
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.done, receipt.left, receipt.clean) == (5, 0, True)
    assert receipt.outcomes[-1].reason == "bob\\xff was removed"
    after = await scene.state()
    assert after.consumers == {OWNERS[0], from_name(TAKER)}
    assert len(after.pending) == len(PAIRS)


async def test_a_consumer_that_was_given_an_entry_meanwhile_stays_with_it_and_it_is_told(
    scene: Scene,
) -> None:
    await scene.begin(PAIRS)
    operation = hand_over(await held_by_giver(scene))
    await scene.ask("XADD", RAW_STREAM, "99-0", "n", 99)
    await scene.ask("XREADGROUP", "GROUP", RAW_GROUP, RAW_GIVER, "STREAMS", RAW_STREAM, ">")
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.done, receipt.skipped) == (4, 1)
    assert receipt.outcomes[-1].reason == "bob\\xff stays: it still holds pending entries"
    held = [holder for holder, _ in (await scene.state()).pending.values()]
    assert held.count(RAW_GIVER) == 1


async def test_a_consumer_that_was_removed_meanwhile_is_told(scene: Scene) -> None:
    await scene.begin(PAIRS)
    operation = hand_over(await held_by_giver(scene))
    await scene.ask("XGROUP", "DELCONSUMER", RAW_STREAM, RAW_GROUP, RAW_GIVER)
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.done, receipt.skipped) == (0, 5)
    assert receipt.outcomes[-1].reason == "bob\\xff was no longer there"
    assert (await scene.state()).consumers == {OWNERS[0]}


async def test_a_consumer_that_holds_nothing_is_removed_with_nothing_to_hand_over(
    scene: Scene,
) -> None:
    await scene.begin(PAIRS[:1])
    await scene.touch("acknowledge", (await held_by_giver(scene))[0].id)
    receipt = await apply(hand_over(PendingEntries()), scene, NoLog())
    assert (receipt.done, receipt.clean) == (1, True)
    assert (await scene.state()).consumers == set()


@pytest.mark.usefixtures("two_at_once")
async def test_stopped_halfway_the_giver_keeps_the_rest_and_the_removal_was_not_reached(
    scene: Scene,
) -> None:
    await scene.begin(PAIRS)
    stop = asyncio.Event()
    receipt = await apply(
        hand_over(await held_by_giver(scene)),
        *(scene, NoLog()),
        progress=lambda _: stop.set(),
        stop=stop,
    )
    assert (receipt.done, receipt.left) == (2, 3)
    held = [holder for holder, _ in (await scene.state()).pending.values()]
    assert (held.count(RAW_GIVER), held.count(from_name(TAKER))) == (2, 2)
    assert RAW_GIVER in (await scene.state()).consumers


async def test_what_is_shown_is_what_is_sent(scene: Scene) -> None:
    await scene.begin(PAIRS[:1])
    seen = await held_by_giver(scene)
    now = seen[0].seen_at + 1
    claim, removal = hand_over(seen).steps(lambda: now)
    assert claim.command == (
        *(b"EVAL", script("held", "claim"), b"1", RAW_STREAM, RAW_GROUP, b"taker\n", b""),
        *(b"1-1", RAW_GIVER, b"%d" % seen[0].idle_at_least(now)),
    )
    assert removal.command == (
        *(b"EVAL", script("remove_consumer"), b"1", RAW_STREAM, RAW_GROUP, RAW_GIVER, b"0"),
    )
    assert (list(claim.ids), list(removal.ids)) == (seen.ids, [])


async def test_names_are_shown_so_that_no_terminal_obeys_them(scene: Scene) -> None:
    await scene.begin(PAIRS)
    operation = hand_over(await held_by_giver(scene))
    for told in (operation.question, *operation.consequences):
        assert told.isprintable()
    assert "taker\\n" in operation.question
    assert "remove bob\\xff?" in operation.question
    assert any("only if it holds nothing" in told for told in operation.consequences)
