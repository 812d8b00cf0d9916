from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.dead_letter import DeadLetter
from tests.operations.scene import (
    COPIES,
    GROUP,
    OWNERS,
    RAW_COPIES,
    RAW_GROUP,
    RAW_STREAM,
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
    from streamtop.operations import Receipt

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]
REASON = "cannot be parsed\n\udcff"
RAW_REASON = b"cannot be parsed\n\xff"
NAMES = [
    b"streamtop-origin-" + name
    for name in (b"stream", b"id", b"count", b"group", b"consumer", b"deliveries", b"reason", b"at")
]


async def dead_letter(scene: Scene, seen: PendingEntries, to: str = COPIES) -> Receipt:
    return await apply(DeadLetter(STREAM, GROUP, to, seen, REASON), scene, NoLog(), keep=None)


def said(entry_id: EntryId, held: tuple[bytes, int], count: int = 0) -> list[bytes]:
    """What a copy ends with, but for the time."""
    holder, deliveries = held
    values = (
        *(RAW_STREAM, bytes(entry_id), b"%d" % count, RAW_GROUP, holder),
        *(b"%d" % deliveries, RAW_REASON),
    )
    return [word for pair in zip(NAMES, values, strict=False) for word in pair] + [NAMES[-1]]


@on_a_server
@given(entries=scenes, plan=touches, asked=choices)
async def test_what_did_not_move_is_copied_with_its_reason_and_acknowledged_and_nothing_else(
    scene: Scene, entries: list[Pairs], plan: list[Touch], asked: set[int]
) -> None:
    ids = await scene.begin(entries)
    seen = PendingEntries(row for n, row in enumerate(await scene.seen()) if n in asked)
    await scene.play(plan, ids)
    before = await scene.state()
    receipt = await dead_letter(scene, seen)
    after = await scene.state()

    kept = [row for row in seen if before.holder(row.id) == row.consumer]
    done = [row.id for row in kept if row.id in before.entries]
    assert [fields[:-1] for fields in after.copies] == [
        before.entries[entry_id] + said(entry_id, before.pending[entry_id]) for entry_id in done
    ]
    assert after.pending == {i: how for i, how in before.pending.items() if i not in done}
    assert (after.entries, after.consumers) == (before.entries, before.consumers)
    assert [(each.id, each.outcome) for each in receipt.outcomes] == [
        (entry_id, "done" if entry_id in done else "skipped") for entry_id in seen.ids
    ]


async def test_each_copy_says_when_by_the_servers_clock(scene: Scene) -> None:
    await scene.begin(PAIRS[:1])
    seconds, _ = await scene.ask("TIME")
    await dead_letter(scene, PendingEntries(await scene.seen()))
    [[added, fields]] = await scene.ask("XRANGE", RAW_COPIES, "-", "+")
    assert int(seconds) * 1000 <= int(fields[-1]) <= EntryId.parse(added).ms + 1


async def test_the_receipt_tells_the_copies_and_how_the_originals_were_pending(
    scene: Scene,
) -> None:
    ids = await scene.begin(PAIRS[:2])
    receipt = await dead_letter(scene, PendingEntries(reversed(await scene.seen())))
    assert [each.id for each in receipt.outcomes] == ids
    added = [EntryId.parse(i) for i, _ in await scene.ask("XRANGE", RAW_COPIES, "-", "+")]
    assert [each.copy for each in receipt.outcomes] == added
    assert [each.was.deliveries for each in receipt.outcomes if each.was] == [1, 2]


@pytest.mark.parametrize("count", [b"3", b"5", b"7", b"x"])
async def test_what_came_round_often_is_dead_lettered_with_its_count(
    scene: Scene, count: bytes
) -> None:
    [entry_id] = await scene.begin([[(b"n", b"1"), (NAMES[2], count)]])
    await dead_letter(scene, PendingEntries(await scene.seen()))
    [copy] = (await scene.state()).copies
    kept = [b"n", b"1", NAMES[2], count]
    assert copy[:-1] == kept + said(entry_id, (OWNERS[1], 1), int(count) if count.isdigit() else 0)


async def test_what_cannot_be_copied_stays_pending(scene: Scene) -> None:
    await scene.begin([*PAIRS, [(b"f%d" % n, b"") for n in range(3_945)]])
    before = await scene.state()
    receipt = await dead_letter(scene, PendingEntries((await scene.seen())[5:]))
    assert (receipt.failed, await scene.state()) == (1, before)
    await scene.ask("SET", RAW_COPIES, "no stream")
    receipt = await dead_letter(scene, PendingEntries(await scene.seen()))
    assert (receipt.done, receipt.error is not None) == (0, True)
    assert len(await scene.seen()) == 6


async def test_what_cannot_be_acknowledged_is_not_copied(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    receipt = await dead_letter(scene, seen)
    assert receipt.failed == len(PAIRS)
    assert await scene.ask("EXISTS", RAW_COPIES) == 0


@pytest.mark.parametrize("refused", ["-xack", "-xadd"])
async def test_a_user_who_may_not_acknowledge_or_add_changes_nothing(
    scene: Scene, refused: str
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no users")
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    before = await scene.state()
    await scene.ask("ACL", "SETUSER", "default", "+@all", refused)
    try:
        receipt = await dead_letter(scene, seen)
    finally:
        await scene.ask("ACL", "SETUSER", "default", "+@all")
    assert (receipt.failed, receipt.done) == (len(PAIRS), 0)
    assert await scene.state() == before


async def test_large_entries_are_spread_over_several_steps(scene: Scene) -> None:
    blob = b"x" * 100_000
    await scene.begin([[(b"n", b"%d" % n), (b"blob", blob)] for n in range(8)])
    receipt = await dead_letter(scene, PendingEntries(await scene.seen()))
    assert receipt.done == 8
    assert [fields[1] for fields in (await scene.state()).copies] == [b"%d" % n for n in range(8)]
    assert len(scene.written) == 3


def test_a_stream_is_not_its_own_dead_letter_stream() -> None:
    with pytest.raises(ValueError, match="name another one"):
        DeadLetter("orders", "billing", "orders", PendingEntries(), "x")


def test_the_question_and_what_follows_tell_all_of_it() -> None:
    operation = DeadLetter("orders", "billing", "dead", PendingEntries(), "x", cluster=True)
    assert operation.question == "Dead-letter 0 entries of orders, group billing, to dead?"
    assert operation.params == {"to": "dead", "reason": "x"}
    assert "different slots" in operation.consequences[0]
    assert any("same atomic step" in told for told in operation.consequences)
