"""Plans that add one entry: a new one, or a changed copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.masking.source import MaskedSource
from streamtop.operations.add import AddEntry
from streamtop.planning.plan import Plan, UnsuitableError

if TYPE_CHECKING:
    from streamtop.model.entries import Fields
    from streamtop.model.ids import EntryId
    from streamtop.planning.plan import PlanContext

EDITABLE = 200_000
"""Bytes of the largest entry that can be edited."""


@dataclass(frozen=True, slots=True)
class AddRequest:
    """The fields of an entry to add."""

    stream: str
    fields: Fields
    origin_id: EntryId | None = None
    """The entry of the same stream that was edited."""


async def plan_add(context: PlanContext, request: AddRequest) -> Plan:
    """Add an entry to a stream that exists.

    Raises:
        SourceError: If the server cannot be asked what it can do.
    """
    nomkstream = (await context.source.abilities()).api >= (6, 2)
    return Plan(
        AddEntry(request.stream, request.fields, origin_id=request.origin_id, nomkstream=nomkstream)
    )


async def fields_to_edit(context: PlanContext, stream: str, entry_id: EntryId) -> Fields:
    """The fields of an entry of which a changed copy can be added.

    Raises:
        UnsuitableError: If it is gone, too large, or partly hidden by a mask.
        SourceError: If it cannot be read.
    """
    source = context.source
    entry = (await source.entries_by_id(stream, [entry_id])).get(entry_id)
    if entry is None:
        raise UnsuitableError("The entry is gone.")
    if isinstance(source, MaskedSource) and source.hides(entry):
        raise UnsuitableError("One of its values is hidden here and would be lost in the copy.")
    if entry.size > EDITABLE:
        size, most = figures.size(entry.size), figures.size(EDITABLE)
        raise UnsuitableError(f"It has {size}; up to {most} can be edited here.")
    return entry.fields
