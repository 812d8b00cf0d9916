"""Rows under headings, drawn line by line: only what is on screen costs anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from streamtop.ui.text import Cell, fitted
from streamtop.ui.widgets.columns import GAP, Column, Placed, place

if TYPE_CHECKING:
    from collections.abc import Callable

RowT = TypeVar("RowT")
GUTTER = 2
"""Cells before the first column: a mark, or a sign of trouble."""
UP, DOWN = "↑", "↓"
"""How an order is shown beside the heading it goes by."""


class Ruled(ScrollView, Generic[RowT]):
    """A heading, and below it the rows; `LiveTable` says which, and moves among them."""

    COLUMNS: ClassVar[Sequence[Column]] = ()  # type: ignore[type-arg] # RowT of each subclass
    """The columns, set by each subclass."""
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--sorted",
        "table--cursor",
        "table--cursor-blurred",
        "table--dim",
        "table--good",
        "table--warning",
        "table--error",
        "table--accent",
        "table--marked",
        "table--empty",
    }

    data: reactive[Sequence[RowT]] = reactive[Sequence["RowT"]]((), layout=False)
    cursor: reactive[int] = reactive(0)
    needle: reactive[str] = reactive("")
    """Only rows whose text holds all words of this are shown."""
    sort_column: reactive[int | None] = reactive(None)
    """Index into `COLUMNS`; `None` is the table's own order."""
    descending: reactive[bool] = reactive(False)
    empty: reactive[str] = reactive("Nothing here.")
    """What is said when there are no rows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.rows: Sequence[RowT] = ()
        self._placed: tuple[Placed[RowT], ...] = ()
        self._styles: dict[str, Style] = {}

    @property
    def columns(self) -> Sequence[Column[RowT]]:
        """The columns as they are now."""
        return self.COLUMNS

    def sign(self, row: RowT) -> Cell:
        """What stands in the gutter: at most one cell."""
        return Cell(" ")

    def place_columns(self) -> None:
        """Fit the columns into the width there is."""
        self._placed = place(self.columns, self.size.width - GUTTER - 1)

    def watch_empty(self) -> None:
        self.refresh()

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
        """One line of the screen: the header, a row, or what is said when there is none."""
        width = self.size.width
        if y == 0:
            return Strip(self._header()).adjust_cell_length(width, self._style("plain"))
        index = self.scroll_offset.y + y - 1
        if index < len(self.rows):
            return self._row(index, width)
        text = ""
        if not self.rows and y == min(2, self.size.height - 1):
            text = " " * GUTTER + (
                f"Nothing matches /{self.needle}" if self.needle and self.data else self.empty
            )
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
        sign = self.sign(row)
        segments = [Segment(fitted(sign.text, 1), style(sign.tone)), Segment(" ", plain)]
        for column, cells in self._placed:
            cell = column.cell(row)
            text = fitted(cell.text, cells, right=column.right)
            segments += (Segment(text, style(cell.tone)), Segment(" " * GAP, plain))
        taken = GUTTER + sum(cells + GAP for _, cells in self._placed)
        return Strip(segments, taken).adjust_cell_length(width, plain)

    def _row_styles(self, index: int) -> Callable[[str], Style]:
        """The style of each tone in that row: the cursor's row has a background of its own."""
        if index != self.cursor:
            return self._style
        cursor = self._style("cursor" if self.has_focus else "cursor-blurred")
        over = Style(bgcolor=cursor.bgcolor, bold=cursor.bold)
        return lambda tone: self._style(tone) + over
