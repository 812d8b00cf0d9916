"""The progress of a task, and the dialog that shows it and can stop it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup
from textual.screen import ModalScreen
from textual.widgets import Button, Label, ProgressBar

from streamtop import figures

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from streamtop.operations import Progress

EVERY = 0.1
"""Seconds between two updates."""


@dataclass
class TaskProgress:
    """How far a task on many entries has come."""

    title: str
    what: str
    """The task in words."""
    total: int
    """Entries in all; 0 if unknown."""
    reached: int = 0
    found: int | None = None
    """Entries that matched, of those reached; `None` if nothing is searched for."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.monotonic)

    def reach(self, progress: Progress) -> None:
        """Take over the progress of an operation."""
        self.reached = progress.reached

    def look_at(self, looked_at: int, found: int) -> None:
        """Take over the progress of a search."""
        self.reached, self.found = looked_at, found

    @property
    def summary(self) -> str:
        """Entries reached, the rate, and the time left."""
        seconds = time.monotonic() - self.began
        of = f" of {self.total:,}" if self.total else ""
        parts = [f"{self.reached:,}{of} entries"]
        if self.found is not None:
            parts.append(f"{self.found:,} found")
        if self.reached and seconds > 0:
            rate = self.reached / seconds
            parts.append(f"{figures.rate(rate)} a second")
            if self.reached < self.total:
                left = (self.total - self.reached) / rate
                parts.append(f"{figures.duration(max(1000, left * 1000))} left")
        return "   ".join(parts)


class ShowProgress(ModalScreen[None]):
    """A bar that fills; closed when the task has ended, and only then."""

    AUTO_FOCUS = "#stop"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,x", "stop", "Stop", id="progress.stop"),
    ]

    def __init__(self, progress: TaskProgress) -> None:
        super().__init__()
        self.progress = progress

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(self.progress.what, id="question", markup=False)
            bar = ProgressBar(self.progress.total or None, show_percentage=False, show_eta=False)
            yield bar
            yield Label(id="summary", markup=False)
            with HorizontalGroup(id="buttons"):
                yield Button("Stop (x)", id="stop", compact=True)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = self.progress.title
        self.show_progress()
        self.set_interval(EVERY, self.show_progress)

    def show_progress(self) -> None:
        """Update the bar; close when the task has ended."""
        self.query_one(ProgressBar).update(progress=self.progress.reached)
        stopping = "   stopping…" if self.progress.stop.is_set() else ""
        self.query_one("#summary", Label).update(self.progress.summary + stopping)
        if self.progress.ended.is_set() and self.is_current:
            self.dismiss(None)

    def action_stop(self) -> None:
        """Ask the task to stop."""
        self.progress.stop.set()
        self.query_one("#stop").disabled = True
        self.show_progress()

    def on_button_pressed(self) -> None:
        self.action_stop()
