"""The app under a Pilot: press keys, wait for what comes of them, read what is on the screen."""

from __future__ import annotations

import unicodedata
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.app import App
from textual.events import Key
from textual.keys import KEY_NAME_REPLACEMENTS, REPLACED_KEYS, key_to_character
from textual.widgets import Static

from streamtop.gateway.connect import connect
from streamtop.model.verdict import Thresholds
from streamtop.settings import Settings
from streamtop.ui.app import StreamtopApp
from streamtop.ui.dialogs.confirm import Confirm
from streamtop.ui.dialogs.form import Form
from streamtop.ui.dialogs.receipt import ShowReceipt
from streamtop.ui.screens.main import MainScreen
from streamtop.ui.widgets.header import Header
from tests.kit import waiting
from tests.kit.screen import drawn, on_screen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from streamtop.model.snapshot import Snapshot
    from streamtop.source import Source
    from tests.fakes import FakeSource

SMALL, MIDDLE, WIDE = (80, 24), (140, 40), (200, 50)
"""Columns and lines of a terminal; the middle one has room for all panes."""
HOPS = 4
"""Messages that follow on one another, at most: a key, a request, a question, a focus."""
URL = "redis://fake:6379/0"
ON_DEMAND = 3600.0
"""Seconds between looks: none comes of itself, `see` and `look_again` bring them."""
AppT = TypeVar("AppT", bound=App[Any])


def key_event(key: str) -> Key:
    """A key by its name, such as "space", or by the character that it types."""
    if len(key) > 1:
        return Key(key, key_to_character(REPLACED_KEYS.get(key, key)))
    if key.isalnum():
        return Key(key, key)
    name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
    return Key(KEY_NAME_REPLACEMENTS.get(name, name), key)


class Session(Generic[AppT]):
    """An app that runs, and the user before it."""

    def __init__(self, app: AppT, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def top(self) -> Screen[object]:
        """The screen or dialog that takes the keys."""
        return self.app.screen

    @property
    def said(self) -> str:
        """The texts of the top screen, one widget a paragraph."""
        return "\n".join(str(text.content) for text in self.top.query(Static))

    @property
    def text(self) -> str:
        """Everything that is drawn."""
        return on_screen(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys by name or character, each one after all that the one before set going.

        `Pilot.press` waits until the process is idle, some 50 ms a key: too long for so many.
        """
        for key in keys:
            self.app.post_message(key_event(key))
            await self.settle()

    async def quit_by(self, key: str) -> None:
        """Press a key that ends the app, and wait until it has ended.

        Not by the pilot: it waits for the messages of a screen that may be gone by then.
        """
        self.app.post_message(key_event(key))
        await waiting.until(lambda: not self.app.is_running or self.app.return_code is not None)

    async def settle(self) -> None:
        """Let every widget work off its messages, and those that come of them."""
        for _ in range(HOPS):
            await self.pilot.pause(0)

    async def until(self, condition: Callable[[], bool | Awaitable[bool]]) -> None:
        """Let the app run until the condition holds; its answer is awaited if it asks a server."""
        await waiting.until(condition, between=self._run_on, report=lambda: self.said)

    async def _run_on(self) -> None:
        assert self.app.is_running, "the app has ended"
        await self.pilot.pause(0.01)


class Dashboard(Session[StreamtopApp]):
    """The dashboard, and the user before it."""

    def __init__(
        self, app: StreamtopApp, pilot: Pilot[None], source: FakeSource | None = None
    ) -> None:
        super().__init__(app, pilot)
        self._source = source

    @property
    def source(self) -> FakeSource:
        """The source that `watching` was called with."""
        assert self._source is not None
        return self._source

    # What is on the screen

    @property
    def screen(self) -> MainScreen:
        """The main screen, whatever dialog stands above it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def header(self) -> str:
        """The first line."""
        return drawn(self.screen.query_one(Header))

    @property
    def notices(self) -> list[str]:
        """The notifications on the screen."""
        return [str(toast.render()) for toast in self.top.query("Toast")]

    @property
    def panes(self) -> set[str]:
        """The panes that can be seen."""
        names = ("streams", "groups", "consumers", "pending", "entries", "detail")
        panes = {name: self.screen.query_one(f"#{name}") for name in names}
        return {
            name
            for name, pane in panes.items()
            if pane.is_on_screen and pane.display and pane.outer_size.area
        }

    @property
    def focused(self) -> str | None:
        """The pane that has the focus."""
        return None if self.screen.focused is None else self.screen.focused.id

    @property
    def stream(self) -> str | None:
        """The name of the selected stream."""
        return None if self.screen.stream is None else self.screen.stream.name

    @property
    def ids(self) -> list[bytes]:
        """The IDs of the pending entries that are listed."""
        return [bytes(row.entry.id) for row in self.screen.pending.rows]

    @property
    def holders(self) -> set[str]:
        """The consumers of the pending entries that are listed."""
        return {row.entry.consumer for row in self.screen.pending.rows}

    @property
    def idle_ms(self) -> int:
        """The least idle time of the pending entries that are listed."""
        return min((row.entry.idle_ms for row in self.screen.pending.rows), default=0)

    @property
    def marked(self) -> set[bytes]:
        """The IDs of the marked pending entries, if any are marked."""
        pending = self.screen.pending
        return {bytes(entry_id) for entry_id in pending.chosen_ids} if pending.marks else set()

    @property
    def asks(self) -> bool:
        """Whether a question waits for yes or no."""
        return isinstance(self.top, Confirm) and self.top.is_mounted

    @property
    def tells(self) -> bool:
        """Whether a receipt is shown."""
        return isinstance(self.top, ShowReceipt) and self.top.is_mounted

    @property
    def in_form(self) -> bool:
        """Whether a form takes the keys."""
        return isinstance(self.top, Form) and self.top.is_current

    # What the user does

    async def go_to(self, stream: str, pane: str) -> None:
        """Select a stream, by the filter unless it is selected, and go to a pane by its number."""
        await self.until(lambda: any(r.stream.name == stream for r in self.screen.streams.rows))
        await self.press("1")
        if self.stream != stream:
            await self.press("slash", *stream, "enter")
        await self.until(lambda: self.stream == stream)
        await self.press(pane)

    async def go_to_pending(self, stream: str, count: int) -> None:
        """Select a stream and go to its pending entries, once so many are listed."""
        await self.go_to(stream, "4")
        await self.until(lambda: len(self.ids) == count)

    async def go_to_consumer(self, stream: str, name: str) -> None:
        """Select a consumer of the stream's first group."""
        await self.go_to(stream, "3")
        table = self.screen.consumers
        await self.until(lambda: any(row.consumer.name == name for row in table.rows))
        await self.press("slash", *name, "enter")
        await self.until(
            lambda: table.selected is not None and table.selected.consumer.name == name
        )

    async def fill(self, *keys: str) -> None:
        """Wait for the form, press keys, and go on."""
        await self.until(lambda: self.in_form and self.app.focused is not None)
        await self.press(*keys, "enter")

    async def answer(self, key: str) -> None:
        """Wait for the question, and press a key."""
        await self.until(lambda: self.asks)
        await self.press(key)

    async def agree(self, typed: str = "") -> None:
        """Wait for the question and say yes; a name is typed where one is asked for."""
        await self.until(lambda: self.asks and self.app.focused is not None)
        await self.press(*typed, "enter" if typed else "y")

    async def leave(self) -> None:
        """Go back to the panes."""
        while self.top is not self.screen:
            await self.press("escape")

    async def why_greyed(self, key: str) -> str:
        """The notice that a greyed key brings; no dialog opens."""
        before = len(self.notices)
        await self.until(lambda: self.app.abilities is not None)
        await self.press(key)
        await self.until(lambda: len(self.notices) > before)
        assert self.top is self.screen
        return self.notices[-1]

    # What the app sees

    async def see(self, look: Snapshot) -> None:
        """Let the source show this from now on, and the app take it in."""
        self.source.show(look)
        await self.look_again()
        assert self.app.snapshot == look

    async def look_again(self) -> None:
        """Let the app make one more look, and show it."""
        before = self.app.snapshot
        self.app.keep_polling()
        await self.until(lambda: self.app.snapshot is not before)
        await self.settle()


def app_over(
    source: FakeSource,
    *,
    every: float = ON_DEMAND,
    read_only: bool = False,
    connect: Callable[[], Awaitable[Source]] | None = None,
) -> StreamtopApp:
    """The app over a source without a server, not yet run."""

    async def connected() -> Source:
        return source

    settings = Settings(URL, interval=every, read_only=read_only)
    return StreamtopApp(connect or connected, settings, shown_url=URL)


@asynccontextmanager
async def watching(
    source: FakeSource,
    *,
    size: tuple[int, int] = MIDDLE,
    every: float = ON_DEMAND,
    read_only: bool = False,
) -> AsyncIterator[Dashboard]:
    """The dashboard over a source without a server, once it shows a look."""
    async with _shown(app_over(source, every=every, read_only=read_only), size, source) as at:
        yield at


@asynccontextmanager
async def dashboard(
    url: str,
    *,
    size: tuple[int, int] = WIDE,
    read_only: bool = False,
    limits: Thresholds | None = None,
    journal: Path | None = None,
) -> AsyncIterator[Dashboard]:
    """The dashboard over the server at that URL, once it shows a look; one comes each 0.2 s."""
    settings = Settings(url, interval=0.2, read_only=read_only, limits=limits or Thresholds())

    async def connected() -> Source:
        return await connect(settings.url, match=settings.match, read_only=settings.read_only)

    app = StreamtopApp(connected, settings, shown_url=settings.url, journal=journal)
    async with _shown(app, size) as at:
        yield at


@asynccontextmanager
async def _shown(
    app: StreamtopApp, size: tuple[int, int], source: FakeSource | None = None
) -> AsyncIterator[Dashboard]:
    async with app.run_test(size=size, notifications=True) as pilot:
        at = Dashboard(app, pilot, source)
        await at.until(lambda: app.snapshot is not None)
        await at.settle()
        yield at
