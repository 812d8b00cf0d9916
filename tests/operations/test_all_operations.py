"""What holds for every operation of the catalogue, on every server."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.gateway.connect import connect
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name, to_name
from streamtop.operations import NoLog, Operation, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.add import AddEntry
from streamtop.operations.catalogue import CATALOGUE
from streamtop.operations.claim import Claim
from streamtop.operations.create_consumer import CreateConsumer
from streamtop.operations.create_group import CreateGroup
from streamtop.operations.dead_letter import DeadLetter
from streamtop.operations.delete import Delete
from streamtop.operations.delete_stream import DeleteStream
from streamtop.operations.destroy_group import DestroyGroup
from streamtop.operations.handover import HandOver
from streamtop.operations.prune_consumers import EmptyConsumer, PruneConsumers
from streamtop.operations.redrive import Redrive, Route
from streamtop.operations.release import Release
from streamtop.operations.remove_consumer import RemoveConsumer
from streamtop.operations.replay import Replay
from streamtop.operations.restore_consumers import RestoreConsumers
from streamtop.operations.restore_pending import RestorePending
from streamtop.operations.set_id import SetId
from streamtop.operations.trim import Trim
from streamtop.operations.undo_copy import Copied, UndoCopy
from streamtop.source import RefusedError
from streamtop.ui.actions import NEEDS
from tests.kit.server_state import commands_run
from tests.operations.scene import (
    COPIES,
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
    from collections.abc import Callable

    from tests.servers import Running

    Held = tuple[bytes, int]
    """Consumer and delivery count."""

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]
LAST = EntryId(5, 2)
RESCUER = b"resc\xffuer"
RESCUER_NAME, BOB = to_name(RESCUER), to_name(OWNERS[1])

OPERATIONS: dict[str, Callable[[PendingEntries], Operation]] = {
    "acknowledge": lambda seen: Acknowledge(STREAM, GROUP, seen),
    "claim": lambda seen: Claim(STREAM, GROUP, RESCUER_NAME, seen),
    "handover": lambda seen: HandOver(
        *(STREAM, GROUP, BOB, RESCUER_NAME),
        PendingEntries(row for row in seen if row.consumer == BOB),
    ),
    "release": lambda seen: Release(STREAM, GROUP, seen),
    "replay": lambda seen: Replay(STREAM, COPIES, seen, GROUP, origin=True),
    "dead-letter": lambda seen: DeadLetter(STREAM, GROUP, COPIES, seen, "bad"),
    "redrive": lambda seen: Redrive(STREAM, [Route(each, COPIES) for each in seen.ids]),
    "add": lambda _: AddEntry(STREAM, ((b"n", b"1"),)),
    "delete": lambda seen: Delete(STREAM, seen, GROUP),
    "trim": lambda _: Trim(STREAM, EntryId(3, 0), expected=2, force=True),
    "delete-stream": lambda _: DeleteStream(STREAM, 5, (GROUP,)),
    "create-group": lambda _: CreateGroup(STREAM, "new", ZERO),
    "set-id": lambda _: SetId(STREAM, GROUP, EntryId(2, 0), was=LAST),
    "destroy-group": lambda _: DestroyGroup(STREAM, GROUP, LAST, pending=5),
    "create-consumer": lambda _: CreateConsumer(STREAM, GROUP, "new"),
    "remove-consumer": lambda _: RemoveConsumer(STREAM, GROUP, BOB, holds=5),
    "prune-consumers": lambda _: PruneConsumers(STREAM, GROUP, (EmptyConsumer(BOB, 9, 0.0),)),
    "undo": lambda seen: RestorePending(STREAM, GROUP, seen, "7-a", BOB),
    "undo of copies": lambda seen: UndoCopy(STREAM, [Copied(i, STREAM) for i in seen.ids], "7-a"),
    "undo of a removal": lambda _: RestoreConsumers(STREAM, GROUP, ("new", "other"), "7-a"),
}
BESIDES = {"claim": {"XGROUP CREATECONSUMER"}, "handover": {"XGROUP CREATECONSUMER"}}
"""Commands that a server or a user may lack without the operation failing."""
every_operation = pytest.mark.parametrize("name", OPERATIONS)


async def prepared(scene: Scene, name: str) -> Operation:
    """An operation on five pending entries, where the server can run it."""
    await scene.begin(PAIRS)
    await scene.ask("XADD", COPIES, "1-0", "n", "1")
    operation = OPERATIONS[name](PendingEntries(await scene.seen()))
    if (why_not := (await scene.abilities()).why_not(*operation.needs)) is not None:
        pytest.skip(why_not)
    return operation


def test_every_operation_of_the_catalogue_is_here() -> None:
    assert set(OPERATIONS) == {*CATALOGUE, "undo of copies", "undo of a removal"}


@every_operation
async def test_what_is_shown_is_what_is_sent_and_its_commands_are_known_beforehand(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    operation = await prepared(scene, name)
    now = time.monotonic()
    shown = [step.command for step in operation.steps(lambda: now)]
    monkeypatch.setattr(
        sys.modules["streamtop.operations.apply"], "time", SimpleNamespace(monotonic=lambda: now)
    )
    await scene.ask("CONFIG", "RESETSTAT")
    await apply(operation, scene, NoLog())
    assert scene.written[0] == shown[0]
    assert set(scene.written) <= set(shown)

    sent = await commands_run(scene.redis) - {"config", "info"}
    known = {*operation.needs, *BESIDES.get(name, ())}
    assert sent <= {command.split()[0].lower() for command in known}
    assert name not in NEEDS or set(NEEDS[name]) <= set(operation.needs)  # type: ignore[index]


@every_operation
async def test_read_only_nothing_is_sent(scene: Scene, every_server: Running, name: str) -> None:
    operation = await prepared(scene, name)
    before = await scene.state()
    reader = await connect(every_server.url, read_only=True)
    try:
        receipt = await apply(operation, reader, NoLog())
    finally:
        await reader.close()
    assert isinstance(receipt.error, RefusedError)
    assert (receipt.done, receipt.left, receipt.outcomes) == (0, operation.total, ())
    assert await scene.state() == before


@every_operation
async def test_where_everything_vanished_nothing_is_done_or_made_and_why_is_told(
    scene: Scene, name: str
) -> None:
    operation = await prepared(scene, name)
    await scene.ask("FLUSHALL")
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.done, receipt.clean) == (0, False)
    assert all(each.reason for each in receipt.outcomes)
    assert set(operation.ids) <= {each.id for each in receipt.outcomes}
    assert await scene.ask("DBSIZE") == 0


class Batched(NamedTuple):
    """An operation on pending entries, and what it makes of one that is as it was seen."""

    make: Callable[[PendingEntries], Operation]
    after: Callable[[Held], Held | None]
    """From how an entry was pending to how it is then; `None` for no longer."""
    redelivery_counts: bool = True
    """Whether an entry that its holder was given again has moved."""
    copies: bool = False
    deletes: bool = False


BATCHED = {
    "acknowledge": Batched(OPERATIONS["acknowledge"], lambda _: None, redelivery_counts=False),
    "claim": Batched(OPERATIONS["claim"], lambda held: (RESCUER, held[1])),
    "claim, counted": Batched(
        lambda seen: Claim(STREAM, GROUP, RESCUER_NAME, seen, count_delivery=True),
        lambda held: (RESCUER, min(held[1] + 1, LARGEST_COUNT)),
    ),
    "handover": Batched(
        lambda seen: HandOver(STREAM, GROUP, BOB, RESCUER_NAME, seen, remove=False),
        lambda held: (RESCUER, held[1]),
    ),
    "release": Batched(OPERATIONS["release"], lambda held: (b"", held[1])),
    "replay": Batched(
        lambda seen: Replay(STREAM, COPIES, seen, GROUP), lambda _: None, copies=True
    ),
    "dead-letter": Batched(
        OPERATIONS["dead-letter"], lambda _: None, redelivery_counts=False, copies=True
    ),
    "delete": Batched(OPERATIONS["delete"], lambda _: None, redelivery_counts=False, deletes=True),
}


@pytest.mark.parametrize("name", BATCHED)
@pytest.mark.parametrize(
    "command", [("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP), ("SET", RAW_STREAM, "x")]
)
async def test_a_group_that_vanished_meanwhile_is_told_entry_by_entry(
    scene: Scene, name: str, command: tuple[str | bytes, ...]
) -> None:
    await scene.begin(PAIRS)
    operation = BATCHED[name].make(PendingEntries(await scene.seen()))
    await scene.ask(*command)
    receipt = await apply(operation, scene, NoLog())
    assert [each.outcome for each in receipt.outcomes] == ["failed"] * operation.total
    assert all(each.reason for each in receipt.outcomes)
    assert receipt.error is not None


@pytest.mark.usefixtures("two_at_once")
@pytest.mark.parametrize("name", BATCHED)
@on_a_server
@given(entries=scenes, plan=plans, largest=st.integers(0, 5))
async def test_between_two_batches_what_moved_is_skipped_and_every_entry_is_accounted_for(
    scene: Scene, name: str, entries: list[Pairs], plan: Plan, largest: int
) -> None:
    batched = BATCHED[name]
    ids = await scene.begin(entries)
    if largest < len(ids):
        await scene.set_count(ids[largest], LARGEST_COUNT)
    seen = PendingEntries(await scene.seen())
    operation = batched.make(seen)
    if (await scene.abilities()).why_not(*operation.needs) is not None:
        return
    claims = batched.after((b"", 0)) == (RESCUER, name == "claim, counted")
    drops = claims and await drops_without_payload(scene)
    scene.meanwhile(plan)
    receipt = await apply(operation, scene, NoLog())

    outcomes = {each.id: each for each in receipt.outcomes}
    assert list(outcomes) == seen.ids
    assert len(scene.rounds) == (len(seen) + 1) // 2
    for number, each in enumerate(scene.rounds):
        pending, left, copies = dict(each.before.pending), dict(each.before.entries), []
        for row in seen[2 * number : 2 * number + 2]:
            outcome, held = outcomes[row.id], pending.get(row.id, (b"", 0))
            stale = batched.redelivery_counts and each.before.idle.get(row.id, 0) < IDLE_MS
            has_payload = row.id in left
            if held[0] != from_name(row.consumer) or stale or (batched.copies and not has_payload):
                assert outcome.outcome == "skipped"
                assert outcome.reason
                continue
            del pending[row.id]
            if drops and not has_payload:
                assert outcome.outcome == "skipped"
                assert "payload is gone" in (outcome.reason or "")
                continue
            assert outcome.outcome == "done"
            assert outcome.was is not None
            assert outcome.was.deliveries == held[1]
            assert 0 <= outcome.was.idle_ms - each.before.idle[row.id] < 1_000
            if (now := batched.after(held)) is not None:
                pending[row.id] = now
            if batched.copies:
                copies.append(left[row.id])
            if batched.deletes:
                left.pop(row.id, None)
        assert each.after.pending == pending
        assert each.after.entries == left
        made = {RESCUER} if RESCUER in {holder for holder, _ in pending.values()} else set()
        assert each.after.consumers == each.before.consumers | made
        added = each.after.copies[len(each.before.copies) :]
        assert [copy[: len(fields)] for copy, fields in zip(added, copies, strict=True)] == copies


async def drops_without_payload(scene: Scene) -> bool:
    """Whether this server drops a pending entry without a payload that is claimed."""
    await scene.ask("XADD", "tried", "1-0", "n", "1")
    await scene.ask("XGROUP", "CREATE", "tried", "g", "0")
    await scene.ask("XREADGROUP", "GROUP", "g", "a", "STREAMS", "tried", ">")
    await scene.ask("XDEL", "tried", "1-0")
    await scene.ask("XCLAIM", "tried", "g", "b", "0", "1-0", "JUSTID")
    return not await scene.ask("XPENDING", "tried", "g", "-", "+", 1)
