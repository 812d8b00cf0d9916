from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name
from streamtop.operations import NoLog, apply
from streamtop.operations.claim import Claim
from tests.operations.scene import (
    GROUP,
    IDLE_MS,
    LARGEST_COUNT,
    STREAM,
    Pairs,
    Plan,
    Scene,
    on_a_server,
    plans,
    scenes,
)

RESCUER = b"resc\xffuer"
RESCUER_NAME = "resc\udcffuer"


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(entries=scenes, plan=plans, counted=st.booleans(), largest=st.integers(0, 5))
async def test_what_others_do_between_two_batches_is_respected_and_every_entry_is_accounted_for(
    scene: Scene, entries: list[Pairs], plan: Plan, counted: bool, largest: int
) -> None:
    ids = await scene.begin(entries)
    if largest < len(ids):
        await scene.set_count(ids[largest], LARGEST_COUNT)
    seen = PendingEntries(await scene.seen())
    scene.meanwhile(plan)
    operation = Claim(STREAM, GROUP, RESCUER_NAME, seen, count_delivery=counted)
    receipt = await apply(operation, scene, NoLog())

    outcomes = {each.id: each for each in receipt.outcomes}
    assert list(outcomes) == seen.ids
    assert len(scene.rounds) == (len(seen) + 1) // 2
    drops = await drops_without_payload(scene)
    for number, each in enumerate(scene.rounds):
        expected, claimed = dict(each.before.pending), False
        for row in seen[2 * number : 2 * number + 2]:
            holder, count = each.before.pending.get(row.id, (b"", 0))
            if holder != from_name(row.consumer) or each.before.idle[row.id] < IDLE_MS:
                assert outcomes[row.id].outcome == "skipped"
            elif drops and row.id not in each.before.entries:
                assert outcomes[row.id].outcome == "skipped"
                assert "payload is gone" in (outcomes[row.id].reason or "")
                del expected[row.id]
            else:
                rises = counted and count < LARGEST_COUNT
                expected[row.id] = (RESCUER, count + rises)
                claimed = True
                was = outcomes[row.id].was
                assert was is not None
                assert was.deliveries == count
                assert 0 <= was.idle_ms - each.before.idle[row.id] < 1_000
                assert each.after.idle[row.id] < 1_000
        assert each.after.pending == expected
        assert each.after.entries == each.before.entries
        assert each.after.consumers == each.before.consumers | ({RESCUER} if claimed else set())


async def drops_without_payload(scene: Scene) -> bool:
    """Whether this server drops a pending entry without a payload that is claimed."""
    await scene.ask("XADD", "tried", "1-0", "n", "1")
    await scene.ask("XGROUP", "CREATE", "tried", "g", "0")
    await scene.ask("XREADGROUP", "GROUP", "g", "a", "STREAMS", "tried", ">")
    await scene.ask("XDEL", "tried", "1-0")
    await scene.ask("XCLAIM", "tried", "g", "b", "0", "1-0", "JUSTID")
    return not await scene.ask("XPENDING", "tried", "g", "-", "+", 1)
