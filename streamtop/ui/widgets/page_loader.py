"""A table whose rows are loaded page by page, beside the looks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from textual import work

from streamtop.source import SourceError
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.marks import MarkedTable

if TYPE_CHECKING:
    from streamtop.source import Source

RowT = TypeVar("RowT")


class LoadingTable(MarkedTable[RowT]):
    """A table that loads what is wished for: one load at a time, in one long worker.

    Wishes that come while a load is under way are served after it, together; so a slow
    server makes loads rarer, and none is ever cut off by the next.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.source: Source | None = None
        self._wishes: set[str] = set()
        self._wished = asyncio.Event()

    async def load(self, source: Source, wishes: set[str]) -> None:
        """Load what is wished for.

        Raises:
            SourceError: Shown in place of the rows, or below them.
        """
        raise NotImplementedError

    def wish(self, what: str) -> None:
        """Have something loaded soon."""
        self._wishes.add(what)
        self._wished.set()

    def on_mount(self) -> None:
        self.keep_loading()

    def on_show(self) -> None:
        self.wish("shown")

    @property
    def in_view(self) -> bool:
        """Whether the pane can be seen: nothing is loaded for one that cannot."""
        return all(node.display for node in self.ancestors_with_self if node is not self.app)

    @work(group="loading")
    async def keep_loading(self) -> None:
        """Serve wishes, for ever."""
        while True:
            await self._wished.wait()
            self._wished.clear()
            wishes, self._wishes = self._wishes, set()
            if self.source is None or not self.in_view:
                continue
            try:
                await self.load(self.source, wishes)
            except SourceError as error:
                self.empty = str(error)

    def start_over(self) -> None:
        """Forget everything: other rows are to be shown."""
        self.forget_marks()
        self.needle = ""
        self.key_under_cursor = None
        self.empty = "Looking…"
        self.data = ()
        self.to_top()

    def to_top(self) -> None:
        """Put the cursor on the first row, whichever that will be."""
        self.key_under_cursor = None
        self.set_reactive(LiveTable.cursor, 0)
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    @property
    def in_own_order(self) -> bool:
        """Whether all that is loaded is shown in the order it was loaded in."""
        return not self.needle and self.sort_column is None and not self.descending
