"""Plans that change who holds pending entries: acknowledge, claim, release, hand over."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.selection import Selection
from streamtop.model.text import printable
from streamtop.operations import Outcome
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.handover import HandOver
from streamtop.operations.pending_steps import in_batches
from streamtop.operations.release import Release
from streamtop.planning.plan import Plan, UnsuitableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group
    from streamtop.operations.release import Mode
    from streamtop.planning.plan import PlanContext
    from streamtop.source import Source

MOST = 1_000_000
"""Entries of one operation, at most."""
PAGE = 500
"""Entries of one request to the server."""

EntryChoice = PendingEntries | Selection | tuple["EntryId", ...]
"""Entries as they were seen pending, conditions on them, or their IDs."""
_DROPS_SINCE = (7, 0)
"""From this version on, a claim drops entries without a payload from the pending entries list."""


@dataclass(frozen=True, slots=True)
class AcknowledgeRequest:
    """Which entries to acknowledge."""

    stream: str
    group: str
    entries: EntryChoice


async def plan_acknowledge(context: PlanContext, request: AcknowledgeRequest) -> Plan:
    """Acknowledge pending entries."""
    entries, already, notes = await select(context, request.stream, request.group, request.entries)
    return Plan(Acknowledge(request.stream, request.group, entries), already, notes)


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Which entries to claim, for whom and how."""

    stream: str
    group: str
    entries: EntryChoice
    consumer: str
    """The new holder."""
    count_delivery: bool = False
    min_idle_ms: int = 0
    """Entries idle for less are skipped."""


async def plan_claim(context: PlanContext, request: ClaimRequest) -> Plan:
    """Claim pending entries for a consumer.

    Raises:
        UnsuitableError: If that consumer holds all of them already.
        SourceError: MissingError if the stream or group is gone.
    """
    entries, already, notes = await select(
        context, request.stream, request.group, request.entries, min_idle_ms=request.min_idle_ms
    )
    if set(entries.by_consumer) == {request.consumer}:
        raise UnsuitableError(f"{printable(request.consumer)} holds them already")
    group, server = await context.group(request.stream, request.group)
    claim = Claim(
        request.stream,
        request.group,
        request.consumer,
        entries,
        new_consumer=is_new(request.consumer, group),
        without_payload=await count_missing(context, request.stream, entries.ids),
        drops_without_payload=server.api >= _DROPS_SINCE,
        count_delivery=request.count_delivery,
        min_idle_ms=request.min_idle_ms,
    )
    return Plan(claim, already, notes)


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """Which entries to release, and what becomes of their delivery counts."""

    stream: str
    group: str
    entries: EntryChoice
    mode: Mode = "fail"


async def plan_release(context: PlanContext, request: ReleaseRequest) -> Plan:
    """Release pending entries, so that no consumer holds them."""
    entries, already, notes = await select(context, request.stream, request.group, request.entries)
    return Plan(Release(request.stream, request.group, entries, request.mode), already, notes)


@dataclass(frozen=True, slots=True)
class HandOverRequest:
    """Whose pending entries go to whom."""

    stream: str
    group: str
    from_consumer: str
    to_consumer: str
    remove: bool = True
    """Whether to remove the consumer that gave them, once it holds none."""


async def plan_handover(context: PlanContext, request: HandOverRequest) -> Plan:
    """Give all pending entries of one consumer to another.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    held = Selection(consumer=request.from_consumer)
    entries, already, notes = await select(context, request.stream, request.group, held)
    group, _ = await context.group(request.stream, request.group)
    operation = HandOver(
        request.stream,
        request.group,
        request.from_consumer,
        request.to_consumer,
        entries,
        remove=request.remove and not is_new(request.from_consumer, group),
        new_consumer=is_new(request.to_consumer, group),
    )
    return Plan(operation, already, notes)


def is_new(consumer: str, group: Group) -> bool:
    """Whether a group has no such consumer; `False` where its consumers could not be read."""
    unread = bool(group.pending and not group.consumers)
    return not unread and all(each.name != consumer for each in group.consumers)


# Which entries


class SelectedEntries(NamedTuple):
    """Pending entries, the outcomes of requested entries that are not among them, and notes."""

    entries: PendingEntries
    already: Sequence[Outcome] = ()
    notes: tuple[str, ...] = ()


async def select(
    context: PlanContext, stream: str, group: str, choice: EntryChoice, *, min_idle_ms: int = 0
) -> SelectedEntries:
    """The chosen entries as they are pending now; those that were seen pending stay as seen.

    Args:
        context: The server.
        stream: The stream.
        group: One of its groups.
        choice: Which entries.
        min_idle_ms: Entries idle for less are left out, except released ones.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    if isinstance(choice, PendingEntries):
        return SelectedEntries(choice)
    if isinstance(choice, tuple):
        return await _by_id(context.source, stream, group, choice, min_idle_ms)
    if min_idle_ms:
        over = max(min_idle_ms - 1, choice.idle_over_ms or 0)
        choice = replace(choice, idle_over_ms=over)
    entries = await gather(context, stream, group, choice)
    full = len(entries) >= MOST
    notes = (f"One operation includes at most {MOST:,} entries.",) if full else ()
    return SelectedEntries(entries, notes=notes)


async def gather(
    context: PlanContext, stream: str, group: str, selection: Selection, *, most: int = MOST
) -> PendingEntries:
    """All pending entries of a group that a selection admits, as they are now.

    The list is read page by page without the server's own filter: XPENDING with IDLE walks
    the whole list in one command.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    entries, looked_at = PendingEntries(), 0
    pages = pending_pages(context.source, stream, group, consumer=selection.consumer or None)
    async with aclosing(pages):
        async for page, _ in pages:
            looked_at += len(page)
            for row in await _admitted(context.source, stream, selection, page):
                entries.add(row)
                if len(entries) >= most:
                    return entries
            context.report(looked_at, len(entries))
            passed = selection.up_to and page and page[-1].id >= selection.up_to
            if passed or context.stopped:
                break
    return entries


async def pending_pages(
    source: Source, stream: str, group: str, *, consumer: str | None = None
) -> AsyncGenerator[tuple[Sequence[PendingEntry], bool]]:
    """The pending entries of a group, lowest ID first, in pages.

    Args:
        source: The server.
        stream: The stream.
        group: One of its groups.
        consumer: Only entries that this consumer holds.

    Yields:
        A page, and whether it is the last one.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    last, complete = None, False
    while not complete:
        page = await source.pending(stream, group, after=last, count=PAGE, consumer=consumer)
        complete = len(page) < PAGE
        yield page, complete
        last = page[-1].id if page else None


async def _admitted(
    source: Source, stream: str, selection: Selection, page: Sequence[PendingEntry]
) -> list[PendingEntry]:
    """The rows of a page that a selection admits; large payloads take several requests."""
    rows = [row for row in page if selection.admits(row)]
    if not selection.needs_payload:
        return rows
    admitted, left = [], rows
    while left:
        entries = await source.entries_by_id(stream, [row.id for row in left])
        admitted += [
            row for row in left if row.id in entries and selection.admits_payload(entries[row.id])
        ]
        left = [row for row in left if row.id not in entries]
    return admitted


async def _by_id(
    source: Source, stream: str, group: str, ids: Sequence[EntryId], min_idle_ms: int
) -> SelectedEntries:
    entries, already = PendingEntries(), []
    for batch in in_batches(tuple(dict.fromkeys(ids)), PAGE):
        rows = await source.pending_now(stream, group, batch)
        for entry_id, row in zip(batch, rows, strict=True):
            if row is None:
                reason = "it is not pending in this group"
                already.append(Outcome(entry_id, "skipped", reason))
            elif 0 <= row.idle_ms < min_idle_ms:
                reason = f"it is idle for less than {min_idle_ms:,} ms"
                already.append(Outcome(entry_id, "skipped", reason))
            else:
                entries.add(row)
    return SelectedEntries(entries, already)


async def count_missing(context: PlanContext, stream: str, ids: Sequence[EntryId]) -> int:
    """The number of these entries that are no longer in the stream; 0 if the user may not ask."""
    count = 0
    for start in range(0, len(ids), PAGE):
        if context.stopped:
            break
        page = ids[start : start + PAGE]
        missing = await context.source.missing(stream, page)
        if missing is None:
            break
        count += len(missing)
        context.report(start + len(page), count)
    return count
