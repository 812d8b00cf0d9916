from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest

from streamtop.journal.past_entries import read_entries
from streamtop.journal.past_operations import find_operation, read_operations
from streamtop.journal.writer import Journal
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import Receipt, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.create_consumer import CreateConsumer
from streamtop.operations.create_group import CreateGroup
from streamtop.operations.delete import Delete
from streamtop.operations.delete_stream import DeleteStream
from streamtop.operations.destroy_group import DestroyGroup
from streamtop.operations.redrive import Redrive, Route
from streamtop.operations.remove_consumer import RemoveConsumer
from streamtop.operations.restore_pending import RestorePending
from streamtop.operations.set_id import SetId
from streamtop.operations.trim import Trim
from streamtop.planning.undo import CannotUndo, undo_of
from tests.fakes import SERVER, pending_entries
from tests.journal.undone import PAIRS, RESCUER, done_and_undone, undo_from
from tests.operations.scene import (
    GROUP,
    OWNERS,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Scene,
)
from tests.operations.test_prune_consumers import arrange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamtop.operations import Operation


@pytest.mark.parametrize("position", [EntryId(2, 2), "$"])
async def test_a_position_that_was_set_is_put_back_unless_the_group_was_read_since(
    scene: Scene, path: Path, position: EntryId | Literal["$"]
) -> None:
    ids = await scene.begin(PAIRS)
    await scene.ask("XADD", RAW_STREAM, "9-0", "n", "9")
    if position != "$":
        position = ids[1]
    [before] = await scene.ask("XINFO", "GROUPS", RAW_STREAM)
    facts = dict(zip(before[::2], before[1::2], strict=True))
    operation = SetId(STREAM, GROUP, position, ids[-1], facts.get(b"entries-read"))
    assert (await done_and_undone(scene, path, operation)).clean
    assert await scene.ask("XINFO", "GROUPS", RAW_STREAM) == [before]
    did = await apply(SetId(STREAM, GROUP, ids[1], ids[-1]), scene, Journal(path, SERVER))
    await scene.ask(
        *("XREADGROUP", "GROUP", RAW_GROUP, OWNERS[0], "COUNT", 1, "STREAMS", RAW_STREAM, ">")
    )
    receipt = await apply(undo_from(path, did.operation_id), scene, Journal(path, SERVER))
    assert (receipt.done, receipt.skipped) == (0, 1)


@pytest.mark.parametrize("position", [EntryId(2, 2), "$"])
async def test_a_group_that_was_created_goes_again_unless_it_was_used(
    scene: Scene, path: Path, position: EntryId | Literal["$"]
) -> None:
    await scene.begin(PAIRS)
    before = await scene.ask("XINFO", "GROUPS", RAW_STREAM)
    create = CreateGroup(STREAM, "new", position)
    assert (await done_and_undone(scene, path, create)).clean
    assert await scene.ask("XINFO", "GROUPS", RAW_STREAM) == before
    did = await apply(create, scene, Journal(path, SERVER))
    await scene.ask("XADD", RAW_STREAM, "9-0", "n", "9")
    await scene.ask("XREADGROUP", "GROUP", "new", "c", "COUNT", 1, "STREAMS", RAW_STREAM, ">")
    receipt = await apply(undo_from(path, did.operation_id), scene, Journal(path, SERVER))
    assert (receipt.done, receipt.skipped) == (0, 1)
    assert len(await scene.ask("XINFO", "GROUPS", RAW_STREAM)) == 2


async def test_a_consumer_that_was_created_goes_again_unless_it_holds_entries(
    scene: Scene, path: Path
) -> None:
    version = re.search(rb"redis_version:(\d+)\.(\d+)", await scene.ask("INFO", "server"))
    if version is None or (int(version[1]), int(version[2])) < (6, 2):
        pytest.skip("this server has no XGROUP CREATECONSUMER")
    ids = await scene.begin(PAIRS)
    before = await scene.state()
    create = CreateConsumer(STREAM, GROUP, RESCUER)
    assert (await done_and_undone(scene, path, create)).clean
    assert await scene.state() == before
    did = await apply(create, scene, Journal(path, SERVER))
    await apply(
        Claim(STREAM, GROUP, RESCUER, PendingEntries((await scene.seen())[:1])),
        scene,
        Journal(path, SERVER),
    )
    await apply(undo_from(path, did.operation_id), scene, Journal(path, SERVER))
    assert (await scene.state()).pending[ids[0]][0] == b"resc\xffuer"


async def test_consumers_that_were_removed_are_created_again_where_the_server_can(
    scene: Scene, path: Path
) -> None:
    prune = await arrange(scene, (b"gone\xff", b"gone too", b"active"))
    before = await scene.state()
    await scene.ask("XCLAIM", RAW_STREAM, RAW_GROUP, "active", 0, "1-1")
    did = await apply(prune, scene, Journal(path, SERVER))
    assert (did.done, did.skipped) == (2, 1)
    rows = list(read_entries(path, did.operation_id))
    assert {row.consumer: row.outcome for row in rows} == {
        "active": "skipped",
        "gone too": "done",
        "gone\udcff": "done",
    }
    undo = undo_from(path, did.operation_id)
    assert (undo.name, undo.total) == ("undo", 2)
    if (await scene.abilities()).why_not(*undo.needs) is None:
        assert (await apply(undo, scene, Journal(path, SERVER))).clean
        assert (await scene.state()).consumers == before.consumers
    else:
        why = (await scene.abilities()).why_not(*undo.needs) or ""
        assert "XGROUP CREATECONSUMER (Redis 6.2 and later)" in why


CANNOT: dict[str, Callable[[PendingEntries], Operation]] = {
    "never reuses an ID, so deleted entries": lambda held: Delete(
        "s", tuple(row.id for row in held)
    ),
    "never reuses an ID, so trimmed entries": lambda _: Trim("s", EntryId(9, 0)),
    "was lost with it": lambda _: DestroyGroup("s", "g", EntryId(0, 0)),
    "lost with it; one without any": lambda _: RemoveConsumer("s", "g", "w1", holds=3),
    "All entries of the stream": lambda _: DeleteStream("s", 3),
    "deleted as they were copied": lambda held: Redrive(
        "s", tuple(Route(row.id, "to") for row in held)
    ),
    "This is itself an undo": lambda held: RestorePending("s", "g", held, "7-a", "w1"),
    "Nothing was done": lambda held: Claim("s", "g", "w1", held),
}


@pytest.mark.parametrize("reason", CANNOT)
def test_what_cannot_be_undone_says_why(path: Path, reason: str) -> None:
    journal = Journal(path, SERVER)
    operation = CANNOT[reason](PendingEntries(pending_entries(3)))
    operation_id = journal.begin(operation)
    journal.end(Receipt(operation.name, operation.verb, operation_id, 0, 0, 0, 3, ()))
    told = undo_of(find_operation(path, operation_id), read_entries(path, operation_id))
    assert isinstance(told, CannotUndo)
    assert reason in told.reason
    assert told.reason.endswith(".")


async def test_nothing_is_undone_twice(scene: Scene, path: Path) -> None:
    await scene.begin(PAIRS)
    await done_and_undone(
        scene, path, Acknowledge(STREAM, GROUP, PendingEntries(await scene.seen()))
    )
    undo, did = read_operations(path).operations
    told = undo_of(did, read_entries(path, did.id))
    assert told == CannotUndo(f"It was undone already, by {undo.id}.")
    assert isinstance(undo_of(undo, read_entries(path, undo.id)), CannotUndo)


async def test_the_payload_of_what_was_deleted_can_be_had_from_the_journal(
    scene: Scene, path: Path
) -> None:
    ids = await scene.begin(PAIRS)
    did = await apply(Delete(STREAM, tuple(ids)), scene, Journal(path, SERVER))
    assert did.clean
    rows = list(read_entries(path, did.operation_id))
    assert [(row.id, row.fields) for row in rows] == [
        (each, tuple(pairs)) for each, pairs in zip(ids, PAIRS, strict=True)
    ]
