"""A table over the latest snapshot: a new one redraws only the lines on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from streamtop.model.order import in_order, matches
from streamtop.model.text import printable
from streamtop.ui.text import Cell, fitted
from streamtop.ui.widgets.columns import GAP, Column, Placed, place

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from textual import events

    from streamtop.model.ids import EntryId
    from streamtop.ui.actions import Action, ActionRequested
    from streamtop.ui.widgets.marks import Marks

RowT = TypeVar("RowT")
GUTTER = 2
"""Cells before the first column: a mark, or the sign of a verdict."""
UP, DOWN = "↑", "↓"
"""The direction of the order, beside the heading of the sorted column."""


class LiveTable(ScrollView, Generic[RowT], can_focus=True):
    """Rows of one kind under their headings, filtered and in order, some of them marked.

    `data` holds what the server sent; `rows` what is shown of it. The cursor stays on the row
    with the same key, wherever a new order puts it.
    """

    NAME: ClassVar[str] = ""
    """The name of the pane in its title."""
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("table--header", "table--sorted", "table--cursor", "table--cursor-blurred"),
        *("table--dim", "table--good", "table--warning", "table--error", "table--accent"),
        *("table--marked", "table--empty"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="One row up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down"),
        Binding("home", "edge(-1)", "First", show=False, id="table.first", tooltip="First row"),
        Binding("end", "edge(1)", "Last", show=False, id="table.last", tooltip="Last row"),
        Binding("enter", "open", "Open", id="table.open", tooltip="Open the row"),
        Binding(
            "s", "sort", "Sort", show=False, id="table.sort", tooltip="Sort by the next column"
        ),
        Binding(
            "S", "reverse", "Reverse", show=False, id="table.reverse", tooltip="Reverse the order"
        ),
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
            "U", "unmark_all", "Unmark", show=False, id="entries.unmark", tooltip="Remove all marks"
        ),
    ]

    class Moved(Message):
        """The cursor is on another row than before."""

        def __init__(self, table: LiveTable) -> None:  # type: ignore[type-arg] # of whatever rows
            super().__init__()
            self.table = table

        @property
        def control(self) -> LiveTable:  # type: ignore[type-arg] # of whatever rows
            """The table."""
            return self.table

    class Opened(Moved):
        """The row under the cursor was opened, by Enter or a double click."""

    data: reactive[Sequence[RowT]] = reactive[Sequence["RowT"]]((), layout=False)
    cursor: reactive[int] = reactive(0)
    needle: reactive[str] = reactive("")
    """The filter: only rows that match it are shown."""
    sort_column: reactive[int | None] = reactive(None)
    """Index into `columns`; `None` for the table's default order."""
    descending: reactive[bool] = reactive(False)
    empty: reactive[str] = reactive("Nothing here.")
    """The text shown when there are no rows."""

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        *,
        key: Callable[[RowT], Hashable],
        words: Callable[[RowT], str] | None = None,
        sign: Callable[[RowT], Cell] | None = None,
        order: Callable[[RowT], tuple[object, ...]] | None = None,
        marks: Marks[RowT] | None = None,
        id: str,  # noqa: A002 - Textual's own word
    ) -> None:
        """Make the table.

        Args:
            columns: The columns, from the left.
            key: Identifies a row from one snapshot to the next.
            words: The text that the filter searches; the key by default.
            sign: One cell for the gutter.
            order: The sort key of the default order; without it rows keep the order of `data`.
            marks: The marks on rows that stand for entries; other rows cannot be marked.
            id: The name of the pane.
        """
        super().__init__(id=id)
        self.columns = columns
        self.key = key
        self.words = words or (lambda row: str(key(row)))
        self.rows: Sequence[RowT] = ()
        self.marks = marks
        self.key_under_cursor: Hashable | None = None
        self._sign = sign or (lambda row: Cell(" "))
        self._order = order
        self._placed: tuple[Placed[RowT], ...] = ()
        self._styles: dict[str, Style] = {}

    # Requests, made by the keys of each pane

    def why_not(self, action: Action) -> str | None:
        """Why there is nothing here to apply the action to, or `None`."""
        return None

    def request(self, action: Action) -> ActionRequested | None:
        """The request for the action on what is selected or marked."""
        return None

    # Selection

    @property
    def selected(self) -> RowT | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def has_chosen(self) -> bool:
        """Whether anything is marked, or under the cursor."""
        return bool(self.marks) or self.selected is not None

    @property
    def chosen_ids(self) -> tuple[EntryId, ...]:
        """The IDs of the marked entries, or else of the one under the cursor."""
        return () if self.marks is None else self.marks.chosen_ids(self.selected)

    def select(self, key: Hashable) -> bool:
        """Move the cursor to the row with that key; returns whether there is one."""
        for index, row in enumerate(self.rows):
            if self.key(row) == key:
                self.cursor = index
                return True
        return False

    def to_top(self) -> None:
        """Move the cursor to the first row, whichever row that is after the next change."""
        self.key_under_cursor = None
        self.set_reactive(LiveTable.cursor, 0)
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def start_over(self) -> None:
        """Drop rows, marks and filter, until other rows are loaded."""
        if self.marks is not None:
            self.marks.clear()
        self.needle = ""
        self.key_under_cursor = None
        self.empty = "Looking…"
        self.data = ()
        self.to_top()

    # From data to rows

    def watch_data(self) -> None:
        self.rearrange()

    def watch_needle(self) -> None:
        self.rearrange()

    def watch_sort_column(self) -> None:
        self.rearrange()

    def watch_descending(self) -> None:
        self.rearrange()

    def watch_empty(self) -> None:
        self.refresh()

    @property
    def in_view(self) -> bool:
        """Whether the pane can be seen: nothing is loaded for one that cannot."""
        return all(node.display for node in self.ancestors_with_self if node is not self.app)

    @property
    def in_own_order(self) -> bool:
        """Whether all data is shown, in the default order."""
        return not self.needle and self.sort_column is None and not self.descending

    def fits(self, row: RowT) -> bool:
        """Whether a row matches the filter: all its words occur."""
        return matches(self.words(row), self.needle)

    def rearrange(self) -> None:
        """Filter and sort the data again; the cursor stays on its row and on its line."""
        rows: Sequence[RowT] = self.data
        if self.needle:
            rows = [row for row in rows if self.fits(row)]
        if self.sort_column is None:
            if self._order is not None:
                rows = sorted(rows, key=self._order)
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
        """Move the cursor to the row that it was on; if that is gone, leave it at its index."""
        place = self.cursor
        if self.key_under_cursor is not None:
            same = (i for i, row in enumerate(self.rows) if self.key(row) == self.key_under_cursor)
            place = next(same, place)
        place = max(0, min(place, len(self.rows) - 1))
        if place != self.cursor:
            self.set_reactive(LiveTable.cursor, place)
            if 0 <= line < self.size.height - 1:
                self.scroll_to(y=place - line, animate=False, immediate=True, force=True)
        self._settle()

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self) -> None:
        self._settle()
        self.show_cursor()
        self.refresh()

    def _settle(self) -> None:
        """Remember the row under the cursor, and post `Moved` if it is another one."""
        row = self.selected
        key = None if row is None else self.key(row)
        if key != self.key_under_cursor:
            self.key_under_cursor = key
            self.post_message(self.Moved(self))

    def show_cursor(self) -> None:
        """Scroll the row under the cursor into view, by as little as possible."""
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

    def place_columns(self) -> None:
        """Fit the columns into the width of the pane."""
        self._placed = place(self.columns, self.size.width - GUTTER - 1)

    # Title

    def title(self) -> Content:
        """The upper border: the name, the filter and the order."""
        parts = [Content.styled(self.NAME, "bold")]
        if self.needle:
            parts.append(Content(f"/{printable(self.needle)}"))
        if self.sort_column is not None:
            arrow = DOWN if self.descending else UP
            parts.append(Content(f"by {self.columns[self.sort_column].title.lower()} {arrow}"))
        elif self.descending:
            parts.append(Content("reversed"))
        return Content(" ─ ").join(parts)

    @property
    def tally(self) -> str:
        """The number of rows shown, and of all rows if that is larger."""
        if len(self.rows) != len(self.data):
            return f"{len(self.rows):,} of {len(self.data):,}"
        return f"{len(self.data):,}" if self.data else ""

    @property
    def why_empty(self) -> str:
        """The text shown when there are no rows."""
        return f"Nothing matches /{self.needle}" if self.needle and self.data else self.empty

    def show_title(self) -> None:
        """Write title, marks and tally on the border."""
        marked = f"{len(self.marks):,} marked ─ " if self.marks else ""
        self.border_title = self.title()
        self.border_subtitle = Content(marked + self.tally)

    # Keys and mouse

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only entries can be marked."""
        if action in {"mark", "mark_all", "unmark_all"}:
            return self.marks is not None
        return super().check_action(action, parameters)

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
        """Open the row under the cursor."""
        if self.selected is not None:
            self.post_message(self.Opened(self))

    def action_sort(self) -> None:
        """Sort by the next column on screen; after the last, in the default order."""
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

    def action_mark(self) -> None:
        """Mark the entry under the cursor, or unmark it, and go on to the next."""
        if self.marks is not None and self.selected is not None:
            self.marks.toggle(self.selected)
            self.marks_changed()
            self.cursor += 1

    def action_mark_all(self) -> None:
        """Mark all rows that match the filter."""
        if self.marks is not None:
            for row in self.rows:
                self.marks.add(row)
            self.marks_changed()

    def action_unmark_all(self) -> None:
        """Remove all marks."""
        if self.marks is not None:
            self.marks.clear()
            self.marks_changed()

    def marks_changed(self) -> None:
        """Show the marks and their number."""
        self.show_title()
        self.refresh_bindings()
        self.refresh()

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

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = (
                self.rich_style
                if name == "plain"
                else self.get_component_rich_style(f"table--{name}")
            )
        return style

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the headings, a row, or the text of an empty table."""
        width = self.size.width
        if y == 0:
            return Strip(self._header()).adjust_cell_length(width, self._style("plain"))
        index = self.scroll_offset.y + y - 1
        if index < len(self.rows):
            return self._row(index, width)
        text = ""
        if not self.rows and y == min(2, self.size.height - 1):
            text = " " * GUTTER + self.why_empty
        return Strip([Segment(fitted(text, width), self._style("empty"))], width)

    def _header(self) -> list[Segment]:
        segments = [Segment(" " * GUTTER, self._style("header"))]
        for column, width in self._placed:
            is_sorted = self.sort_column is not None and self.columns[self.sort_column] is column
            title = column.title
            if is_sorted:
                title = f"{title}{DOWN if self.descending else UP}"
            style = self._style("sorted" if is_sorted else "header")
            segments += (
                Segment(fitted(title, width, right=column.right), style),
                Segment(" " * GAP, self._style("header")),
            )
        return segments

    def _row(self, index: int, width: int) -> Strip:
        row = self.rows[index]
        style = self._row_styles(index)
        plain = style("plain")
        is_marked = self.marks is not None and row in self.marks
        sign = Cell("▌", "marked") if is_marked else self._sign(row)
        segments = [Segment(fitted(sign.text, 1), style(sign.tone)), Segment(" ", plain)]
        for column, cells in self._placed:
            cell = column.cell(row)
            text = fitted(cell.text, cells, right=column.right)
            segments += (Segment(text, style(cell.tone)), Segment(" " * GAP, plain))
        taken = GUTTER + sum(cells + GAP for _, cells in self._placed)
        return Strip(segments, taken).adjust_cell_length(width, plain)

    def _row_styles(self, index: int) -> Callable[[str], Style]:
        """The style of each tone in that row; the cursor's row has another background."""
        if index != self.cursor:
            return self._style
        cursor = self._style("cursor" if self.has_focus else "cursor-blurred")
        over = Style(bgcolor=cursor.bgcolor, bold=cursor.bold)
        return lambda tone: self._style(tone) + over
