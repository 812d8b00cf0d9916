"""Dialogs and notices over the app, for code that is not part of a widget."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, TypeVar

from streamtop.ui.text import as_sentence

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from textual.app import App
    from textual.screen import ModalScreen

    from streamtop.ui.dialogs.progress import TaskProgress

T = TypeVar("T")
UNSHOWN = 0.3
"""Seconds that a task may take before its progress is shown."""


class ShowDialog(Protocol):
    """Shows a dialog and returns its answer."""

    async def __call__(self, screen: ModalScreen[T], /) -> T | None: ...


class DialogHost:
    """Shows dialogs, the progress of tasks, and notices."""

    def __init__(self, app: App[None]) -> None:
        self._app = app

    async def ask(self, screen: ModalScreen[T]) -> T | None:
        """Show a dialog and return its answer. Only for workers of the app."""
        return await self._app.push_screen_wait(screen)

    def show(self, screen: ModalScreen[None]) -> None:
        """Show a dialog that has no answer."""
        self._app.push_screen(screen)

    def notify(self, text: str, title: str = "", *, timeout: float | None = None) -> None:
        """Show a notice."""
        self._app.notify(text, title=title, timeout=timeout, markup=False)

    def refuse(self, why: str, title: str = "Not done") -> None:
        """Show why something was not done."""
        self._app.notify(as_sentence(why), title=title, severity="error", timeout=15, markup=False)

    async def run(
        self, task: Coroutine[object, object, T], progress: TaskProgress, *, keep: bool = False
    ) -> T:
        """Run a task, and show its progress if it takes a while.

        Args:
            task: The task; it updates `progress` and ends early once `progress.stop` is set.
            progress: What is shown of it.
            keep: Whether the task runs on when the caller is cancelled.
        """
        running = asyncio.ensure_future(task)
        running.add_done_callback(lambda _: progress.ended.set())
        try:
            await asyncio.wait({running}, timeout=UNSHOWN)
            if not running.done() and progress.total != 1:
                from streamtop.ui.dialogs.progress import ShowProgress

                await self.ask(ShowProgress(progress))
            return await asyncio.shield(running)
        finally:
            if not keep:
                running.cancel()
