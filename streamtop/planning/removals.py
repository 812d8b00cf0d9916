"""Plans that remove entries for good: delete, trim, and deleting a whole stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO, EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.snapshot import OldestPending
from streamtop.model.trim_advice import advise_trim
from streamtop.operations.delete import Delete
from streamtop.operations.delete_stream import DeleteStream
from streamtop.operations.trim import Trim
from streamtop.planning.entry_count import entries_between
from streamtop.planning.plan import Plan, UnsuitableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.snapshot import Stream
    from streamtop.model.trim_advice import TrimAdvice
    from streamtop.operations.delete import Policy
    from streamtop.planning.plan import PlanContext

LOOKED_UP = 1_000
"""Entries that are looked up in other groups, at most."""


@dataclass(frozen=True, slots=True)
class DeleteRequest:
    """Which entries to delete, and how."""

    stream: str
    entries: PendingEntries | tuple[EntryId, ...]
    group: str | None = None
    """The group for which to acknowledge them in the same step; they must be pending in it."""
    policy: Policy = "plain"


async def plan_delete(context: PlanContext, request: DeleteRequest) -> Plan:
    """Delete entries.

    Raises:
        SourceError: MissingError if the stream is gone.
    """
    stream, _ = await context.stream(request.stream)
    entries = request.entries
    ids = entries.ids if isinstance(entries, PendingEntries) else entries
    newest = max(ids, default=ZERO)
    return Plan(
        Delete(
            request.stream,
            entries if request.group is not None else tuple(ids),
            request.group,
            request.policy,
            unread_by=tuple(each.name for each in stream.groups if each.last_delivered_id < newest),
            held_by=await _held_by(context, stream, ids, but=request.group),
        )
    )


async def _held_by(
    context: PlanContext, stream: Stream, ids: Sequence[EntryId], *, but: str | None
) -> tuple[str, ...]:
    """The other groups in which some of the entries are pending."""
    names = []
    for group in stream.groups:
        if group.name != but and group.pending:
            rows = await context.source.pending_now(stream.name, group.name, ids[:LOOKED_UP])
            if any(rows):
                names.append(group.name)
    return tuple(names)


@dataclass(frozen=True, slots=True)
class TrimRequest:
    """How far to trim a stream."""

    stream: str
    minid: EntryId
    """The lowest ID that stays."""
    force: bool = False
    """Whether to remove entries that a group may still need."""


async def trim_advice(context: PlanContext, name: str) -> TrimAdvice:
    """How far a stream can be trimmed without any group missing an entry.

    Raises:
        SourceError: MissingError if the stream is gone.
    """
    stream, _ = await context.stream(name)
    return advise_trim(await _with_oldest_pending(context, stream))


async def _with_oldest_pending(context: PlanContext, stream: Stream) -> Stream:
    """The stream with the oldest pending entry of each group.

    A look leaves it out where a busy group moved between two commands; it is read again here.
    """
    groups = []
    for group in stream.groups:
        known = group
        if group.pending and group.oldest_pending is None:
            rows = await context.source.pending(stream.name, group.name, count=1)
            oldest = [
                OldestPending(row.id, row.consumer, row.idle_ms, row.deliveries) for row in rows
            ]
            known = (
                replace(group, oldest_pending=oldest[0]) if oldest else replace(group, pending=0)
            )
        groups.append(known)
    return replace(stream, groups=tuple(groups))


async def plan_trim(context: PlanContext, request: TrimRequest) -> Plan:
    """Remove all entries below an ID.

    Raises:
        UnsuitableError: If that is further than advised and not forced, or removes nothing.
        SourceError: MissingError if the stream is gone.
    """
    advice = await trim_advice(context, request.stream)
    if not request.force and (advice.minid is None or request.minid > advice.minid):
        raise UnsuitableError(f"Too far unless it is forced: {advice.reasons[0]}.")
    stream, _ = await context.stream(request.stream)
    first = stream.edges.first_entry_id if stream.edges is not None else None
    if first is not None and request.minid <= first:
        raise UnsuitableError(f"Nothing lies below it: the first entry is {first}.")
    count, complete = await entries_between(
        context.source, request.stream, ZERO, request.minid.previous()
    )
    expected = count if complete else None
    if expected is None and request.minid == advice.minid:
        expected = advice.entries
    needed = advice.reasons if request.force else ()
    return Plan(Trim(request.stream, request.minid, expected, request.force, needed))


@dataclass(frozen=True, slots=True)
class DeleteStreamRequest:
    """The stream to delete."""

    stream: str
    growing: bool = False
    """Whether entries are being added to it."""


async def plan_delete_stream(context: PlanContext, request: DeleteStreamRequest) -> Plan:
    """Delete a stream with its groups.

    Raises:
        SourceError: MissingError if the stream is gone.
    """
    stream, _ = await context.stream(request.stream)
    lags = [group.lag.count for group in stream.groups]
    known = [lag for lag in lags if lag is not None]
    return Plan(
        DeleteStream(
            stream.name,
            stream.length,
            tuple(group.name for group in stream.groups),
            stream.pending,
            max(known, default=0) if len(known) == len(lags) else None,
            growing=request.growing,
        )
    )
