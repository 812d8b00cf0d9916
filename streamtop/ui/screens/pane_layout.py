"""Which panes are shown, and where the keys lead from each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.ui.widgets.pane_bar import PANES

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_WIDTH, LEAST_HEIGHT = 110, 30
"""Cells that all panes need; a smaller terminal shows one pane at a time."""
LISTS = ("pending", "entries")
"""The two panes that take turns."""
_OUTER = {
    "groups": "streams",
    "consumers": "groups",
    "pending": "consumers",
    "entries": "streams",
}


class PaneLayout:
    """The pane in use, and the panes shown around it as far as there is room."""

    def __init__(self, size: Callable[[], tuple[int, int]], fuller: Callable[[], str]) -> None:
        """Make the layout.

        Args:
            size: Columns and lines of the terminal.
            fuller: The list that has something in it, "pending" or "entries".
        """
        self.current = "streams"
        """The pane that has, or last had, the focus."""
        self.zoomed = False
        self._size = size
        self._fuller = fuller
        self._chosen_list: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether the terminal is narrower than all panes need."""
        return self._size()[0] < LEAST_WIDTH

    @property
    def small(self) -> bool:
        """Whether the terminal has room for one pane only."""
        return self.narrow or self._size()[1] < LEAST_HEIGHT

    @property
    def one_pane(self) -> bool:
        """Whether one pane fills the screen."""
        return self.zoomed or self.small

    @property
    def list_shown(self) -> str:
        """The list in use: the current pane, the user's choice, or the one with entries."""
        if self.current in LISTS:
            return self.current
        return self._chosen_list or self._fuller()

    @property
    def visible(self) -> set[str]:
        """The panes that are shown."""
        if self.one_pane:
            return {self.current}
        return {pane for pane in PANES if pane not in LISTS or pane == self.list_shown}

    def go(self, pane: str) -> None:
        """Make a pane the current one."""
        if pane in LISTS:
            self._chosen_list = pane
        self.current = pane

    def next(self, by: int) -> str:
        """The pane so many steps from the current one, among those that can be reached."""
        panes = PANES if self.one_pane else [pane for pane in PANES if pane in self.visible]
        at = panes.index(self.current) if self.current in panes else 0
        return panes[(at + by) % len(panes)]

    @property
    def outer(self) -> str | None:
        """The pane that Escape leads to."""
        return self.list_shown if self.current == "detail" else _OUTER.get(self.current)
