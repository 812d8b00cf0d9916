"""Entries written to a file: which ones, in which format, a page at a time."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from streamtop.decode import export
from streamtop.entry_search import search
from streamtop.model.text import printable
from streamtop.ui.dialogs.form import Choice, Form, Option, TextField

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId
    from streamtop.source import Source
    from streamtop.ui.dialog_host import ShowDialog
    from streamtop.ui.dialogs.progress import TaskProgress
    from streamtop.ui.messages import ExportRequested

FileFormat = Literal["json", "csv", "redis-cli"]
_AT_ONCE = 100
"""Entries that are fetched by their IDs at once."""
_SUFFIXES: dict[FileFormat, str] = {"json": "jsonl", "csv": "csv", "redis-cli": "redis"}


async def choose_export(requested: ExportRequested, ask: ShowDialog) -> EntryExport | None:
    """Ask which entries to export, and how; `None` if the user left."""
    which = [Option("listed", "the listed ones", f"{len(requested.listed):,} entries")]
    if requested.marked:
        marked = f"{len(requested.marked):,} entries"
        which.insert(0, Option("marked", "the marked ones", marked))
    fitting = " that match the filter" if requested.query is not None else ""
    whole = f"all of the stream{fitting}"
    which.append(Option("all", whole, f"of {requested.length:,} entries"))
    entries = Choice("Which", which)
    file_format = Choice(
        "As",
        [
            Option("json", "lines of JSON", "decoded"),
            Option("csv", "CSV", "for a spreadsheet"),
            Option("redis-cli", "XADD commands", "for redis-cli"),
        ],
    )
    path = TextField("File", _new_file, hint="named automatically if left empty")
    heading = f"Export from {printable(requested.stream)}?"
    answers = await ask(Form(heading, [entries, file_format, path]))
    if answers is None:
        return None
    chosen = cast("FileFormat", answers[file_format])
    ids = {"marked": requested.marked, "listed": requested.listed}.get(answers[entries])
    file = answers[path] or _file_name(requested.stream, chosen)
    return EntryExport(requested, ids, chosen, file)


def _new_file(text: str) -> Path | None:
    if not text.strip():
        return None
    try:
        path = Path(text.strip()).expanduser()
        if path.exists():
            raise ValueError("The file exists already; nothing is overwritten.")
        if not path.parent.is_dir():
            raise ValueError("The folder does not exist.")
    except RuntimeError:
        raise ValueError("The user does not exist.") from None
    except OSError as error:
        raise ValueError(error.strerror or "No file can have that name.") from None
    return path


def _file_name(stream: str, form: FileFormat) -> Path:
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", stream).strip("-.") or "stream"
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return Path(f"{plain[:80]}-{now}.{_SUFFIXES[form]}")


@dataclass
class EntryExport:
    """Entries on their way to a file."""

    requested: ExportRequested
    ids: Sequence[EntryId] | None
    """The entries; `None` for all that the query of the request matches."""
    format: FileFormat
    path: Path
    written: int = 0

    @property
    def total(self) -> int:
        """How many entries will be read."""
        return self.requested.length if self.ids is None else len(self.ids)

    async def write(self, source: Source, progress: TaskProgress) -> int:
        """Write the entries to a new file that only its owner may read.

        Returns:
            How many were written, at the end or when `progress.stop` was set.

        Raises:
            OSError: If the file cannot be made or written.
            SourceError: If the entries cannot be read.
        """
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if self.format == "csv":
                file.write(export.csv_lines((), heading=True))
            async for entries in self._pages(source, progress):
                raw = await asyncio.to_thread(self._lines, entries)
                await asyncio.to_thread(file.write, raw)
                self.written += len(entries)
                if progress.stop.is_set():
                    break
        return self.written

    async def _pages(
        self, source: Source, progress: TaskProgress
    ) -> AsyncIterator[Sequence[Entry]]:
        stream, query = self.requested.stream, self.requested.query
        if self.ids is None:
            async for page in search(
                source,
                stream,
                lambda entry: query is None or query.matches(entry),
                direction="oldest_first",
            ):
                progress.look_at(page.entries, self.written + len(page.found))
                yield page.found
            return
        left = sorted(self.ids)
        while left:
            entries = await source.entries_by_id(stream, left[:_AT_ONCE])
            yield [entry for entry in entries.values() if entry is not None]
            left = [entry_id for entry_id in left if entry_id not in entries]
            progress.look_at(self.total - len(left), self.written)

    def _lines(self, entries: Sequence[Entry]) -> bytes:
        match self.format:
            case "json":
                return b"".join(map(export.json_line, entries))
            case "csv":
                return export.csv_lines(entries, heading=False)
            case _:
                stream = self.requested.stream
                return b"".join(export.xadd_line(stream, entry) for entry in entries)
