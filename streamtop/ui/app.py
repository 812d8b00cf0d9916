"""The app: it looks, shows what it saw, and runs what was confirmed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import var

from streamtop.model.abilities import Abilities, started_read_only
from streamtop.model.history import History
from streamtop.model.snapshot import Snapshot
from streamtop.model.verdict import KINDS
from streamtop.polling import PollSchedule, poll, wait_after_failures
from streamtop.source import BusyError, SourceError
from streamtop.ui import rows
from streamtop.ui.entry_actions import ReadingApp
from streamtop.ui.operation_runner import ActingApp
from streamtop.ui.screens.main import MainScreen
from streamtop.ui.widgets.header import Header, ServerStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.command import Provider
    from textual.screen import Screen

    from streamtop.model.entries import Fields
    from streamtop.settings import Settings
    from streamtop.source import Source

PACES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between looks that + and - step through."""
UNREACHABLE = 3
"""The exit code when there was no first look."""


def names_provider() -> type[Provider]:
    """The palette's provider of names; imported when the palette is first opened."""
    from streamtop.ui.palette import Names

    return Names


class StreamtopApp(ReadingApp):
    """The dashboard over one source."""

    TITLE = "streamtop"
    CSS_PATH = Path(__file__).with_name("streamtop.tcss")
    COMMANDS: ClassVar = App.COMMANDS | {names_provider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "p", "pause", "Pause", show=False, id="app.pause", tooltip="Stop looking, or go on"
        ),
        Binding("plus", "pace(1)", "Slower", key_display="+", show=False, id="app.slower"),
        Binding("minus", "pace(-1)", "Faster", key_display="-", show=False, id="app.faster"),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help"),
        Binding("q", "quit", "Quit", id="app.quit"),
    ]

    failure: var[str] = var("")
    """Why the last look failed; empty when it did not."""
    paused: var[bool] = var(False)
    every: var[float] = var(1.0)

    def __init__(
        self,
        connect: Callable[[], Awaitable[Source]],
        settings: Settings,
        *,
        shown_url: str,
        journal: Path | None = None,
        mask: Callable[[Fields], Fields] | None = None,
    ) -> None:
        """Make the app.

        Args:
            connect: Makes the source, once the first frame was painted.
            settings: What the user chose.
            shown_url: The server's URL without its password.
            journal: Where operations are recorded; without it they are not.
            mask: Hides what the journal is not to hold of entries.
        """
        super().__init__()
        self.connect = connect
        self.settings = settings
        self.shown_url = shown_url
        self.journal = journal
        self.mask = mask
        self.history = History(settings.limits.window_ms)
        self.judge = rows.Judge(self.history, settings.limits)
        self.pace = PollSchedule(settings.interval)
        self.fatal = ""
        """Why there was no first look; to be told when the app has ended."""
        self.set_reactive(StreamtopApp.every, settings.interval)
        if settings.read_only:
            because = started_read_only(settings.read_only_because)
            self.set_reactive(ActingApp.abilities, Abilities(read_only=because))

    def get_default_screen(self) -> Screen[None]:
        """The one screen."""
        return MainScreen(self.judge, keeps_journal=self.journal is not None).data_bind(
            ActingApp.snapshot, ActingApp.source, ActingApp.abilities
        )

    def on_mount(self) -> None:
        if self.settings.theme is not None:
            self.theme = self.settings.theme
        self.show_standing()
        self.set_interval(1, self.show_standing)
        self.call_after_refresh(self.keep_polling)

    async def on_unmount(self) -> None:
        await self.let_finish()
        self.workers.cancel_all()
        if self.source is not None:
            await self.source.close()

    # Looking

    def keep_polling(self) -> None:
        """Look at once, and go on from there; a look under way is let finish first."""
        if any(worker.group == "poll" and not worker.is_finished for worker in self.workers):
            self.pace.poll_now()
        else:
            self.poll()

    @work(group="poll")
    async def poll(self) -> None:
        """Look, for ever."""
        source = await self.connected()
        if source is None:
            return
        self.source = source
        async for look in poll(source, every=self.pace):
            if isinstance(look, Snapshot):
                self.take(look)
            elif self.snapshot is None and not isinstance(look, BusyError):
                self.give_up(look)
            else:
                self.failure = str(look)

    async def connected(self) -> Source | None:
        """The source; a server that is busy is waited for. `None` when there will be none."""
        failures = 0
        while True:
            try:
                return await self.connect()
            except BusyError as error:
                self.failure = str(error)
                await asyncio.sleep(wait_after_failures(failures, self.pace.every))
                failures += 1
            except SourceError as error:
                self.give_up(error)
                return None

    def take(self, snapshot: Snapshot) -> None:
        """Show what a look saw."""
        self.failure = ""
        self.history.add(snapshot)
        self.snapshot = snapshot
        self.show_standing()
        if self.abilities is None:
            self.ask_abilities()

    def give_up(self, error: SourceError) -> None:
        """End: there is nothing to show, and there was nothing before."""
        self.fatal = str(error)
        self.exit(return_code=UNREACHABLE)

    def watch_failure(self) -> None:
        self.show_standing()

    def watch_paused(self, paused: bool) -> None:
        self.pace.paused = paused
        self.show_standing()

    def watch_every(self, every: float) -> None:
        self.pace.every = every
        self.show_standing()

    def show_standing(self) -> None:
        """Tell the header how things stand."""
        if self.is_running:
            for header in self.main_screen.query(Header):
                header.standing = self.standing()

    def standing(self) -> ServerStatus:
        """How things stand."""
        snapshot = self.snapshot
        counts = dict.fromkeys(KINDS, 0)
        if snapshot is not None:
            for verdict in self.judge.judged(snapshot).verdicts.values():
                counts[verdict.kind] += 1
        return ServerStatus(
            url=self.shown_url,
            snapshot=snapshot,
            trouble=tuple((kind, n) for kind, n in counts.items() if n and kind != "ok"),
            failure=self.failure,
            stale_seconds=time.monotonic() - snapshot.at if snapshot is not None else 0.0,
            paused=self.paused,
            every=self.every,
            read_only=self.settings.read_only,
        )

    # Keys

    def action_pause(self) -> None:
        """Stop looking, or go on."""
        self.paused = not self.paused
        if not self.paused:
            self.pace.poll_now()

    def action_pace(self, by: int) -> None:
        """Look less often, or more often."""
        slower = [pace for pace in PACES if pace > self.every]
        faster = [pace for pace in PACES if pace < self.every]
        if by > 0 and slower:
            self.every = slower[0]
        elif by < 0 and faster:
            self.every = faster[-1]

    def action_help(self) -> None:
        """Show all keys beside what they do, or hide them."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()
