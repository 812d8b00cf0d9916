"""The plans of release and handover: a consumer holds entries no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streamtop.headless.planning import is_new, seen_now
from streamtop.headless.selection import EntrySelection, find
from streamtop.model.selection import Selection
from streamtop.operations.handover import HandOver
from streamtop.operations.release import Release
from streamtop.planning.plan import Plan

if TYPE_CHECKING:
    from streamtop.source import Source


async def plan_release(
    source: Source,
    stream: str,
    group: str,
    wanted: EntrySelection,
    *,
    mode: Literal["silent", "fail", "fatal"],
) -> Plan:
    """Release entries, so that nobody holds them."""
    found = await find(source, stream, group, wanted)
    return Plan(Release(stream, group, found.entries, mode), found.already, found.notes)


async def plan_handover(
    source: Source, stream: str, group: str, *, giver: str, taker: str, remove: bool
) -> Plan:
    """Give all entries of one consumer to another."""
    wanted = EntrySelection(selection=Selection(consumer=giver))
    found = await find(source, stream, group, wanted)
    seen, _ = await seen_now(source, stream, group)
    operation = HandOver(
        stream,
        group,
        giver,
        taker,
        found.entries,
        remove=remove and not is_new(giver, seen),
        new_consumer=is_new(taker, seen),
    )
    return Plan(operation, found.already, found.notes)
