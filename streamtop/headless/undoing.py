"""The plan of an undo: what the journal says, and what the server says to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.operations.set_id import SetId, entries_between
from streamtop.operations.undo_copy import UndoCopy
from streamtop.planning.plan import Plan

if TYPE_CHECKING:
    from streamtop.journal.past_operations import PastOperation
    from streamtop.model.ids import EntryId
    from streamtop.operations import Operation
    from streamtop.source import Source


async def plan_undo(source: Source, done: PastOperation, operation: Operation) -> Plan:
    """What an undo will do; changes nothing.

    Args:
        source: The server.
        done: The operation that is undone.
        operation: The one that undoes it.

    Raises:
        SourceError: If the server cannot be asked what lies between two positions.
    """
    notes = []
    if done.unknown and isinstance(operation, UndoCopy):
        were = "1 entry was" if done.unknown == 1 else f"{done.unknown:,} entries were"
        notes.append(f"{were} sent and never answered: whether they were copied is not known.")
    if isinstance(operation, SetId) and operation.position != "$":
        operation = await _counted(source, operation, *sorted((operation.position, operation.was)))
    return Plan(operation, notes=tuple(notes))


async def _counted(source: Source, operation: SetId, low: EntryId, high: EntryId) -> SetId:
    """The same, with the number of entries between the two positions."""
    count, whole = await entries_between(source, operation.stream, low, high)
    if operation.goes_back:
        return replace(operation, redelivers=count, counted=whole)
    return replace(operation, skips=count, counted=whole)
