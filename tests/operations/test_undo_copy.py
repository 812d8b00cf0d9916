from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.add import AddEntry
from streamtop.operations.dead_letter import DeadLetter
from streamtop.operations.redrive import Redrive, Route
from streamtop.operations.replay import Replay
from streamtop.operations.undo_copy import Copied, UndoCopy
from tests.operations.scene import (
    COPIES,
    GROUP,
    IDLE_MS,
    RAW_COPIES,
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

    from streamtop.operations import Operation, Receipt

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


async def run(scene: Scene, operation: Operation) -> Receipt:
    return await apply(operation, scene, NoLog(), keep=None)


def undo(receipt: Receipt, to: str, seen: Sequence[PendingEntry] = ()) -> UndoCopy:
    """What withdraws all copies of a receipt; the originals were pending as they were seen."""
    rows = {row.id: row for row in seen}
    copies = []
    for each in receipt.outcomes:
        if each.copy is not None:
            original = rows.get(each.id) if each.id and each.was else None
            copies.append(Copied(each.copy, each.to or to, original))
    return UndoCopy(STREAM, tuple(copies), "an id", GROUP if seen else None)


@pytest.mark.parametrize("what", ["replay", "dead-letter"])
@on_a_server
@given(entries=scenes)
async def test_what_was_acknowledged_is_pending_again_as_it_was_and_the_copies_are_gone(
    scene: Scene, what: str, entries: list[Pairs]
) -> None:
    await scene.begin(entries)
    before, seen = await scene.state(), PendingEntries(await scene.seen())
    operation: Operation = Replay(STREAM, COPIES, seen, GROUP)
    if what == "dead-letter":
        operation = DeadLetter(STREAM, GROUP, COPIES, seen, "broken")
    receipt = await run(scene, operation)
    assert (await scene.state()).pending == {}
    assert (await run(scene, undo(receipt, COPIES, seen))).clean
    after = await scene.state()
    assert (after, after.copies) == (before, [])
    assert all(IDLE_MS <= idle < IDLE_MS + 60_000 for idle in after.idle.values())


@on_a_server
@given(entries=scenes, to=st.sampled_from([COPIES, STREAM]))
async def test_copies_of_what_was_not_acknowledged_are_deleted_and_no_more(
    scene: Scene, entries: list[Pairs], to: str
) -> None:
    ids = await scene.begin(entries)
    before = await scene.state()
    receipt = await run(scene, Replay(STREAM, to, tuple(ids)))
    assert (await run(scene, undo(receipt, to))).done == len(ids)
    assert await scene.state() == before


async def test_what_was_redriven_without_removal_or_added_is_withdrawn_where_it_went(
    scene: Scene,
) -> None:
    ids = await scene.begin(PAIRS)
    for name in ("a", "b"):
        await scene.ask("XADD", name, "*", "old", "")
    routes = tuple(Route(entry_id, "ab"[n % 2]) for n, entry_id in enumerate(ids))
    receipt = await run(scene, Redrive(STREAM, routes, remove=False))
    operation = undo(receipt, "")
    assert operation.question == "Delete 5 entries from 2 streams again?"
    withdrawn = await run(scene, operation)
    assert withdrawn.clean
    assert [each.to for each in withdrawn.outcomes] == ["a", "b", "a", "b", "a"]
    added = await run(scene, AddEntry("a", ((b"n", b"1"),), make_stream=True))
    operation = undo(added, "a")
    assert operation.question == "Delete 1 entry from a again?"
    assert (await run(scene, operation)).clean
    assert await scene.ask("XLEN", "a") == await scene.ask("XLEN", "b") == 1


@on_a_server
@given(
    entries=scenes,
    position=st.integers(0, 6),
    deleted=st.sets(st.integers(0, 5)),
    groups=st.integers(0, 3),
)
async def test_a_copy_that_a_group_was_given_is_left_alone_and_so_is_its_original(
    scene: Scene, entries: list[Pairs], position: int, deleted: set[int], groups: int
) -> None:
    ids = await scene.begin(entries)
    before, seen = await scene.state(), PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    copies = [each.copy for each in receipt.outcomes if each.copy is not None]
    for number in range(groups):
        await scene.ask("XGROUP", "CREATE", RAW_COPIES, f"g{number}", "0")
    if groups and position:
        group = f"g{groups // 2}"
        await scene.ask(
            *("XREADGROUP", "GROUP", group, "w", "COUNT", position, "NOACK"),
            *("STREAMS", RAW_COPIES, ">"),
        )
    for number in deleted:
        await scene.ask(
            "XDEL", RAW_COPIES, *[str(each) for each in copies[number : number + 1]] or "1"
        )
    withdrawn = await run(scene, undo(receipt, COPIES, seen))
    read = position if groups else 0
    back = {n for n in range(len(ids)) if n >= read and n not in deleted}
    assert [each.outcome == "done" for each in withdrawn.outcomes] == [
        n in back for n in range(len(ids))
    ]
    for number, each in enumerate(withdrawn.outcomes):
        if number in deleted:
            assert each.reason == "it is no longer in the stream"
        elif number < read:
            assert each.reason == f"g{groups // 2} has read it"
    after = await scene.state()
    assert after.pending == {ids[n]: before.pending[ids[n]] for n in back}
    assert len(after.copies) == len([n for n in range(len(ids)) if n < read and n not in deleted])


async def test_a_copy_that_a_group_holds_is_left_alone_though_it_was_set_back(
    scene: Scene,
) -> None:
    ids = await scene.begin(PAIRS)
    receipt = await run(scene, Replay(STREAM, COPIES, tuple(ids)))
    copies = [str(each.copy) for each in receipt.outcomes]
    await scene.ask("XGROUP", "CREATE", RAW_COPIES, "again", "0")
    await scene.ask("XREADGROUP", "GROUP", "again", "w", "COUNT", 4, "STREAMS", RAW_COPIES, ">")
    await scene.ask("XACK", RAW_COPIES, "again", copies[1])
    await scene.ask("XGROUP", "SETID", RAW_COPIES, "again", copies[0])
    withdrawn = await run(scene, undo(receipt, COPIES))
    # What was acknowledged before the group was set back leaves no trace.
    assert [each.outcome for each in withdrawn.outcomes] == [
        *("skipped", "done", "skipped", "skipped", "done")
    ]


async def test_ids_are_compared_as_the_server_compares_them(scene: Scene) -> None:
    await scene.begin([])
    wanted = [(9, 2), (10, 1), (10, 2**63), (10, 2**64 - 1), (2**63 - 1, 0), (2**63 - 1, 1)]
    ids = [EntryId(*each) for each in wanted]
    for at in range(len(ids) + 1):
        await scene.ask("DEL", RAW_COPIES)
        await scene.ask("XGROUP", "CREATE", RAW_COPIES, "g", "0", "MKSTREAM")
        for each in ids:
            await scene.ask("XADD", RAW_COPIES, str(each), "n", "1")
        await scene.ask("XGROUP", "SETID", RAW_COPIES, "g", str(ids[at - 1]) if at else "0")
        receipt = await run(scene, UndoCopy(STREAM, [Copied(i, COPIES) for i in ids], "an id"))
        assert [each.outcome for each in receipt.outcomes] == ["skipped"] * at + ["done"] * (
            len(ids) - at
        )


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ("pending", "the entry that it was copied from is pending again"),
        ("delete", "the entry that it was copied from is no longer in the stream"),
        ("set back", "the entry that it was copied from is still to be delivered"),
    ],
)
async def test_a_copy_whose_original_cannot_be_put_back_is_left_alone_and_told_why(
    scene: Scene, touch: str, reason: str
) -> None:
    ids = await scene.begin(PAIRS[:2])
    seen = PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    match touch:
        case "pending":
            await scene.ask(
                "XCLAIM", RAW_STREAM, RAW_GROUP, "other", 0, str(ids[1]), "FORCE", "JUSTID"
            )
        case "delete":
            await scene.ask("XDEL", RAW_STREAM, str(ids[1]))
        case _:
            await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, str(ids[0]))
    before = await scene.state()
    withdrawn = await run(scene, undo(receipt, COPIES, seen))
    assert [(each.outcome, each.reason) for each in withdrawn.outcomes] == [
        ("done", None),
        ("skipped", reason),
    ]
    after = await scene.state()
    assert after.copies == before.copies[1:]
    assert after.pending.keys() == before.pending.keys() | {ids[0]}


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(entries=scenes, plan=plans)
async def test_while_other_clients_act_each_entry_is_pending_or_copied_and_never_both(
    scene: Scene, entries: list[Pairs], plan: Plan
) -> None:
    await scene.begin(entries)
    seen = PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    scene.meanwhile(plan)
    withdrawn = await run(scene, undo(receipt, COPIES, seen))
    assert len(withdrawn.outcomes) == len(seen)
    for now in scene.rounds:
        back = now.after.pending.keys() - now.before.pending.keys()
        assert len(now.before.copies) - len(now.after.copies) == len(back)
        assert now.before.entries == now.after.entries
        for row in seen:
            if row.id in back:
                holder = row.consumer.encode("utf-8", "surrogateescape")
                assert now.after.pending[row.id] == (holder, row.deliveries)


async def test_an_original_that_nobody_held_is_released_again(scene: Scene) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    [entry_id] = await scene.begin(PAIRS[:1])
    await scene.ask("XNACK", RAW_STREAM, RAW_GROUP, "FAIL", "IDS", 1, str(entry_id))
    before, seen = await scene.state(), PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    assert (await run(scene, undo(receipt, COPIES, seen))).clean
    after = await scene.state()
    assert (after, after.copies, after.pending[entry_id][0]) == (before, [], b"")


async def test_a_stream_or_a_group_that_is_gone_is_told(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    withdrawn = await run(scene, undo(receipt, COPIES, seen))
    assert (withdrawn.done, withdrawn.failed) == (0, len(PAIRS))
    assert await scene.ask("XLEN", RAW_COPIES) == len(PAIRS)
    await scene.ask("DEL", RAW_COPIES)
    withdrawn = await run(scene, undo(receipt, COPIES, seen))
    assert [each.outcome for each in withdrawn.outcomes] == ["skipped"] * len(PAIRS)


async def test_a_user_who_may_not_delete_puts_nothing_back(scene: Scene) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no users")
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    before = await scene.state()
    await scene.ask("ACL", "SETUSER", "default", "+@all", "-xdel")
    try:
        withdrawn = await run(scene, undo(receipt, COPIES, seen))
    finally:
        await scene.ask("ACL", "SETUSER", "default", "+@all")
    assert (withdrawn.done, withdrawn.failed) == (0, len(PAIRS))
    assert await scene.state() == before


async def test_large_copies_are_spread_over_several_steps(scene: Scene) -> None:
    await scene.begin([[(b"n", b"%d" % n), (b"blob", b"x" * 100_000)] for n in range(5)])
    before, seen = await scene.state(), PendingEntries(await scene.seen())
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    scene.written.clear()
    assert (await run(scene, undo(receipt, COPIES, seen))).clean
    assert await scene.state() == before
    assert len(scene.written) == 3


def test_the_question_and_what_follows_tell_all_of_it() -> None:
    copies = [Copied(EntryId(5, 1), "copies", PendingEntry(EntryId(1, 0), "w", 5, 1, 0.0))]
    operation = UndoCopy("orders", copies, "abc", "billing")
    assert operation.question == (
        "Delete 1 entry from copies again and make the original pending again for billing?"
    )
    assert "XREAD" in operation.consequences[0]
    assert operation.params == {"undoes": "abc"}
    assert operation.needs[-1] == "XCLAIM"
    with pytest.raises(ValueError, match="name it"):
        UndoCopy("orders", copies, "abc")
