from __future__ import annotations

import asyncio

import pytest

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.selection import Selection
from streamtop.model.text import from_name, to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.handover import HandOver
from streamtop.planning.pending_entries import gather
from streamtop.planning.plan import PlanContext
from tests.operations.scene import (
    GROUP,
    OWNERS,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Scene,
)

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(7)]
RAW_GIVER = OWNERS[1]
GIVER = to_name(RAW_GIVER)
TAKER = "taker\n"


async def held_by_giver(scene: Scene) -> PendingEntries:
    return await gather(PlanContext(scene), STREAM, GROUP, Selection(consumer=GIVER))


def hand_over(entries: PendingEntries, *, remove: bool = True) -> HandOver:
    return HandOver(STREAM, GROUP, GIVER, TAKER, entries, remove, new_consumer=True)


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


async def test_names_are_shown_so_that_no_terminal_obeys_them(scene: Scene) -> None:
    await scene.begin(PAIRS)
    operation = hand_over(await held_by_giver(scene))
    for told in (operation.question, *operation.consequences):
        assert told.isprintable()
    assert "taker\\n" in operation.question
    assert "remove bob\\xff?" in operation.question
    assert any("only if it then holds nothing" in told for told in operation.consequences)
