from __future__ import annotations

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.operation import PriorState
from tests.operations.scene import (
    GROUP,
    IDLE_MS,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Scene,
)

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


async def test_an_entry_that_its_holder_was_given_again_is_acknowledged(scene: Scene) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("read_again", entry_id)
    assert (await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())).clean
    assert (await scene.state()).pending == {}


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
