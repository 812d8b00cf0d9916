"""Marks on the rows of a table: entries captured by their IDs, never by their rows."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from streamtop.model.pending_entries import PendingEntries
from streamtop.ui.text import Cell
from streamtop.ui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations import Operation

RowT = TypeVar("RowT")
FEW = 10_000
"""Entries whose marks are removed one by one; those of more in a thread."""


class MarkedTable(LiveTable[RowT]):
    """A table of entries that can be marked, one by one or all that were gathered.

    A mark holds the row as it was last seen, so it outlives the row's leaving the table.
    What was gathered are many more entries than there are rows: they are kept as they were
    seen, in the order of their IDs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", id="entries.mark", tooltip="Mark the entry, or unmark it"),
        Binding(
            "asterisk",
            "mark_all",
            "Mark all",
            key_display="*",
            show=False,
            id="entries.mark-all",
            tooltip="Mark all entries that are shown",
        ),
        Binding(
            "U", "unmark", "Unmark", show=False, id="entries.unmark", tooltip="Remove all marks"
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.marked: dict[EntryId, RowT] = {}
        """Rows that were marked one by one."""
        self.gathered = PendingEntries()
        """Pending entries that were marked together, in the order of their IDs."""
        self.left_out: set[EntryId] = set()
        """Those of the gathered ones whose marks were removed."""

    def entry_id(self, row: RowT) -> EntryId:
        """The ID that a mark captures."""
        raise NotImplementedError

    def held(self, row: RowT) -> PendingEntry:
        """How the entry of a row is pending; only for tables whose rows are."""
        raise NotImplementedError

    def sign(self, row: RowT) -> Cell:
        """Whether it is marked."""
        return Cell("▌", "marked") if self.is_marked(self.entry_id(row)) else Cell(" ")

    def is_marked(self, entry_id: EntryId) -> bool:
        """Whether an entry is marked, in either way."""
        return entry_id in self.marked or self._is_gathered(entry_id)

    def _is_gathered(self, entry_id: EntryId) -> bool:
        if not self.gathered or entry_id in self.left_out:
            return False
        at = bisect_left(self.gathered, entry_id, key=lambda row: row.id)
        return at < len(self.gathered) and self.gathered[at].id == entry_id

    @property
    def marks(self) -> int:
        """How many entries are marked."""
        return len(self.marked) + len(self.gathered) - len(self.left_out)

    # What an operation would be about

    @property
    def has_chosen(self) -> bool:
        """Whether anything is marked, or under the cursor."""
        return bool(self.marks) or self.selected is not None

    @property
    def chosen(self) -> tuple[RowT, ...]:
        """The rows marked one by one in the order of their IDs, or else the one at the cursor."""
        if self.marked:
            return tuple(self.marked[entry_id] for entry_id in sorted(self.marked))
        return () if self.selected is None or self.marks else (self.selected,)

    def chosen_held(self) -> PendingEntries:
        """All that is marked, or else the entry at the cursor, as seen pending, in ID order."""
        if not self.marked and not self.left_out and self.gathered:
            return self.gathered  # as it is: there may be a million
        rows = [self.held(row) for row in self.chosen]
        if self.gathered:
            rows += [row for row in self.gathered if row.id not in self.left_out]
            rows.sort(key=lambda row: row.id)
        return PendingEntries(rows)

    def chosen_ids(self) -> tuple[EntryId, ...]:
        """The IDs of all that is marked, or else of the entry at the cursor, in their order."""
        if self.gathered:
            return tuple(self.chosen_held().ids)
        return tuple(self.entry_id(row) for row in self.chosen)

    # Marks

    def refresh_marks(self) -> None:
        """Let the marks hold the rows as they are seen now."""
        if self.marked:
            for row in self.data:
                if self.entry_id(row) in self.marked:
                    self.marked[self.entry_id(row)] = row

    def action_mark(self) -> None:
        """Mark the entry under the cursor, or unmark it, and go on to the next."""
        row = self.selected
        if row is None:
            return
        entry_id = self.entry_id(row)
        if self.is_marked(entry_id):
            self._unmark(entry_id)
        else:
            self._mark(row)
        self.marks_changed()
        self.cursor += 1

    def _mark(self, row: RowT) -> None:
        entry_id = self.entry_id(row)
        if entry_id in self.left_out:
            self.left_out.remove(entry_id)
        elif not self._is_gathered(entry_id):
            self.marked[entry_id] = row

    def _unmark(self, entry_id: EntryId) -> None:
        if self.marked.pop(entry_id, None) is None and self._is_gathered(entry_id):
            self.left_out.add(entry_id)

    def action_mark_all(self) -> None:
        """Mark all rows that the filter lets through."""
        for row in self.rows:
            self._mark(row)
        self.marks_changed()

    def mark_gathered(self, gathered: PendingEntries) -> None:
        """Mark these pending entries, and no others."""
        self.forget_marks()
        self.gathered = gathered
        self.marks_changed()

    def forget_marks(self) -> None:
        """Have no marks."""
        self.marked.clear()
        self.gathered = PendingEntries()
        self.left_out.clear()

    def action_unmark(self) -> None:
        """Remove all marks."""
        self.forget_marks()
        self.marks_changed()

    def unmark(self, ids: Iterable[EntryId]) -> None:
        """Remove the marks of these entries: something was done about them."""
        for entry_id in ids:
            self._unmark(entry_id)
        if self.gathered and not self.marks:
            self.forget_marks()
        self.marks_changed()

    async def unmark_reached(self, operation: Operation, reached: int) -> None:
        """Remove the marks of the first so many entries of an operation."""
        if not self.marks or not reached:
            return
        if operation.total <= FEW:
            self.unmark(operation.ids[:reached])
        else:
            rest = await asyncio.to_thread(_without, self.gathered, operation, reached)
            self.gathered = rest
            self.left_out &= {row.id for row in rest} if self.left_out else set()
            self.unmark(())

    def marks_changed(self) -> None:
        """Show the marks and their number."""
        self.show_title()
        self.refresh_bindings()
        self.refresh()

    @property
    def tally(self) -> str:
        """How many rows are shown, and how many marked."""
        return self.marks_told + super().tally

    @property
    def marks_told(self) -> str:
        """How many entries are marked, if any are, before what else is told."""
        return f"{self.marks:,} marked ─ " if self.marks else ""


def _without(held: PendingEntries, operation: Operation, reached: int) -> PendingEntries:
    """What is left of many entries when the first of an operation are taken away."""
    reached_ids = frozenset(operation.ids[:reached])
    return PendingEntries(row for row in held if row.id not in reached_ids)
