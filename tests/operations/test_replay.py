from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.operations import Replay
from tests.operations.scene import (
    COPIES,
    GROUP,
    IDLE_MS,
    RAW_COPIES,
    RAW_GROUP,
    RAW_STREAM,
    STRANGER,
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

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


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
    receipt = await Replay(STREAM, COPIES, tuple(seen), GROUP).run(scene, time.monotonic())
    after = await scene.state()

    expected = {row.id for row in seen if row.id in before.entries and row.id not in moved}
    done = [each.id for each in receipt.outcomes if each.outcome == "done"]
    assert done == sorted(expected)
    assert after.copies == [before.entries[entry_id] for entry_id in done]
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
    receipt = await Replay(STREAM, COPIES, wanted).run(scene, time.monotonic())
    after = await scene.state()
    assert after.copies == [before.entries[i] for i in wanted if i in before.entries]
    assert [each.outcome for each in receipt.outcomes] == [
        "done" if entry_id in before.entries else "skipped" for entry_id in wanted
    ]
    assert (after.pending, after.entries) == (before.pending, before.entries)


async def test_what_is_shown_is_what_is_sent(scene: Scene) -> None:
    await scene.begin(PAIRS)
    operation = Replay(STREAM, COPIES, await scene.seen(), GROUP)
    now = time.monotonic()
    await operation.run(scene, now)
    assert tuple(scene.written) == operation.commands(now)
    assert all(command[0] == b"EVAL" for command in scene.written)


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ("acknowledge", "it was acknowledged meanwhile"),
        ("claim", "it moved to carol meanwhile"),
        ("read_again", "it was delivered again meanwhile"),
        ("delete", "it is no longer in the stream"),
    ],
)
async def test_why_an_entry_was_not_replayed_is_told(scene: Scene, touch: str, reason: str) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = await scene.seen()
    await scene.touch(touch, entry_id)
    receipt = await Replay(STREAM, COPIES, seen, GROUP).run(scene, time.monotonic())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", reason)
    assert (await scene.state()).copies == []


async def test_an_entry_that_another_consumer_holds_is_not_replayed_however_idle_it_is(
    scene: Scene,
) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = await scene.seen()
    await scene.ask(
        *("XCLAIM", RAW_STREAM, RAW_GROUP, STRANGER, 0, str(entry_id)),
        *("IDLE", 10 * IDLE_MS, "JUSTID"),
    )
    before = await scene.state()
    receipt = await Replay(STREAM, COPIES, seen, GROUP).run(scene, time.monotonic())
    assert [each.outcome for each in receipt.outcomes] == ["skipped"]
    assert await scene.state() == before


async def test_the_receipt_tells_the_id_of_each_copy(scene: Scene) -> None:
    await scene.begin(PAIRS[:1])
    receipt = await Replay(STREAM, COPIES, await scene.seen()).run(scene, time.monotonic())
    [(copy_id, _)] = await scene.ask("XRANGE", RAW_COPIES, "-", "+")
    assert receipt.outcomes[0].reason == f"copied as {copy_id.decode()}"


async def test_a_copy_to_the_same_stream_comes_at_its_end(scene: Scene) -> None:
    await scene.begin(PAIRS[:2])
    await Replay(STREAM, STREAM, await scene.seen(), GROUP).run(scene, time.monotonic())
    state = await scene.state()
    assert list(state.entries.values()) == [[b"n", b"0"], [b"n", b"1"]] * 2
    assert state.pending == {}


async def test_what_cannot_be_copied_is_not_acknowledged(scene: Scene) -> None:
    await scene.begin(PAIRS)
    await scene.ask("SET", RAW_COPIES, "no stream")
    seen = await scene.seen()
    receipt = await Replay(STREAM, COPIES, seen, GROUP).run(scene, time.monotonic())
    assert {each.outcome for each in receipt.outcomes} == {"failed"}
    assert await scene.seen()
    assert len(await scene.seen()) == len(seen)


async def test_what_cannot_be_acknowledged_is_not_copied(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = await scene.seen()
    await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    receipt = await Replay(STREAM, COPIES, seen, GROUP).run(scene, time.monotonic())
    assert {each.outcome for each in receipt.outcomes} == {"failed"}
    assert await scene.ask("EXISTS", RAW_COPIES) == 0


async def test_a_stream_that_vanished_is_told_entry_by_entry(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = await scene.seen()
    await scene.ask("DEL", RAW_STREAM)
    receipt = await Replay(STREAM, COPIES, seen).run(scene, time.monotonic())
    assert {each.outcome for each in receipt.outcomes} == {"skipped"}
    assert await scene.ask("EXISTS", RAW_COPIES) == 0


@pytest.mark.parametrize("acknowledge", [None, GROUP])
async def test_an_entry_with_too_many_fields_fails_and_stays_as_it_is(
    scene: Scene, acknowledge: str | None
) -> None:
    many: Pairs = [(b"f%d" % n, b"") for n in range(5_000)]
    few: Pairs = [(b"f%d" % n, b"") for n in range(3_900)]
    await scene.begin([many, few])
    operation = Replay(STREAM, COPIES, await scene.seen(), acknowledge)
    receipt = await operation.run(scene, time.monotonic())
    assert [each.outcome for each in receipt.outcomes] == ["failed", "done"]
    state = await scene.state()
    assert [len(fields) for fields in state.copies] == [7_800]
    assert EntryId(1, 1) in state.pending


async def test_a_large_payload_is_copied_whole(scene: Scene) -> None:
    blob = bytes(range(256)) * 4_000
    await scene.begin([[(b"blob", blob), (b"blob", b""), (b"", blob)]])
    await Replay(STREAM, COPIES, await scene.seen(), GROUP).run(scene, time.monotonic())
    assert (await scene.state()).copies == [[b"blob", blob, b"blob", b"", b"", blob]]


async def test_a_released_entry_can_be_replayed_and_acknowledged(scene: Scene) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    [entry_id] = await scene.begin(PAIRS[:1])
    await scene.ask("XNACK", RAW_STREAM, RAW_GROUP, "FAIL", "IDS", 1, str(entry_id))
    seen = await scene.seen()
    receipt = await Replay(STREAM, COPIES, seen, GROUP).run(scene, time.monotonic())
    assert receipt.clean
    state = await scene.state()
    assert (state.copies, state.pending) == ([[b"n", b"0"]], {})
