"""The pending entries that a request is about: listed, named by ID, or selected by conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.selection import Selection
from streamtop.operations import Outcome
from streamtop.operations.pending_steps import in_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.planning.plan import PlanContext
    from streamtop.source import Source

MOST = 1_000_000
"""Entries of one operation, at most."""
PAGE = 500
"""Entries of one request to the server."""

EntryChoice = PendingEntries | Selection | tuple["EntryId", ...]
"""Entries as they were seen pending, conditions on them, or their IDs."""


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
    entries, looked_at, last = PendingEntries(), 0, None
    while not context.stopped:
        page = await context.source.pending(
            stream, group, after=last, count=PAGE, consumer=selection.consumer or None
        )
        looked_at += len(page)
        for row in await _admitted(context.source, stream, selection, page):
            entries.add(row)
            if len(entries) >= most:
                return entries
        context.report(looked_at, len(entries))
        if len(page) < PAGE or (selection.up_to and page[-1].id >= selection.up_to):
            break
        last = page[-1].id
    return entries


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
