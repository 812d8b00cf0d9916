"""What the app does for reading: it asks where to go, what to copy, and what to export."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from textual import on, work

from streamtop.decode import SlowQueryError
from streamtop.model.text import printable
from streamtop.source import SourceError
from streamtop.ui.messages import CopyRequested, ExportRequested, PositionRequested
from streamtop.ui.operation_runner import ActingApp
from streamtop.ui.text import as_sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from streamtop.ui.task_progress import TaskProgress

T = TypeVar("T")
MOST_COPIED = 100_000
"""Bytes that are put on the clipboard, at most: terminals take no more."""


class ReadingApp(ActingApp):
    """Nothing here changes the server."""

    @on(CopyRequested)
    @work(group="read")
    async def copy_from(self, wanted: CopyRequested) -> None:
        """Ask what of the entry, and put it on the clipboard."""
        from streamtop.ui.entry_copy import to_copy

        text = await to_copy(wanted, self.push_screen_wait)
        if text is None:
            return
        raw = text.encode("utf-8", "replace")  # half a character of JSON cannot be sent
        shown = raw[:MOST_COPIED].decode("utf-8", "ignore")
        self.copy_to_clipboard(shown)
        cut = f", the first {MOST_COPIED:,} bytes of it" if len(raw) > MOST_COPIED else ""
        self.notify(f"On the clipboard{cut}.", title="Copied", markup=False)

    @on(PositionRequested)
    @work(group="read")
    async def go_to(self, wanted: PositionRequested) -> None:
        """Ask where in the stream, and go there."""
        from streamtop.ui.positions import choose_position

        snapshot = self.snapshot
        stream = snapshot.stream(wanted.stream) if snapshot is not None else None
        if snapshot is None or stream is None:
            return
        now_ms = snapshot.time_ms or int(snapshot.taken_at.timestamp() * 1000)
        found = await choose_position(stream, now_ms, self.push_screen_wait)
        if found is not None:
            self.main_screen.entries.go_to(found)

    @on(ExportRequested)
    @work(group="read")
    async def export(self, wanted: ExportRequested) -> None:
        """Ask which entries, how and where to, and write them."""
        from streamtop.ui.entry_copy import Exporting, to_export
        from streamtop.ui.task_progress import TaskProgress

        if self.source is None:
            return
        chosen = await to_export(wanted, self.push_screen_wait)
        if chosen is None:
            return
        exporting = Exporting(self.source, wanted, chosen)
        writing = f"Writing {printable(str(chosen.path))}"
        under_way = TaskProgress("Export", writing, exporting.total, found=0)
        try:
            number = await self._watched(under_way, exporting.write(under_way))
        except (SourceError, OSError, SlowQueryError) as error:
            why = error.strerror or "" if isinstance(error, OSError) else str(error)
            self.notify(
                as_sentence(f"{chosen.path}: {why}"),
                title="Not exported",
                severity="error",
                markup=False,
            )
            return
        stopped = ", stopped before the end" if under_way.stop.is_set() else ""
        told = f"{number:,} entries in {chosen.path}{stopped}."
        self.notify(told, title="Exported", timeout=10, markup=False)

    async def _watched(self, under_way: TaskProgress, work: Awaitable[T]) -> T:
        """Do it; how far it is, is shown where that takes a while."""
        working = asyncio.ensure_future(work)
        working.add_done_callback(lambda _: under_way.ended.set())
        try:
            await self._watch(under_way)
            return await working
        finally:
            working.cancel()
