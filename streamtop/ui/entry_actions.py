"""Actions that only read: go to a place, copy from an entry, export entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode import SlowQueryError
from streamtop.model.text import printable
from streamtop.source import SourceError

if TYPE_CHECKING:
    from streamtop.model.snapshot import Snapshot
    from streamtop.source import Source
    from streamtop.ui.dialog_host import DialogHost
    from streamtop.ui.messages import CopyRequested, ExportRequested
    from streamtop.ui.widgets.entry_browser import Place

MOST_COPIED = 100_000
"""Bytes that are put on the clipboard, at most: terminals take no more."""


class EntryActions:
    """Asks for the details of an action, and carries it out."""

    def __init__(self, dialogs: DialogHost) -> None:
        self.dialogs = dialogs

    async def choose_place(self, snapshot: Snapshot, stream_name: str) -> Place | None:
        """Ask for a place in a stream; `None` if the user left."""
        from streamtop.ui.positions import choose_position

        stream = snapshot.stream(stream_name)
        if stream is None:
            return None
        now_ms = snapshot.time_ms or int(snapshot.taken_at.timestamp() * 1000)
        return await choose_position(stream, now_ms, self.dialogs.ask)

    async def choose_text(self, requested: CopyRequested) -> str | None:
        """Ask what to copy of an entry.

        Returns:
            The text for the clipboard, cut to what terminals take; `None` if the user left.
        """
        from streamtop.ui.entry_copy import choose_copy

        text = await choose_copy(requested, self.dialogs.ask)
        if text is None:
            return None
        raw = text.encode("utf-8", "replace")  # half a character of JSON cannot be sent
        cut = f", the first {MOST_COPIED:,} bytes of it" if len(raw) > MOST_COPIED else ""
        self.dialogs.notify(f"On the clipboard{cut}.", "Copied")
        return raw[:MOST_COPIED].decode("utf-8", "ignore")

    async def export(self, requested: ExportRequested, source: Source) -> None:
        """Ask which entries to export, and write them to a file."""
        from streamtop.ui.dialogs.progress import TaskProgress
        from streamtop.ui.entry_export import choose_export

        export = await choose_export(requested, self.dialogs.ask)
        if export is None:
            return
        path = printable(str(export.path))
        progress = TaskProgress("Export", f"Writing {path}", export.total, found=0)
        try:
            number = await self.dialogs.run(export.write(source, progress), progress)
        except (SourceError, OSError, SlowQueryError) as error:
            why = error.strerror or "" if isinstance(error, OSError) else str(error)
            self.dialogs.refuse(f"{path}: {why}", "Not exported")
            return
        stopped = ", stopped before the end" if progress.stop.is_set() else ""
        self.dialogs.notify(f"{number:,} entries in {path}{stopped}.", "Exported", timeout=10)
