"""Something done and undone, by what the journal says alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.journal.past_entries import read_entries
from streamtop.journal.past_operations import find_operation
from streamtop.journal.writer import Journal
from streamtop.model.ids import EntryId
from streamtop.model.text import to_name
from streamtop.operations import Receipt, apply
from streamtop.planning.undo import CannotUndo, undo_of
from tests.fakes import SERVER

if TYPE_CHECKING:
    from pathlib import Path

    from streamtop.operations import Operation
    from tests.operations.scene import (
        Pairs,
        Scene,
    )

PAIRS: list[Pairs] = [[(b"n", b"%d" % number), (b"\xff", b"\x00")] for number in range(5)]
RESCUER = to_name(b"resc\xffuer")
IDS = [EntryId(n, 0) for n in range(3)]


def undo_from(path: Path, operation_id: str) -> Operation:
    """The undo of an operation, by what the journal says alone."""
    undo = undo_of(find_operation(path, operation_id), read_entries(path, operation_id))
    assert not isinstance(undo, CannotUndo), undo
    return undo


async def done_and_undone(scene: Scene, path: Path, operation: Operation) -> Receipt:
    """Do something, then undo it by what the journal says; the receipt of the undo."""
    journal = Journal(path, SERVER)
    did = await apply(operation, scene, journal)
    assert did.clean, did
    return await apply(undo_from(path, did.operation_id), scene, journal)
