"""The app over a source without a server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual.events import Key
from textual.widgets import Footer

from streamtop.settings import Settings
from streamtop.ui.app import StreamtopApp
from streamtop.ui.screens.main import MainScreen
from streamtop.ui.widgets.header import Header
from tests.ui.driving import SMALL, WIDE, until
from tests.ui.strips import drawn, lines_of, on_screen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from textual.pilot import Pilot
    from textual.screen import Screen

    from streamtop.model.snapshot import Snapshot
    from streamtop.source import Source
    from streamtop.ui.widgets.live_table import LiveTable
    from tests.fakes import FakeSource

__all__ = ["MIDDLE", "SMALL", "WIDE", "Watched", "app_over", "watching"]

CHARACTERS = {
    "space": " ",
    "slash": "/",
    "asterisk": "*",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
HOPS = 4
"""Messages that follow on one another, at most: a key, a wish, a question, a focus."""
URL = "redis://fake:6379/0"
SEEN_WHEN_TOLD = 3600.0
"""Seconds between looks: none comes of itself, `see` and `look_again` bring them."""
MIDDLE = (140, 40)
"""Columns and lines: enough for all panes."""


def app_over(
    source: FakeSource,
    *,
    every: float = SEEN_WHEN_TOLD,
    read_only: bool = False,
    connect: Callable[[], Awaitable[Source]] | None = None,
) -> StreamtopApp:
    """The app, not yet run."""

    async def connected() -> Source:
        return source

    settings = Settings(URL, interval=every, read_only=read_only)
    return StreamtopApp(connect or connected, settings, shown_url=URL)


class Watched:
    """The app over a source, and whoever sits before it."""

    def __init__(self, app: StreamtopApp, pilot: Pilot[None], source: FakeSource) -> None:
        self.app = app
        self.pilot = pilot
        self.source = source

    @property
    def screen(self) -> MainScreen:
        """The one screen, whatever stands above it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def top(self) -> Screen[object]:
        """What keys go to: the screen, or a dialog above it."""
        return self.app.screen

    @property
    def header(self) -> str:
        """The first line."""
        return drawn(self.screen.query_one(Header))

    @property
    def footer(self) -> str:
        """The last line."""
        return drawn(self.screen.query_one(Footer))

    @property
    def text(self) -> str:
        """All that is drawn."""
        return on_screen(self.app)

    @property
    def panes(self) -> set[str]:
        """The panes that can be seen."""
        names = ("streams", "groups", "consumers", "pending", "entries", "detail")
        found = {name: self.screen.query_one(f"#{name}") for name in names}
        return {
            name
            for name, pane in found.items()
            if pane.is_on_screen and pane.display and pane.outer_size.area
        }

    @property
    def focused(self) -> str | None:
        """The pane that has the focus."""
        return None if self.screen.focused is None else self.screen.focused.id

    async def press(self, *keys: str) -> None:
        """Press keys, each one after all that the one before set going.

        `Pilot.press` waits until the process is idle, some 50 ms a key: too long for so many.
        """
        for key in keys:
            character = CHARACTERS.get(key, key if len(key) == 1 else None)
            self.app.post_message(Key(key, character))
            await self.settle()

    async def settle(self) -> None:
        """Let every widget work off its messages, and those that come of them."""
        for _ in range(HOPS):
            await self.pilot.pause(0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the app run until the condition holds."""
        await until(self.pilot, condition)

    async def see(self, look: Snapshot) -> None:
        """Let the source show this from now on, and the app take it in."""
        self.source.show(look)
        await self.look_again()
        assert self.app.snapshot == look

    async def look_again(self) -> None:
        """Let the app look once more, and show it."""
        before = self.app.snapshot
        self.app.keep_polling()
        await self.until(lambda: self.app.snapshot is not before)
        await self.settle()


def names(table: LiveTable) -> list[str]:  # type: ignore[type-arg] # of whatever rows
    """The first column, as it is drawn."""
    return [line[2:].split("  ")[0].strip() for line in cells(table)]


def cells(table: LiveTable) -> Sequence[str]:  # type: ignore[type-arg] # of whatever rows
    """The rows on screen as they are drawn, without the border."""
    return [line[1:-1] for line in lines_of(table)[2:-1] if line[1:-1].strip()]


def cursor_line(table: LiveTable) -> int:  # type: ignore[type-arg] # of whatever rows
    """The line of the pane on which the cursor is."""
    return int(table.cursor - table.scroll_offset.y)


@asynccontextmanager
async def watching(
    source: FakeSource,
    *,
    size: tuple[int, int] = MIDDLE,
    every: float = SEEN_WHEN_TOLD,
    read_only: bool = False,
) -> AsyncIterator[Watched]:
    """The app, from the moment at which it has seen something."""
    app = app_over(source, every=every, read_only=read_only)
    async with app.run_test(size=size, notifications=True) as pilot:
        watched = Watched(app, pilot, source)
        await watched.until(lambda: app.snapshot is not None)
        await watched.settle()
        yield watched
