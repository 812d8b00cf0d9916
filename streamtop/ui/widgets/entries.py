"""The browser of a stream's entries, newest first, paged both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content

from streamtop import figures
from streamtop.model.text import printable
from streamtop.ui.messages import ActionRequested, PositionRequested
from streamtop.ui.widgets.action_keys import ActionTable, action_binding
from streamtop.ui.widgets.entry_filter import Searching
from streamtop.ui.widgets.entry_rows import FIRST, LAST, EntryRow, columns_for

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from textual.binding import BindingType

    from streamtop.model.ids import EntryId
    from streamtop.ui.messages import Action
    from streamtop.ui.widgets.columns import Column


class EntryTable(Searching, ActionTable[EntryRow]):
    """One row an entry of the selected stream, in the terms of the framework that wrote it."""

    NAME = "5 Entries"
    HELP = (
        "The entries of the selected stream, newest first; more are loaded at either end. **g** "
        "goes to an entry, a time, or where a group stands; **t** follows live. **/** filters by "
        "words, `/regex/`, `name=value` or `$.path=value`, and **n** searches the whole stream "
        "for more of it. Mark some with **space**; **r** replays them, **e** exports."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "go_to", "Go to", id="entries.go-to", tooltip="An ID, a time, a group"),
        Binding("t", "follow", "Follow", id="entries.follow", tooltip="Show what is added, live"),
        Binding(
            *("n", "search(1)", "Search on"),
            show=False,
            id="entries.search",
            tooltip="More of what the filter asks for, in older entries; stop",
        ),
        Binding(
            *("N", "search(-1)", "Search back"),
            show=False,
            id="entries.search-back",
            tooltip="The same in newer entries",
        ),
        action_binding("r", "replay", "Replay", "entries.replay", "Add a copy to a stream (XADD)"),
        action_binding("d", "delete", "Delete", "entries.delete", "Delete from the stream (XDEL)"),
        action_binding("A", "add", "Add", "entries.add", "Add an entry (XADD)", show=False),
        action_binding("E", "edit", "Edit", "entries.edit", "Edit a copy, and add it", show=False),
        action_binding(
            "R", "redrive", "Redrive", "entries.redrive", "Back to where it was", show=False
        ),
    ]
    COLUMNS: ClassVar[Sequence[Column[EntryRow]]] = (*FIRST, LAST)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._columns: Sequence[Column[EntryRow]] = self.COLUMNS

    @property
    def columns(self) -> Sequence[Column[EntryRow]]:
        """Those that suit what is loaded."""
        return self._columns

    def key(self, row: EntryRow) -> Hashable:
        """An entry is its ID."""
        return row.entry.id

    def entry_id(self, row: EntryRow) -> EntryId:
        """The ID."""
        return row.entry.id

    def show_rows(self, rows: Iterable[EntryRow]) -> None:
        """Show these rows, in the columns that suit them."""
        found = list(rows)
        columns = columns_for(found)
        if _titles(columns) != _titles(self._columns):
            self._change_columns(columns)
        super().show_rows(found)

    def _change_columns(self, columns: Sequence[Column[EntryRow]]) -> None:
        sorted_by = None if self.sort_column is None else self._columns[self.sort_column].title
        self._columns = columns
        titles = [column.title for column in columns]
        at = titles.index(sorted_by) if sorted_by in titles else None
        self.set_reactive(EntryTable.sort_column, at)
        self.place_columns()

    # The border

    def title(self) -> Content:
        """The name of the pane, what is looked for, and whether it follows live."""
        told = [super().title()]
        if self.following:
            told.append(Content.styled("live", "$text-success"))
        if self.query_error:
            told.append(Content(printable(self.query_error)))
        return Content(" ─ ").join(told)

    @property
    def tally(self) -> str:
        """How many are loaded, of how many, and what else there is."""
        if self.stream is None or not self.data:
            return self.searched
        told = [self._skipped] if self.following else []
        if self.searched:
            told.append(self.searched)
        elif self.newer:
            told.append("newer entries: Home")
        told.append(f"{len(self.rows):,} of {self.stream.length:,}")
        return self.marks_told + " ─ ".join(filter(None, told))

    @property
    def _skipped(self) -> str:
        """What was too fast for the eye."""
        if self.tail.skipped:
            return f"{figures.count(self.tail.skipped)} skipped"
        return "some skipped" if self.tail.skipped is None and self.tail.jumped else ""

    def watch_searched(self) -> None:
        self.show_title()

    # Keys

    def action_go_to(self) -> None:
        """Wish to go to a place in the stream."""
        if self.stream is not None:
            self.post_message(PositionRequested(self.stream.name))

    def action_follow(self) -> None:
        """Follow live from the first row, or stop."""
        if self.stream is not None:
            self.following = not self.following
            if self.following:
                self.cursor = 0

    # Wishes

    def nothing_to_do(self, kind: Action) -> str | None:
        """Why there is nothing here to do that to; `None` when there is."""
        if self.stream is None:
            return "No stream is selected."
        if kind == "edit":
            return None if self.selected is not None else "No entry is selected."
        return None if kind == "add" or self.has_chosen else "No entry is chosen."

    def want(self, kind: Action) -> None:
        """Wish for something to be done to the chosen entries."""
        if self.stream is None:
            return
        ids = self.chosen_ids()
        if kind == "add":
            ids = ()
        elif kind == "edit":
            ids = () if self.selected is None else (self.selected.entry.id,)
        self.post_message(ActionRequested(kind, self.stream.name, entries=ids))


def _titles(columns: Sequence[Column[EntryRow]]) -> list[tuple[str, int]]:
    return [(column.title, column.width) for column in columns]
