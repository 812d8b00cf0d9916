"""A table that a snapshot flows through: a new one costs a redraw of the visible lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from streamtop.model.order import in_order, matches
from streamtop.model.text import printable
from streamtop.ui.widgets.columns import GAP
from streamtop.ui.widgets.table_rendering import DOWN, GUTTER, UP, Ruled

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual import events

    from streamtop.ui.widgets.columns import Column

RowT = TypeVar("RowT")


class LiveTable(Ruled[RowT], can_focus=True):
    """Rows of one kind. The cursor follows the row with the same key, wherever it moves.

    `data` is what came from the server; `rows` is what of it is shown: filtered, in order.
    """

    NAME: ClassVar[str] = ""
    """What the pane is called in its title."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="One row up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down"),
        Binding("home", "edge(-1)", "First", show=False, id="table.first", tooltip="First row"),
        Binding("end", "edge(1)", "Last", show=False, id="table.last", tooltip="Last row"),
        Binding("enter", "open", "Open", id="table.open", tooltip="Go into the row"),
        Binding(
            "s", "sort", "Sort", show=False, id="table.sort", tooltip="Sort by the next column"
        ),
        Binding(
            "S", "reverse", "Reverse", show=False, id="table.reverse", tooltip="Reverse the order"
        ),
    ]

    class Moved(Message):
        """The row under the cursor is another one than before."""

        def __init__(self, table: LiveTable) -> None:  # type: ignore[type-arg] # of whatever rows
            super().__init__()
            self.table = table

        @property
        def control(self) -> LiveTable:  # type: ignore[type-arg] # of whatever rows
            """The table."""
            return self.table

    class Opened(Moved):
        """The row under the cursor was asked for, by Enter or a double click."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.key_under_cursor: Hashable | None = None

    # What each table says of its rows

    def key(self, row: RowT) -> Hashable:
        """What makes a row the same row in the next snapshot."""
        raise NotImplementedError

    def words(self, row: RowT) -> str:
        """The text that a filter searches."""
        return str(self.key(row))

    def fits(self, row: RowT) -> bool:
        """Whether the filter lets a row through: all its words occur."""
        return matches(self.words(row), self.needle)

    def own_order(self, rows: Sequence[RowT]) -> Sequence[RowT]:
        """The order when no column was chosen."""
        return rows

    # What is selected

    @property
    def selected(self) -> RowT | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def select(self, key: Hashable) -> bool:
        """Put the cursor on the row with that key; whether there is one."""
        for index, row in enumerate(self.rows):
            if self.key(row) == key:
                self.cursor = index
                return True
        return False

    # From data to rows

    def watch_data(self) -> None:
        self.rearrange()

    def watch_needle(self) -> None:
        self.rearrange()

    def watch_sort_column(self) -> None:
        self.rearrange()

    def watch_descending(self) -> None:
        self.rearrange()

    def rearrange(self) -> None:
        """Filter and sort the data anew; the cursor stays on its row and on its line."""
        rows: Sequence[RowT] = self.data
        if self.needle:
            rows = [row for row in rows if self.fits(row)]
        if self.sort_column is None:
            rows = self.own_order(rows)
            rows = list(reversed(rows)) if self.descending else rows
        else:
            order = self.columns[self.sort_column].order
            if order is not None:
                rows = in_order(rows, order, descending=self.descending)
        line = self.cursor - self.scroll_offset.y
        self.rows = rows
        self.virtual_size = Size(self.size.width, len(rows) + 1)
        self._follow(line)
        self.show_title()
        self.refresh()

    def _follow(self, line: int) -> None:
        """Find the row of the cursor again; without it, stay at the same place."""
        place = self.cursor
        if self.key_under_cursor is not None:
            found = (i for i, row in enumerate(self.rows) if self.key(row) == self.key_under_cursor)
            place = next(found, place)
        place = max(0, min(place, len(self.rows) - 1))
        if place != self.cursor:
            self.set_reactive(LiveTable.cursor, place)
            if 0 <= line < self.size.height - 1:
                self.scroll_to(y=place - line, animate=False, immediate=True, force=True)
        self._settle()

    def watch_cursor(self) -> None:
        self._settle()
        self.show_cursor()
        self.refresh()

    def _settle(self) -> None:
        """Remember which row the cursor is on, and tell when it is another one."""
        row = self.selected
        key = None if row is None else self.key(row)
        if key != self.key_under_cursor:
            self.key_under_cursor = key
            self.post_message(self.Moved(self))

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    def show_cursor(self) -> None:
        """Scroll as little as needed to have the cursor's row on screen."""
        visible = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if self.cursor < top:
            top = self.cursor
        elif self.cursor >= top + visible:
            top = self.cursor - visible + 1
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True, force=True)

    def on_resize(self) -> None:
        self.place_columns()
        self.virtual_size = Size(self.size.width, len(self.rows) + 1)
        self.show_cursor()

    # Title: the name, what is filtered, how it is sorted

    def title(self) -> Content:
        """What stands on the upper border."""
        parts = [Content.styled(self.NAME, "bold")]
        if self.needle:
            parts.append(Content(f"/{printable(self.needle)}"))
        if self.sort_column is not None:
            arrow = DOWN if self.descending else UP
            parts.append(Content(f"by {self.columns[self.sort_column].title.lower()} {arrow}"))
        elif self.descending:
            parts.append(Content("reversed"))
        return Content(" ─ ").join(parts)

    def show_title(self) -> None:
        """Write the title and the number of rows on the border."""
        self.border_title = self.title()
        self.border_subtitle = Content(self.tally)

    @property
    def tally(self) -> str:
        """How many rows are shown, of how many."""
        if len(self.rows) != len(self.data):
            return f"{len(self.rows):,} of {len(self.data):,}"
        return f"{len(self.data):,}" if self.data else ""

    # Keys and mouse

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.cursor += by * max(1, self.size.height - 2)

    def action_edge(self, which: int) -> None:
        """Move the cursor to the first or the last row."""
        self.cursor = 0 if which < 0 else len(self.rows) - 1

    def action_open(self) -> None:
        """Ask for the row under the cursor."""
        if self.selected is not None:
            self.post_message(self.Opened(self))

    def action_sort(self) -> None:
        """Sort by the next column that is shown; after the last, the table's own order."""
        shown = [column for column, _ in self._placed if column.order is not None]
        now = None if self.sort_column is None else self.columns[self.sort_column]
        at = shown.index(now) + 1 if now in shown else 0
        self._sort_by(shown[at] if at < len(shown) else None)

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.descending = not self.descending

    def _sort_by(self, column: Column[RowT] | None) -> None:
        self.set_reactive(LiveTable.descending, column is not None and column.descending)
        self.sort_column = None if column is None else list(self.columns).index(column)

    def on_click(self, event: events.Click) -> None:
        """A click on a heading sorts by it; on a row selects it; twice opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._click_heading(offset.x)
            return
        index = self.scroll_offset.y + offset.y - 1
        if index < len(self.rows):
            self.cursor = index
            if event.chain == 2:
                self.action_open()

    def _click_heading(self, x: int) -> None:
        left = GUTTER
        for column, width in self._placed:
            if left <= x < left + width and column.order is not None:
                if self.sort_column is not None and self.columns[self.sort_column] is column:
                    self.action_reverse()
                else:
                    self._sort_by(column)
                return
            left += width + GAP
