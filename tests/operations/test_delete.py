from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.gateway.connect import connect
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name
from streamtop.operations import NoLog, apply
from streamtop.operations.delete import AT_ONCE, Delete, Policy
from tests.operations.scene import (
    GROUP,
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
    from tests.servers import Running

PAIRS: list[Pairs] = [[(b"n", b"%d" % number), (b"n", b"\xff")] for number in range(4)]
OTHER = b"audit"
USER = "deleter"


async def other_group(scene: Scene, reads: int) -> None:
    """Another group of the stream, which has read so many entries."""
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, OTHER, "0")
    if reads:
        await scene.ask(
            *("XREADGROUP", "GROUP", OTHER, "x", "COUNT", reads, "STREAMS", RAW_STREAM, ">")
        )


async def pending_of_other(scene: Scene) -> set[bytes]:
    return {row[0] for row in await scene.ask("XPENDING", RAW_STREAM, OTHER, "-", "+", 100)}


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(entries=scenes, plan=plans, pending=st.booleans())
async def test_only_what_did_not_move_is_deleted_and_its_payload_is_told(
    scene: Scene, entries: list[Pairs], plan: Plan, pending: bool
) -> None:
    ids = await scene.begin(entries)
    seen = PendingEntries(await scene.seen())
    scene.meanwhile(plan)
    operation = Delete(STREAM, seen, GROUP) if pending else Delete(STREAM, tuple(ids))
    receipt = await apply(operation, scene, NoLog())

    outcomes = {each.id: each for each in receipt.outcomes}
    assert list(outcomes) == ids
    for number, each in enumerate(scene.rounds):
        left, held = dict(each.before.entries), dict(each.before.pending)
        for row in seen[2 * number : 2 * number + 2]:
            outcome, fields = outcomes[row.id], left.get(row.id)
            holder, count = held.get(row.id, (None, 0))
            moved = holder != from_name(row.consumer)
            if (pending and moved) or (not pending and fields is None):
                assert outcome.outcome == "skipped"
                continue
            assert outcome.outcome == "done"
            left.pop(row.id, None)
            if pending:
                del held[row.id]
                assert outcome.was is not None
                assert outcome.was.deliveries == count
            told = None if outcome.fields is None else [w for pair in outcome.fields for w in pair]
            assert told == fields
        assert each.after.entries == left
        assert each.after.pending == held
        assert each.after.consumers == each.before.consumers


async def test_large_payloads_are_deleted_in_smaller_steps_and_none_is_left_out(
    scene: Scene,
) -> None:
    sizes = [AT_ONCE // 2, AT_ONCE // 3, 2 * AT_ONCE, 10, AT_ONCE // 2, AT_ONCE // 2]
    ids = await scene.begin([[(b"", b"x" * size)] for size in sizes])
    receipt = await apply(Delete(STREAM, tuple(ids)), scene, NoLog())
    assert (receipt.clean, receipt.done) == (True, 6)
    kept = [each.fields[0][1] for each in receipt.outcomes if each.fields]
    assert [len(value) for value in kept] == sizes
    assert len(scene.written) == 4
    assert (await scene.state()).entries == {}


async def test_an_entry_with_very_many_fields_is_deleted(scene: Scene) -> None:
    ids = await scene.begin([[(b"f", b"%d" % number) for number in range(20_000)]])
    receipt = await apply(Delete(STREAM, tuple(ids)), scene, NoLog())
    assert receipt.clean
    assert len(receipt.outcomes[0].fields or ()) == 20_000


async def test_what_is_gone_from_the_stream_is_acknowledged_and_it_is_told(scene: Scene) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = PendingEntries(await scene.seen())
    await scene.touch("delete", entry_id)
    receipt = await apply(Delete(STREAM, seen, GROUP), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.fields) == ("done", None)
    assert outcome.reason == "acknowledged; it was no longer in the stream"
    assert (await scene.state()).pending == {}


async def extended(scene: Scene) -> None:
    """Only for servers that have XDELEX and XACKDEL."""
    if not (await scene.ask("COMMAND", "INFO", "XDELEX"))[0]:
        pytest.skip("this server has no XDELEX")


@pytest.mark.parametrize("policy", ["plain", "keepref", "delref"])
@pytest.mark.parametrize("pending", [True, False])
async def test_the_references_of_other_groups_stay_unless_they_are_to_go(
    scene: Scene, policy: Policy, pending: bool
) -> None:
    if policy != "plain":
        await extended(scene)
    ids = await scene.begin(PAIRS)
    await other_group(scene, 3)
    seen = PendingEntries(await scene.seen())
    group = GROUP if pending else None
    operation = Delete(STREAM, seen if pending else tuple(ids), group, policy, held_by=("audit",))
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.clean, receipt.done) == (True, 4)
    assert [each.fields for each in receipt.outcomes] == [tuple(pairs) for pairs in PAIRS]
    after = await scene.state()
    assert after.entries == {}
    assert await pending_of_other(scene) == (
        set() if policy == "delref" else set(map(bytes, ids[:3]))
    )
    assert set(after.pending) == (set() if pending or policy == "delref" else set(ids))
    told = " ".join(operation.consequences)
    assert ("stay pending without a payload: audit" in told) == (policy != "delref")
    assert ("pending entries lists of other groups: audit" in told) == (policy == "delref")


@pytest.mark.parametrize("pending", [True, False])
async def test_under_acked_only_what_no_group_needs_is_deleted(scene: Scene, pending: bool) -> None:
    await extended(scene)
    ids = await scene.begin(PAIRS)
    await other_group(scene, 3)
    await scene.ask("XACK", RAW_STREAM, OTHER, str(ids[0]), str(ids[1]))
    seen = PendingEntries(await scene.seen())
    if not pending:
        await scene.ask("XACK", RAW_STREAM, RAW_GROUP, str(ids[0]), *map(str, ids[2:]))
    group = GROUP if pending else None
    operation = Delete(STREAM, seen if pending else tuple(ids), group, "acked")
    receipt = await apply(operation, scene, NoLog())
    # 1: read and acknowledged by all; 2: pending here; 3: pending in the other; 4: unread there
    gone = {ids[0], ids[1]} if pending else {ids[0]}
    after = await scene.state()
    assert set(after.entries) == set(ids) - gone
    assert {each.id for each in receipt.outcomes if each.fields is not None} == gone
    if pending:
        assert after.pending == {}
        assert [each.outcome for each in receipt.outcomes] == ["done"] * 4
        assert {each.reason for each in receipt.outcomes[2:]} == {
            "acknowledged, and kept in the stream: another group still needs it"
        }
    else:
        assert set(after.pending) == {ids[1]}
        assert [each.outcome for each in receipt.outcomes] == ["done"] + ["skipped"] * 3
        assert {each.reason for each in receipt.outcomes[1:]} == {
            "kept: a group has not read it yet or not acknowledged it"
        }


@pytest.mark.parametrize("policy", ["keepref", "delref", "acked"])
async def test_what_is_gone_from_the_stream_leaves_the_list_under_every_policy(
    scene: Scene, policy: Policy
) -> None:
    await extended(scene)
    [entry_id] = await scene.begin(PAIRS[:1])
    await other_group(scene, 1)
    seen = PendingEntries(await scene.seen())
    await scene.touch("delete", entry_id)
    receipt = await apply(Delete(STREAM, seen, GROUP, policy), scene, NoLog())
    assert receipt.clean
    assert receipt.outcomes[0].reason == "acknowledged; it was no longer in the stream"
    assert (await scene.state()).pending == {}


@pytest.mark.parametrize("command", ["xack", "xdel"])
async def test_without_the_right_to_do_both_neither_is_done(
    scene: Scene, every_server: Running, command: str
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no ACL")
    await scene.begin(PAIRS)
    seen, before = PendingEntries(await scene.seen()), await scene.state()
    await scene.ask("ACL", "SETUSER", USER, "on", ">secret", "~*", "+@all", f"-{command}")
    try:
        source = await connect(every_server.url.replace("unix://", f"unix://{USER}:secret@"))
        try:
            receipt = await apply(Delete(STREAM, seen, GROUP), source, NoLog())
        finally:
            await source.close()
    finally:
        await scene.ask("ACL", "DELUSER", USER)
    assert (receipt.done, receipt.failed) == (0, 4)
    assert receipt.error is not None
    assert await scene.state() == before


def test_the_name_of_the_stream_is_typed_where_many_entries_are_lost() -> None:
    ids = tuple(EntryId(number, 0) for number in range(101))
    assert Delete(STREAM, ids).typed == STREAM
    assert Delete(STREAM, ids[:100]).typed is None


def test_what_is_to_be_acknowledged_must_have_been_seen_pending() -> None:
    with pytest.raises(TypeError):
        Delete(STREAM, (EntryId(1, 0),), GROUP)


@pytest.mark.parametrize(
    ("policy", "group", "needs"),
    [
        ("plain", None, ("EVAL", "XDEL", "XRANGE")),
        ("plain", GROUP, ("EVAL", "XDEL", "XRANGE", "XACK", "XPENDING")),
        ("acked", None, ("EVAL", "XRANGE", "XDELEX")),
        ("delref", GROUP, ("EVAL", "XRANGE", "XACKDEL", "XPENDING")),
    ],
)
def test_the_commands_that_are_needed_are_known_beforehand(
    policy: Policy, group: str | None, needs: tuple[str, ...]
) -> None:
    assert Delete(STREAM, PendingEntries(), group, policy).needs == needs


def test_groups_that_will_never_get_the_entries_are_named() -> None:
    operation = Delete(STREAM, (EntryId(1, 0),), unread_by=("a\n", "b"))
    assert (
        "Groups that have not read all of them and never will: a\\n, b." in operation.consequences
    )
    assert operation.consequences[0].startswith("This cannot be undone")
    assert operation.params == {"policy": "plain", "acknowledged": None}
