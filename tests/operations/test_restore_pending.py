from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name, to_name
from streamtop.operations import NoLog, Receipt, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.release import Mode, Release
from streamtop.operations.restore_pending import AT_ONCE, RestorePending
from tests.operations.scene import (
    GROUP,
    IDLE_MS,
    LARGEST_COUNT,
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

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(4)]
RESCUER = b"resc\xffuer"
HOLDER = to_name(RESCUER)


def as_they_were(
    seen: PendingEntries, receipt: Receipt, sent_at: Sequence[float]
) -> PendingEntries:
    """What an undo puts back, from what was seen and the outcomes, as a journal keeps it."""
    return PendingEntries(
        PendingEntry(row.id, row.consumer, each.was.idle_ms, each.was.deliveries, at)
        for row, each, at in zip(seen, receipt.outcomes, sent_at, strict=True)
        if each.outcome == "done" and each.was is not None
    )


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(
    entries=scenes,
    first=plans,
    then=plans,
    counted=st.booleans(),
    acknowledges=st.booleans(),
    largest=st.integers(0, 5),
)
async def test_an_undo_puts_back_exactly_what_nobody_has_touched_since(
    scene: Scene,
    entries: list[Pairs],
    first: Plan,
    then: Plan,
    counted: bool,
    acknowledges: bool,
    largest: int,
) -> None:
    ids = await scene.begin(entries)
    if largest < len(ids):
        await scene.set_count(ids[largest], LARGEST_COUNT)
    seen = PendingEntries(await scene.seen())
    scene.meanwhile(first)
    operation: Acknowledge | Claim = (
        Acknowledge(STREAM, GROUP, seen)
        if acknowledges
        else Claim(STREAM, GROUP, HOLDER, seen, count_delivery=counted)
    )
    receipt = await apply(operation, scene, NoLog())
    sent_at = [scene.rounds[number // 2].at for number in range(len(seen))]
    was = as_they_were(seen, receipt, sent_at)

    scene.meanwhile(then)
    holder = None if acknowledges else HOLDER
    counts = counted and not acknowledges
    undo = await apply(RestorePending(STREAM, GROUP, was, "1", holder, counts), scene, NoLog())
    looked_at = time.monotonic()

    outcomes = {each.id: each.outcome for each in undo.outcomes}
    assert list(outcomes) == was.ids
    for number, each in enumerate(scene.rounds):
        expected, back = dict(each.before.pending), set()
        for row in was[2 * number : 2 * number + 2]:
            left = (RESCUER, row.deliveries + (counts and row.deliveries < LARGEST_COUNT))
            is_so = each.before.pending.get(row.id) == (None if acknowledges else left)
            if not is_so or row.id not in each.before.entries:
                assert outcomes[row.id] == "skipped"
                continue
            assert outcomes[row.id] == "done"
            # No claim sets a count below 0, as a server makes it that counts on from the largest.
            expected[row.id] = (from_name(row.consumer), max(0, row.deliveries))
            back.add(from_name(row.consumer))
            idle = each.after.idle[row.id]
            assert row.idle_ms + (each.at - row.seen_at) * 1000 - 10 <= idle
            assert idle <= row.idle_ms + (looked_at - row.seen_at) * 1000 + 10
        assert each.after.pending == expected
        assert each.after.entries == each.before.entries
        assert each.after.consumers == each.before.consumers | back
    assert all(each.reason for each in undo.outcomes if each.outcome != "done")


async def claimed(scene: Scene, pairs: list[Pairs], *, counted: bool = False) -> RestorePending:
    """Entries that were claimed, and the undo of it."""
    await scene.begin(pairs)
    seen = PendingEntries(await scene.seen())
    at = time.monotonic()
    operation = Claim(STREAM, GROUP, HOLDER, seen, count_delivery=counted)
    receipt = await apply(operation, scene, NoLog())
    assert receipt.clean
    scene.written.clear()
    was = as_they_were(seen, receipt, [at] * len(seen))
    return RestorePending(STREAM, GROUP, was, "1", HOLDER, counted)


async def acknowledged(scene: Scene, pairs: list[Pairs]) -> RestorePending:
    """Entries that were acknowledged, and the undo of it."""
    await scene.begin(pairs)
    seen = PendingEntries(await scene.seen())
    at = time.monotonic()
    receipt = await apply(Acknowledge(STREAM, GROUP, seen), scene, NoLog())
    assert receipt.clean
    return RestorePending(STREAM, GROUP, as_they_were(seen, receipt, [at] * len(seen)), "1", None)


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ("acknowledge", "it is no longer pending: it was acknowledged meanwhile"),
        ("claim", "it moved to carol meanwhile"),
        ("claim_idle", "it moved to carol meanwhile"),
        ("read_again", "it was delivered again meanwhile"),
        ("delete", "it is no longer in the stream"),
        ("trim", "it is no longer in the stream"),
    ],
)
async def test_why_a_claim_is_not_undone_is_told(
    scene: Scene, touch: str, reason: str, counted: bool
) -> None:
    undo = await claimed(scene, PAIRS[:1], counted=counted)
    await scene.touch(touch, undo.ids[0])
    before = await scene.state()
    receipt = await apply(undo, scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", reason)
    assert await scene.state() == before


async def test_what_is_pending_again_is_not_put_back_after_an_acknowledgement(
    scene: Scene,
) -> None:
    undo = await acknowledged(scene, PAIRS[:1])
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, "0")
    await scene.ask("XREADGROUP", "GROUP", RAW_GROUP, "carol", "STREAMS", RAW_STREAM, ">")
    before = await scene.state()
    receipt = await apply(undo, scene, NoLog())
    assert [each.reason for each in receipt.outcomes] == ["it moved to carol meanwhile"]
    assert await scene.state() == before


@pytest.mark.parametrize("position", ["0", "1-0", "2-1", "9-18446744073709551615"])
async def test_what_the_group_will_be_given_anyway_is_not_put_back(
    scene: Scene, position: str
) -> None:
    pairs: list[Pairs] = [[(b"n", b"1")]] * 12
    undo = await acknowledged(scene, pairs)
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, position)
    receipt = await apply(undo, scene, NoLog())
    above = [entry_id for entry_id in undo.ids if entry_id > EntryId.parse(position)]
    skipped = [each for each in receipt.outcomes if each.outcome == "skipped"]
    assert [each.id for each in skipped] == above
    assert {each.reason for each in skipped} == {
        "the group's position is before it again: it will be delivered again"
    }
    assert set((await scene.state()).pending) == set(undo.ids) - set(above)


async def test_ids_of_any_size_are_compared_as_the_server_compares_them(scene: Scene) -> None:
    ids = [EntryId(2**63 + 1, 2**64 - 3), EntryId(2**63 + 1, 2**64 - 2), EntryId(2**63 + 2, 0)]
    await scene.begin([])
    for entry_id in ids:
        await scene.ask("XADD", RAW_STREAM, str(entry_id), "n", 1)
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, str(ids[1]))
    rows = PendingEntries(PendingEntry(entry_id, "w", 5, 1, time.monotonic()) for entry_id in ids)
    receipt = await apply(RestorePending(STREAM, GROUP, rows, "1", None), scene, NoLog())
    assert [each.outcome for each in receipt.outcomes] == ["done", "done", "skipped"]


async def test_no_consumer_appears_that_gets_nothing_back(scene: Scene) -> None:
    for undo in (await claimed(scene, PAIRS), await acknowledged(scene, PAIRS)):
        await scene.ask("DEL", RAW_STREAM)
        await scene.ask("XADD", RAW_STREAM, "99-0", "n", 1)
        await scene.ask("XGROUP", "CREATE", RAW_STREAM, RAW_GROUP, "$")
        receipt = await apply(undo, scene, NoLog())
        assert receipt.skipped == 4
        assert (await scene.state()).consumers == set()


async def test_a_consumer_that_was_removed_meanwhile_is_made_again_as_was_said(
    scene: Scene,
) -> None:
    undo = await acknowledged(scene, PAIRS)
    for owner in OWNERS:
        await scene.ask("XGROUP", "DELCONSUMER", RAW_STREAM, RAW_GROUP, owner)
    assert any("removed meanwhile is created again" in told for told in undo.consequences)
    assert (await apply(undo, scene, NoLog())).clean
    assert (await scene.state()).consumers == set(OWNERS)


@pytest.mark.parametrize("count", [2**53 - 1, 2**53, 2**53 + 2, LARGEST_COUNT])
async def test_a_claim_that_counted_is_undone_however_large_the_delivery_count_was(
    scene: Scene, count: int
) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    await scene.set_count(entry_id, count)
    seen = PendingEntries(await scene.seen())
    at = time.monotonic()
    claim = Claim(STREAM, GROUP, HOLDER, seen, count_delivery=True)
    was = as_they_were(seen, await apply(claim, scene, NoLog()), [at])
    receipt = await apply(RestorePending(STREAM, GROUP, was, "1", HOLDER, True), scene, NoLog())
    assert receipt.clean
    assert (await scene.state()).pending == {entry_id: (OWNERS[1], count)}


async def test_idle_time_goes_on_from_where_it_was(scene: Scene) -> None:
    undo = await claimed(scene, PAIRS[:1])
    an_hour_ago = PendingEntries(replace(row, seen_at=row.seen_at - 3_600) for row in undo.entries)
    await apply(replace(undo, entries=an_hour_ago), scene, NoLog())
    [row] = await scene.seen()
    assert 4_200_000 <= row.idle_ms < 4_260_000


async def test_large_payloads_do_not_hold_up_the_server(scene: Scene) -> None:
    undo = await claimed(scene, [[(b"", b"x" * (AT_ONCE // 2 + 1))]] * 3)
    assert (await apply(undo, scene, NoLog())).clean
    assert len(scene.written) == 3


@pytest.mark.parametrize("mode", ["silent", "fail", "fatal"])
async def test_a_release_is_undone_unless_somebody_has_claimed(scene: Scene, mode: Mode) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    ids = await scene.begin(PAIRS)
    await scene.set_count(ids[2], LARGEST_COUNT)
    seen, before = PendingEntries(await scene.seen()), await scene.state()
    at = time.monotonic()
    receipt = await apply(Release(STREAM, GROUP, seen, mode), scene, NoLog())
    await scene.touch("claim", ids[1])
    undo = RestorePending(STREAM, GROUP, as_they_were(seen, receipt, [at] * 4), "1", "")
    back = await apply(undo, scene, NoLog())
    assert [each.outcome for each in back.outcomes] == ["done", "skipped", "done", "done"]
    assert back.outcomes[1].reason == "it moved to carol meanwhile"
    after = await scene.state()
    assert after.pending.pop(ids[1])[0] == b"carol"
    assert after.pending.items() <= before.pending.items()
    assert all(after.idle[entry_id] >= before.idle[entry_id] for entry_id in after.pending)


@pytest.mark.parametrize("acknowledges", [True, False])
async def test_what_nobody_held_is_held_by_nobody_again_where_the_server_can(
    scene: Scene, acknowledges: bool
) -> None:
    undo = await acknowledged(scene, PAIRS) if acknowledges else await claimed(scene, PAIRS)
    before = await scene.state()
    nobody = PendingEntries(replace(row, consumer="", idle_ms=-1) for row in undo.entries)
    receipt = await apply(replace(undo, entries=nobody), scene, NoLog())
    after = await scene.state()
    if (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        assert receipt.clean
        assert list(after.pending.values()) == [(b"", count) for count in (1, 2, 3, 4)]
    else:
        assert {each.reason for each in receipt.outcomes} == {
            "no consumer held it before, and this server cannot restore that"
        }
        assert after == before


@pytest.mark.parametrize("keeps_idle", [True, False])
async def test_holder_and_count_are_put_back_and_the_idle_time_if_it_is_said(
    scene: Scene, keeps_idle: bool
) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    before = await scene.state()
    await apply(Claim(STREAM, GROUP, "rescuer", seen), scene, NoLog())
    undo = RestorePending(STREAM, GROUP, seen, "1", holder="rescuer", keeps_idle=keeps_idle)
    began = time.monotonic()
    assert (await apply(undo, scene, NoLog())).clean
    assert (await scene.state()).pending == before.pending
    idle = [row.idle_ms for row in await scene.seen()]
    if keeps_idle:
        assert min(idle) >= IDLE_MS
        assert "with its idle time and delivery count" in undo.consequences[0]
    else:
        assert max(idle) <= (time.monotonic() - began) * 1000 + 10
        assert "Its idle time restarts" in undo.consequences[0]
