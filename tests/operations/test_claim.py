from __future__ import annotations

import time

import pytest

from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.claim import Claim
from streamtop.source import SourceError
from tests.operations.scene import (
    GROUP,
    IDLE_MS,
    OWNERS,
    RAW_GROUP,
    RAW_STREAM,
    STRANGER,
    STREAM,
    Pairs,
    Scene,
)

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]
RESCUER = b"resc\xffuer"
RESCUER_NAME = "resc\udcffuer"


async def test_what_is_idle_for_less_than_the_least_is_left_alone(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    before = await scene.state()
    operation = Claim(STREAM, GROUP, "rescuer", seen, min_idle_ms=2 * IDLE_MS)
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.done, receipt.skipped) == (0, 5)
    assert await scene.state() == before


async def test_an_entry_that_is_younger_than_it_should_be_was_touched(scene: Scene) -> None:
    await scene.begin(PAIRS)
    [step] = Claim(STREAM, GROUP, "rescuer", PendingEntries(await scene.seen())).steps(
        # an hour from now they would have to be an hour older than they are
        lambda: time.monotonic() + 3_600
    )
    [reply] = await scene.write([step.command])
    assert not isinstance(reply, SourceError)
    assert {each.outcome for each in step.read(reply)} == {"skipped"}


async def test_the_delivery_count_stays_and_the_idle_time_starts_anew(scene: Scene) -> None:
    ids = await scene.begin(PAIRS)
    await apply(Claim(STREAM, GROUP, "rescuer", PendingEntries(await scene.seen())), scene, NoLog())
    rows = await scene.seen()
    assert [(row.id, row.consumer, row.deliveries) for row in rows] == [
        (entry_id, "rescuer", number) for number, entry_id in enumerate(ids, start=1)
    ]
    assert all(row.idle_ms < IDLE_MS for row in rows)


async def an_hour_later(scene: Scene, *, moved: bool) -> PendingEntry:
    """An entry seen an hour ago, and what has become of it since."""
    [entry_id] = await scene.begin(PAIRS[:1])
    [row] = await scene.seen()
    holder, idle_ms = (
        (STRANGER, 1_800_000) if moved else (OWNERS[1], row.idle_ms + 3_600_000 + 1_000)
    )
    await scene.ask(
        *("XCLAIM", RAW_STREAM, RAW_GROUP, holder, 0, str(entry_id), "IDLE", idle_ms, "JUSTID")
    )
    return PendingEntry(row.id, row.consumer, row.idle_ms, row.deliveries, row.seen_at - 3_600)


async def test_an_entry_that_moved_during_a_long_pause_is_left_alone_though_it_is_idle_again(
    scene: Scene,
) -> None:
    row = await an_hour_later(scene, moved=True)
    receipt = await apply(Claim(STREAM, GROUP, "rescuer", PendingEntries([row])), scene, NoLog())
    [outcome] = receipt.outcomes
    assert outcome.outcome == "skipped"
    assert outcome.reason == "it moved to carol meanwhile"
    assert (await scene.state()).pending[row.id][0] == STRANGER


async def test_an_entry_that_nobody_touched_is_claimed_even_after_a_long_pause(
    scene: Scene,
) -> None:
    row = await an_hour_later(scene, moved=False)
    receipt = await apply(Claim(STREAM, GROUP, "rescuer", PendingEntries([row])), scene, NoLog())
    assert receipt.clean
    assert (await scene.state()).pending[row.id][0] == b"rescuer"


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ("acknowledge", "it is no longer pending: it was acknowledged meanwhile"),
        ("claim", "it moved to carol meanwhile"),
        ("read_again", "it was delivered again meanwhile"),
    ],
)
async def test_why_an_entry_was_left_alone_is_told(scene: Scene, touch: str, reason: str) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch(touch, entry_id)
    receipt = await apply(Claim(STREAM, GROUP, "rescuer", seen), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", reason)


async def test_a_claim_of_nothing_leaves_no_new_consumer_behind(scene: Scene) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("claim", entry_id)
    before = await scene.state()
    operation = Claim(STREAM, GROUP, RESCUER_NAME, seen, new_consumer=True)
    receipt = await apply(operation, scene, NoLog())
    assert await scene.state() == before
    assert [each.outcome for each in receipt.outcomes] == ["skipped"]


async def test_a_consumer_that_was_there_before_stays_though_nothing_was_claimed(
    scene: Scene,
) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("claim", entry_id)
    before = await scene.state()
    await apply(Claim(STREAM, GROUP, STRANGER.decode(), seen), scene, NoLog())
    assert await scene.state() == before


async def test_a_new_consumer_that_got_an_entry_of_its_own_meanwhile_stays(scene: Scene) -> None:
    ids = await scene.begin(PAIRS[:2])
    seen = PendingEntries(await scene.seen())
    await scene.touch("claim", ids[0])
    await scene.ask("XCLAIM", RAW_STREAM, RAW_GROUP, RESCUER, 0, str(ids[1]), "JUSTID")
    operation = Claim(STREAM, GROUP, RESCUER_NAME, PendingEntries(seen[:1]), new_consumer=True)
    receipt = await apply(operation, scene, NoLog())
    after = await scene.state()
    assert after.pending[ids[1]][0] == RESCUER
    assert RESCUER in after.consumers
    assert receipt.done == 0


async def test_entries_without_payload_come_out_as_the_server_left_them(scene: Scene) -> None:
    ids = await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    for entry_id in ids[1:3]:
        await scene.touch("delete", entry_id)
    operation = Claim(STREAM, GROUP, "rescuer", seen, without_payload=2)
    assert operation.consequences[0].startswith("2 of 5 have no payload")
    receipt = await apply(operation, scene, NoLog())
    held = (await scene.state()).pending
    for each in receipt.outcomes:
        assert each.id is not None
        if each.outcome == "done":
            assert held[each.id][0] == b"rescuer"
        else:
            assert each.id in ids[1:3]
            assert each.id not in held


async def test_a_released_entry_can_be_claimed(scene: Scene) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    ids = await scene.begin(PAIRS[:2])
    await scene.ask("XNACK", RAW_STREAM, RAW_GROUP, "FAIL", "IDS", 1, str(ids[0]))
    seen = PendingEntries(await scene.seen())
    assert (seen[0].consumer, seen[0].idle_ms) == ("", -1)
    receipt = await apply(Claim(STREAM, GROUP, "rescuer", seen), scene, NoLog())
    assert receipt.clean
    assert {holder for holder, _ in (await scene.state()).pending.values()} == {b"rescuer"}


@pytest.mark.parametrize(
    ("idle_ms", "seconds", "least"),
    [(0, 0, 0), (5_000, 0, 5_000), (5_000, 0.005, 5_000), (5_000, 1, 5_990), (-1, 0, 0)],
)
def test_an_untouched_entry_is_never_younger_than_is_asked_for(
    idle_ms: int, seconds: float, least: int
) -> None:
    row = PendingEntry(EntryId(1, 0), "w", idle_ms, 1, seen_at=100.0)
    assert row.idle_at_least(100.0 + seconds) == pytest.approx(least, abs=1)
    assert row.idle_at_least(99.0) == max(0, idle_ms)
