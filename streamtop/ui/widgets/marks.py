"""Marks on entries: held by their IDs, so that they outlast the rows on screen."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING, Generic, TypeVar

from streamtop.model.pending_entries import PendingEntries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations import Operation

RowT = TypeVar("RowT")
FEW = 10_000
"""Marks of so many entries are removed at once; those of more in a thread."""


class Marks(Generic[RowT]):
    """Entries that were marked one by one, and entries that were marked in bulk.

    A row that was marked by itself is kept as it was last seen. Entries marked in bulk may be
    many more than there are rows: they are kept as they were found, in the order of their IDs.
    """

    def __init__(
        self,
        entry_id: Callable[[RowT], EntryId],
        pending: Callable[[RowT], PendingEntry] | None = None,
    ) -> None:
        """Make an empty set of marks.

        Args:
            entry_id: The ID of a row's entry.
            pending: The pending entry of a row, where rows stand for pending entries.
        """
        self._entry_id = entry_id
        self._pending = pending
        self._rows: dict[EntryId, RowT] = {}
        self._bulk = PendingEntries()
        self._left_out: set[EntryId] = set()
        """Entries of the bulk that were unmarked since."""

    def __len__(self) -> int:
        return len(self._rows) + len(self._bulk) - len(self._left_out)

    def __contains__(self, row: RowT) -> bool:
        entry_id = self._entry_id(row)
        return entry_id in self._rows or self._in_bulk(entry_id)

    def _in_bulk(self, entry_id: EntryId) -> bool:
        if not self._bulk or entry_id in self._left_out:
            return False
        at = bisect_left(self._bulk, entry_id, key=lambda row: row.id)
        return at < len(self._bulk) and self._bulk[at].id == entry_id

    # What is chosen: everything marked, or else the row under the cursor

    def chosen(self, selected: RowT | None) -> tuple[RowT, ...]:
        """The rows that were marked one by one, by ID; without any mark the selected row."""
        if self._rows:
            return tuple(self._rows[entry_id] for entry_id in sorted(self._rows))
        return () if selected is None or len(self) else (selected,)

    def chosen_pending(self, selected: RowT | None) -> PendingEntries:
        """All marked entries as they were seen pending, or else the selected one, by ID."""
        if not self._rows and not self._left_out and self._bulk:
            return self._bulk  # not copied: there may be a million
        rows = [self._pending(row) for row in self.chosen(selected)] if self._pending else []
        if self._bulk:
            rows += [row for row in self._bulk if row.id not in self._left_out]
            rows.sort(key=lambda row: row.id)
        return PendingEntries(rows)

    def chosen_ids(self, selected: RowT | None) -> tuple[EntryId, ...]:
        """The IDs of all marked entries, or else of the selected one, in order."""
        if self._bulk:
            return tuple(self.chosen_pending(selected).ids)
        return tuple(map(self._entry_id, self.chosen(selected)))

    # Marking

    def refresh(self, rows: Iterable[RowT]) -> None:
        """Replace the marked rows among these by what they are now."""
        if self._rows:
            for row in rows:
                if self._entry_id(row) in self._rows:
                    self._rows[self._entry_id(row)] = row

    def toggle(self, row: RowT) -> None:
        """Mark a row, or unmark it."""
        if row in self:
            self._remove(self._entry_id(row))
        else:
            self.add(row)

    def add(self, row: RowT) -> None:
        """Mark a row."""
        entry_id = self._entry_id(row)
        if entry_id in self._left_out:
            self._left_out.remove(entry_id)
        elif not self._in_bulk(entry_id):
            self._rows[entry_id] = row

    def replace(self, entries: PendingEntries) -> None:
        """Mark these pending entries, and no others."""
        self.clear()
        self._bulk = entries

    def clear(self) -> None:
        """Remove all marks."""
        self._rows.clear()
        self._bulk = PendingEntries()
        self._left_out.clear()

    def _remove(self, entry_id: EntryId) -> None:
        if self._rows.pop(entry_id, None) is None and self._in_bulk(entry_id):
            self._left_out.add(entry_id)

    async def remove_reached(self, operation: Operation, reached: int) -> None:
        """Remove the marks of the first so many entries of an operation."""
        if not len(self) or not reached:
            return
        if operation.total <= FEW:
            for entry_id in operation.ids[:reached]:
                self._remove(entry_id)
        else:
            reached_ids = await asyncio.to_thread(lambda: frozenset(operation.ids[:reached]))
            self._rows = {key: row for key, row in self._rows.items() if key not in reached_ids}
            self._left_out -= reached_ids
            self._bulk = await asyncio.to_thread(_without, self._bulk, reached_ids)
        if self._bulk and not len(self):
            self.clear()


def _without(entries: PendingEntries, ids: frozenset[EntryId]) -> PendingEntries:
    return PendingEntries(row for row in entries if row.id not in ids)
