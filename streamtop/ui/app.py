"""The app: polls the server, shows snapshots, and passes requests to those who answer them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import var

from streamtop.model.abilities import Abilities, started_read_only
from streamtop.model.history import History
from streamtop.model.snapshot import Snapshot
from streamtop.model.verdict import KINDS
from streamtop.planning.recoveries import Recoveries
from streamtop.polling import PollSchedule, poll, wait_after_failures
from streamtop.source import BusyError, SourceError
from streamtop.ui import rows
from streamtop.ui.actions import ActionRequested
from streamtop.ui.dialog_host import DialogHost
from streamtop.ui.entry_actions import EntryActions
from streamtop.ui.messages import (
    BulkMarkRequested,
    CopyRequested,
    ExportRequested,
    LookRequested,
    PositionRequested,
    UndoRequested,
)
from streamtop.ui.operation_runner import OperationRunner
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
"""The seconds between looks that + and - choose from."""
UNREACHABLE = 3
"""The exit code when there was no first look."""


def names_provider() -> type[Provider]:
    """The provider of names, imported when the palette is first opened."""
    from streamtop.ui.palette import Names

    return Names


class StreamtopApp(App[None]):
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
        Binding(
            "w", "watch", "Recoveries", id="app.recoveries", tooltip="What became of moved entries"
        ),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help"),
        Binding("q", "quit", "Quit", id="app.quit"),
    ]

    snapshot: var[Snapshot | None] = var(None, always_update=True)
    source: var[Source | None] = var(None)
    abilities: var[Abilities | None] = var(None)
    """What server and user permit; `None` while that is not known."""
    failure: var[str] = var("")
    """Why the last look failed; empty if it did not."""
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
            connect: Opens the source, once the first frame is painted.
            settings: The user's settings.
            shown_url: The server's URL without its password.
            journal: The file in which operations are recorded; `None` to record none.
            mask: Hides values in what the journal keeps of deleted entries.
        """
        super().__init__()
        self.connect = connect
        self.settings = settings
        self.shown_url = shown_url
        self.history = History(settings.limits.window_ms)
        self.recoveries = Recoveries()
        self.judge = rows.Judge(self.history, settings.limits, self.recoveries)
        self.pace = PollSchedule(settings.interval)
        self.fatal = ""
        """Why there was no first look; printed when the app has ended."""
        self.dialogs = DialogHost(self)
        self.entry_actions = EntryActions(self.dialogs)
        self.operations = OperationRunner(
            self,
            self.dialogs,
            journal=journal,
            mask=mask,
            done=lambda operation, receipt: self.main_screen.unmark(operation, receipt),
            look=self.keep_polling,
        )
        self.set_reactive(StreamtopApp.every, settings.interval)
        if settings.read_only:
            because = started_read_only(settings.read_only_because)
            self.set_reactive(StreamtopApp.abilities, Abilities(read_only=because))

    def get_default_screen(self) -> Screen[None]:
        """The one screen."""
        keeps_journal = self.operations.journal is not None
        return MainScreen(self.judge, keeps_journal=keeps_journal).data_bind(
            StreamtopApp.snapshot, StreamtopApp.source, StreamtopApp.abilities
        )

    @property
    def main_screen(self) -> MainScreen:
        """The screen below any dialog."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def last_words(self) -> str:
        """The receipt of an operation that ended as the app did; printed after it."""
        return self.operations.last_words

    def on_mount(self) -> None:
        if self.settings.theme is not None:
            self.theme = self.settings.theme
        self.show_status()
        self.set_interval(1, self.show_status)
        self.call_after_refresh(self.keep_polling)

    async def on_unmount(self) -> None:
        await self.operations.stop()
        self.operations.end()
        self.workers.cancel_all()
        if self.source is not None:
            await self.source.close()

    # Polling

    @on(LookRequested)
    def keep_polling(self) -> None:
        """Look at once, or as soon as the look under way has ended."""
        if any(worker.group == "poll" and not worker.is_finished for worker in self.workers):
            self.pace.poll_now()
        else:
            self.poll()

    @work(group="poll")
    async def poll(self) -> None:
        """Show a snapshot at each interval, until the app ends."""
        source = await self.connected()
        if source is None:
            return
        self.source = source
        async for look in poll(source, every=self.pace):
            if isinstance(look, Snapshot):
                self.operations.take_finished(await self.recoveries.look(source, look))
                self.take(self.recoveries.touched.as_before(look))
            elif self.snapshot is None and not isinstance(look, BusyError):
                self.give_up(look)
            else:
                self.failure = str(look)

    async def connected(self) -> Source | None:
        """The source, once the server is no longer busy; `None` if it cannot be reached."""
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
        """Show a snapshot."""
        self.failure = ""
        self.history.add(snapshot)
        self.snapshot = snapshot
        self.show_status()
        if self.abilities is None:
            self.ask_abilities()

    @work(group="abilities", exclusive=True)
    async def ask_abilities(self) -> None:
        """Learn what server and user permit; keys that can do nothing are greyed."""
        if self.source is not None:
            try:
                self.abilities = await self.source.abilities()
            except SourceError:
                return  # the next look asks again

    def give_up(self, error: SourceError) -> None:
        """End the app: no look has ever succeeded."""
        self.fatal = str(error)
        self.exit(return_code=UNREACHABLE)

    def watch_failure(self) -> None:
        self.show_status()

    def watch_paused(self, paused: bool) -> None:
        self.pace.paused = paused
        self.show_status()

    def watch_every(self, every: float) -> None:
        self.pace.every = every
        self.show_status()

    def show_status(self) -> None:
        """Update the header."""
        if self.is_running:
            for header in self.main_screen.query(Header):
                header.status = self.server_status()

    def server_status(self) -> ServerStatus:
        """What the header shows."""
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

    # Requests

    @on(ActionRequested)
    @work(group="act")
    async def complete(self, request: ActionRequested) -> None:
        """Complete the request of a key, and run it."""
        await self.operations.complete(request)

    @on(UndoRequested)
    @work(group="act")
    async def undo(self) -> None:
        """Undo one of the last operations."""
        await self.operations.undo()

    @on(BulkMarkRequested)
    @work(group="act")
    async def mark_bulk(self, request: BulkMarkRequested) -> None:
        """Mark pending entries by what they have in common."""
        search = await self.operations.find(request)
        if search is not None:
            entries, stopped = search
            self.main_screen.mark_bulk(request, entries, stopped=stopped)

    @on(PositionRequested)
    @work(group="read")
    async def go_to(self, request: PositionRequested) -> None:
        """Go to a place in a stream."""
        if self.snapshot is not None:
            place = await self.entry_actions.choose_place(self.snapshot, request.stream)
            if place is not None:
                self.main_screen.entries.go_to(place)

    @on(CopyRequested)
    @work(group="read")
    async def copy_from(self, request: CopyRequested) -> None:
        """Put something of an entry on the clipboard."""
        text = await self.entry_actions.choose_text(request)
        if text is not None:
            self.copy_to_clipboard(text)

    @on(ExportRequested)
    @work(group="read")
    async def export(self, request: ExportRequested) -> None:
        """Write entries to a file."""
        if self.source is not None:
            await self.entry_actions.export(request, self.source)

    # Keys

    async def action_quit(self) -> None:
        """End the app; a running operation stops after the batch under way."""
        if self.operations.running is None:
            self.exit()
        else:
            self.notify("It ends after the batch under way.", title="Stopping", markup=False)
            self.leave()

    @work(group="leave", exclusive=True)
    async def leave(self) -> None:
        """End the app once the running operation has stopped."""
        await self.operations.stop()
        self.exit()

    def action_pause(self) -> None:
        """Pause polling, or go on."""
        self.paused = not self.paused
        if not self.paused:
            self.pace.poll_now()

    def action_pace(self, by: int) -> None:
        """Poll less often, or more often."""
        slower = [pace for pace in PACES if pace > self.every]
        faster = [pace for pace in PACES if pace < self.every]
        if by > 0 and slower:
            self.every = slower[0]
        elif by < 0 and faster:
            self.every = faster[-1]

    def action_watch(self) -> None:
        """Show what has become of the entries that were moved."""
        from streamtop.ui.dialogs.recoveries import ShowRecoveries

        self.push_screen(ShowRecoveries(self.recoveries))

    def action_help(self) -> None:
        """Show all keys with what they do, or hide them."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()
