"""Marks on the rows of a table: entries captured by their IDs, never by their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from streamtop.ui.text import Cell
from streamtop.ui.widgets.livetable import LiveTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.ids import EntryId

RowT = TypeVar("RowT")


class MarkedTable(LiveTable[RowT]):
    """A table of entries that can be marked.

    A mark holds the row as it was last seen, so it outlives the row's leaving the table.
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

    def entry_id(self, row: RowT) -> EntryId:
        """The ID that a mark captures."""
        raise NotImplementedError

    def sign(self, row: RowT) -> Cell:
        """Whether it is marked."""
        return Cell("▌", "marked") if self.entry_id(row) in self.marked else Cell(" ")

    @property
    def chosen(self) -> tuple[RowT, ...]:
        """The marked rows in the order of their IDs, or else the one under the cursor."""
        if self.marked:
            return tuple(self.marked[entry_id] for entry_id in sorted(self.marked))
        return () if self.selected is None else (self.selected,)

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
        if self.marked.pop(self.entry_id(row), None) is None:
            self.marked[self.entry_id(row)] = row
        self.marks_changed()
        self.cursor += 1

    def action_mark_all(self) -> None:
        """Mark all rows that the filter lets through."""
        self.marked |= {self.entry_id(row): row for row in self.rows}
        self.marks_changed()

    def action_unmark(self) -> None:
        """Remove all marks."""
        self.marked.clear()
        self.marks_changed()

    def unmark(self, ids: Iterable[EntryId]) -> None:
        """Remove the marks of these entries: something was done about them."""
        for entry_id in ids:
            self.marked.pop(entry_id, None)
        self.marks_changed()

    def marks_changed(self) -> None:
        """Show the marks and their number."""
        self.show_title()
        self.refresh_bindings()
        self.refresh()

    @property
    def tally(self) -> str:
        """How many rows are shown, and how many marked."""
        shown = super().tally
        return f"{len(self.marked):,} marked ─ {shown}" if self.marked else shown
