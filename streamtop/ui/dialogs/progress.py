"""How far a long operation is, and the way to stop it."""

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
"""Seconds from one look at the work to the next."""


class ShowProgress(ModalScreen[None]):
    """A bar that fills; it closes when the work has ended, and only then."""

    AUTO_FOCUS = "#stop"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,x", "stop", "Stop", id="progress.stop"),
    ]

    def __init__(self, under_way: TaskProgress) -> None:
        super().__init__()
        self.under_way = under_way

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(self.under_way.what, id="question", markup=False)
            bar = ProgressBar(self.under_way.total or None, show_percentage=False, show_eta=False)
            yield bar
            yield Label(id="told", markup=False)
            with HorizontalGroup(id="buttons"):
                yield Button("Stop (x)", id="stop", compact=True)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = self.under_way.title
        self.show_progress()
        self.set_interval(EVERY, self.show_progress)

    def show_progress(self) -> None:
        """Show how far it is; close when it has ended."""
        self.query_one(ProgressBar).update(progress=self.under_way.reached)
        stopping = "   stopping…" if self.under_way.stop.is_set() else ""
        self.query_one("#told", Label).update(self.under_way.told + stopping)
        if self.under_way.ended.is_set() and self.is_current:
            self.dismiss(None)

    def action_stop(self) -> None:
        """Let what is under way be the last."""
        self.under_way.stop.set()
        self.query_one("#stop").disabled = True
        self.show_progress()

    def on_button_pressed(self) -> None:
        self.action_stop()
