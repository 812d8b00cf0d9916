"""Driving the app by keys: open it, press, wait for what shall come, read what is said."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual.widgets import Static

from streamtop.gateway.connect import connect
from streamtop.model.verdict import Thresholds
from streamtop.settings import Settings
from streamtop.ui.app import StreamtopApp
from streamtop.ui.dialogs.confirm import Confirm
from streamtop.ui.dialogs.receipt import ShowReceipt
from streamtop.ui.screens.main import MainScreen
from tests.kit import waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from streamtop.source import Source

WIDE, SMALL = (200, 50), (80, 24)
"""Columns and lines of a terminal."""


async def until(pilot: Pilot[None], condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Let the app run until the condition holds; it may ask a server, and then is awaited."""

    async def let_it_run() -> None:
        assert pilot.app.is_running, "the app has ended"
        await pilot.pause(0.01)

    await waiting.until(condition, between=let_it_run, report=lambda: said(pilot))


def said(pilot: Pilot[None]) -> str:
    """The texts of the top screen, dialog or not, a widget a paragraph."""
    return "\n".join(str(text.content) for text in pilot.app.screen.query(Static))


class Dashboard:
    """The app over a real server, and whoever sits before it."""

    def __init__(self, app: StreamtopApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> MainScreen:
        """The one screen, whatever dialog stands above it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def asks(self) -> bool:
        """Whether a question stands that waits for yes or no."""
        return isinstance(self.app.screen, Confirm) and self.app.screen.is_mounted

    @property
    def tells(self) -> bool:
        """Whether a receipt is shown."""
        return isinstance(self.app.screen, ShowReceipt) and self.app.screen.is_mounted

    @property
    def said(self) -> str:
        """The texts of the top screen."""
        return said(self.pilot)

    @property
    def notices(self) -> list[str]:
        """What is told in passing."""
        return [str(toast.render()) for toast in self.app.screen.query("Toast")]

    @property
    def ids(self) -> list[bytes]:
        """The IDs of the pending entries that are shown."""
        return [bytes(row.entry.id) for row in self.screen.pending.rows]

    @property
    def holders(self) -> set[str]:
        """Who holds the pending entries that are shown."""
        return {row.entry.consumer for row in self.screen.pending.rows}

    @property
    def idle_ms(self) -> int:
        """The least idle time of the pending entries that are shown."""
        return min((row.entry.idle_ms for row in self.screen.pending.rows), default=0)

    @property
    def marked(self) -> set[bytes]:
        """The IDs of the marked pending entries, if any are marked."""
        pending = self.screen.pending
        return {bytes(entry_id) for entry_id in pending.chosen_ids()} if pending.marks else set()

    async def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool | Awaitable[bool]]) -> None:
        """Let the app run until the condition holds."""
        await until(self.pilot, condition)

    async def look_again(self) -> None:
        """Let the app run until a look that began after now was shown."""
        seen = self.app.snapshot
        await self.until(lambda: self.app.snapshot is not seen)
        seen = self.app.snapshot
        await self.until(lambda: self.app.snapshot is not seen)

    async def go_to_pending(self, stream: str, count: int) -> None:
        """Select a stream, by the filter unless it is selected, and go to what is pending."""
        await self.until(lambda: any(r.stream.name == stream for r in self.screen.streams.rows))
        if self.stream != stream:
            await self.press("1", "slash", *stream, "enter")
        await self.until(lambda: self.stream == stream)
        await self.press("4")
        await self.until(lambda: len(self.ids) == count)

    @property
    def stream(self) -> str | None:
        """The name of the selected stream."""
        return None if self.screen.stream is None else self.screen.stream.name

    async def answer(self, key: str) -> None:
        """Wait for the question, and press a key."""
        await self.until(lambda: self.asks)
        await self.press(key)


@asynccontextmanager
async def dashboard(
    url: str,
    *,
    size: tuple[int, int] = WIDE,
    read_only: bool = False,
    limits: Thresholds | None = None,
    journal: Path | None = None,
) -> AsyncIterator[Dashboard]:
    """The app over the server at that URL, as `streamtop URL --interval 0.2` opens it."""
    chosen = Settings(url, interval=0.2, read_only=read_only, limits=limits or Thresholds())

    async def connected() -> Source:
        return await connect(chosen.url, match=chosen.match, read_only=chosen.read_only)

    app = StreamtopApp(connected, chosen, shown_url=chosen.url, journal=journal)
    async with app.run_test(size=size, notifications=True) as pilot:
        at = Dashboard(app, pilot)
        await at.until(lambda: app.snapshot is not None)
        yield at
