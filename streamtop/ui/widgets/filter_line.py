"""The line for typing a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

if TYPE_CHECKING:
    from streamtop.ui.widgets.foldable_text import FoldableText
    from streamtop.ui.widgets.live_table import LiveTable


class FilterLine(Input):
    """Filters a pane while it is typed into; Enter keeps the filter, Escape clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "Clear", id="filter.clear", tooltip="Show all rows again"),
        Binding("enter", "leave(False)", "Keep", id="filter.keep", tooltip="Keep the filter"),
    ]

    def __init__(self) -> None:
        super().__init__(placeholder="words to look for", id="filter")
        self.display = False
        self.table: LiveTable | FoldableText | None = None  # type: ignore[type-arg] # of whatever rows

    def begin(self, table: LiveTable | FoldableText) -> None:  # type: ignore[type-arg] # of whatever rows
        """Open the line for a pane."""
        self.table = table
        self.border_title = Content(f"filter {table.NAME[2:].lower()}")
        self.value = table.needle
        self.display = True
        self.screen.set_focus(self)  # at once: the next key is already on its way

    def watch_value(self, value: str) -> None:
        if self.table is not None:
            self.table.needle = value

    def on_blur(self) -> None:
        """Close the line; the filter stays."""
        self.table = None
        self.display = False

    def action_leave(self, clear: bool) -> None:
        """Go back to the pane, and clear its filter if asked to."""
        table = self.table
        if table is not None:
            if clear:
                table.needle = ""
            self.screen.set_focus(table)
