"""The bar of panes, shown while one pane fills the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from streamtop.model.text import printable

if TYPE_CHECKING:
    from textual import events
    from textual.app import RenderResult

PANES = ("streams", "groups", "consumers", "pending", "entries", "detail")
"""The panes in the order of their keys, 1 to 6."""
_TITLES = ("Streams", "Groups", "Consumers", "Pending", "Entries", "Entry")


class PaneBar(Widget):
    """The panes with their numbers, the current one highlighted, and the path to its rows."""

    current: reactive[str] = reactive("streams")
    path: reactive[tuple[str, ...]] = reactive(())

    class Picked(Message):
        """A pane was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def render(self) -> RenderResult:
        """One line; the path is cut first, then the titles of the other panes."""
        room = self.size.width
        path = Content.styled(" › ".join(map(printable, self.path)), "$foreground 60%")
        bar = Content("").join(self._tabs(full=True))
        if bar.cell_length + 12 > room:
            bar = Content("").join(self._tabs(full=False))
        spare = room - bar.cell_length - 2
        if path.cell_length > spare:
            path = path.truncate(max(0, spare), ellipsis=True)
        gap = max(1, room - bar.cell_length - path.cell_length - 1)
        return Content.assemble(bar, " " * gap, path).truncate(room)

    def _tabs(self, *, full: bool) -> list[Content]:
        tabs = []
        for number, (pane, title) in enumerate(zip(PANES, _TITLES, strict=True), start=1):
            is_current = pane == self.current
            text = f" {number} {title} " if full or is_current else f" {number} "
            style = "bold $background on $accent" if is_current else ""
            tabs.append(Content.styled(text, style))
        return tabs

    def on_click(self, event: events.Click) -> None:
        """Go to the pane under the mouse."""
        full = sum(tab.cell_length for tab in self._tabs(full=True)) + 12 <= self.size.width
        left = 0
        for pane, tab in zip(PANES, self._tabs(full=full), strict=True):
            if left <= event.x < left + tab.cell_length:
                self.post_message(self.Picked(pane))
            left += tab.cell_length
