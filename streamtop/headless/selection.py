"""Which entries a command is about: named one by one, or by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streamtop.headless.progress import status_line
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import Outcome
from streamtop.operations.pending_search import MOST, PAGE, gather
from streamtop.operations.pending_steps import in_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.ids import EntryId
    from streamtop.model.selection import Selection
    from streamtop.source import Source

_NOT_PENDING = "it is not pending in this group"


@dataclass(frozen=True, slots=True)
class EntrySelection:
    """Entries by their IDs, or by a selection if there are no IDs."""

    ids: tuple[EntryId, ...] = ()
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class SelectedEntries:
    """The entries that are meant and pending, and what is known of the others."""

    entries: PendingEntries
    already: Sequence[Outcome] = ()
    notes: tuple[str, ...] = ()


async def find(
    source: Source, stream: str, group: str, wanted: EntrySelection, *, min_idle_ms: int = 0
) -> SelectedEntries:
    """How the wanted entries are pending now.

    Args:
        source: The server.
        stream: The stream.
        group: One of its groups.
        wanted: Which entries.
        min_idle_ms: Those that are idle for less are left out; a released one never is.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    if wanted.selection is None:
        return await _by_id(source, stream, group, wanted.ids, min_idle_ms)
    selection = wanted.selection
    if min_idle_ms:
        over = max(min_idle_ms - 1, selection.idle_over_ms or 0)
        selection = replace(selection, idle_over_ms=over)
    with status_line() as show:
        entries = await gather(
            source,
            stream,
            group,
            selection,
            progress=lambda seen, meant: show(f"looked at {seen:,} pending, {meant:,} selected"),
        )
    full = len(entries) >= MOST
    return SelectedEntries(
        entries, notes=(f"No more than {MOST:,} are taken at once.",) if full else ()
    )


async def count_missing(source: Source, stream: str, entries: PendingEntries) -> int:
    """How many of these entries exist no more, as far as the server tells."""
    count = 0
    with status_line() as show:
        for start in range(0, len(entries), PAGE):
            page = [row.id for row in entries[start : start + PAGE]]
            gone = await source.missing(stream, page)
            if gone is None:
                return count
            count += len(gone)
            show(f"looked for {start + len(page):,} of {len(entries):,} payloads")
    return count


async def _by_id(
    source: Source, stream: str, group: str, ids: Sequence[EntryId], min_idle_ms: int
) -> SelectedEntries:
    entries, already = PendingEntries(), []
    for batch in in_batches(tuple(dict.fromkeys(ids)), PAGE):
        rows = await source.pending_now(stream, group, batch)
        for entry_id, row in zip(batch, rows, strict=True):
            if row is None:
                already.append(Outcome(entry_id, "skipped", _NOT_PENDING))
            elif 0 <= row.idle_ms < min_idle_ms:
                why = f"it is idle for less than {min_idle_ms:,} ms"
                already.append(Outcome(entry_id, "skipped", why))
            else:
                entries.add(row)
    return SelectedEntries(entries, already)
