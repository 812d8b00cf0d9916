"""The progress of a long task, and the key that stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup
from textual.screen import ModalScreen
from textual.widgets import Button, Label, ProgressBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from streamtop.ui.task_progress import TaskProgress

EVERY = 0.1
"""Seconds between two updates."""


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
