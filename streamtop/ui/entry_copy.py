"""Entries taken away: what of one is copied, and which are written to a file."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from streamtop.decode import decode, export
from streamtop.entry_search import search
from streamtop.model.text import printable
from streamtop.ui.dialogs.form import Form
from streamtop.ui.dialogs.form_fields import Choice, Option, TextField

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from streamtop.model.entries import Entry
    from streamtop.source import Source
    from streamtop.ui.forms.context import ShowDialog
    from streamtop.ui.messages import CopyRequested, ExportRequested
    from streamtop.ui.task_progress import TaskProgress

FileForm = Literal["json", "csv", "redis-cli"]
_AT_ONCE = 100
"""Entries that are asked for by their IDs at once."""
_SUFFIXES: dict[FileForm, str] = {"json": "jsonl", "csv": "csv", "redis-cli": "redis"}


async def to_copy(wanted: CopyRequested, ask: ShowDialog) -> str | None:
    """The text that is to be on the clipboard; `None` if the user left."""
    body = "\n".join(
        body.raw.decode("utf-8", "backslashreplace") for _, body in decode(wanted.entry).bodies
    )
    ways = [
        Option("value", "the value at the cursor", printable(wanted.value[:60])),
        Option("body", "the payload, as it is"),
        Option("json", "the entry as JSON"),
        Option("xadd", "the XADD command that adds it again"),
        Option("id", "its ID", str(wanted.entry.id)),
    ]
    what = Choice("What", ways if wanted.value else ways[1:])
    answers = await ask(Form(f"Copy what of {wanted.entry.id}?", [what]))
    if answers is None:
        return None
    match answers[what]:
        case "value":
            return wanted.value
        case "body":
            return body
        case "json":
            return export.json_line(wanted.entry).decode().rstrip("\n")
        case "xadd":
            return export.xadd_line(wanted.stream, wanted.entry).decode().rstrip("\n")
        case _:
            return str(wanted.entry.id)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries to export, how, and where to."""

    which: str
    form: FileForm
    path: Path


async def to_export(wanted: ExportRequested, ask: ShowDialog) -> Chosen | None:
    """What is to be exported; `None` if the user left."""
    listed = f"{len(wanted.listed):,} entries"
    ways = [Option("listed", "those that are listed", listed)]
    if wanted.marked:
        ways.insert(0, Option("marked", "those that are marked", f"{len(wanted.marked):,} entries"))
    fitting = " that fit the filter" if wanted.query is not None else ""
    ways.append(Option("all", f"all of the stream{fitting}", f"of {wanted.length:,} entries"))
    which = Choice("Which", ways)
    form = Choice(
        "As",
        [
            Option("json", "lines of JSON", "decoded"),
            Option("csv", "CSV", "for a spreadsheet"),
            Option("redis-cli", "XADD commands", "for redis-cli"),
        ],
    )
    path = TextField("File", _free, hint="its name is made up if it is left empty")
    answers = await ask(Form(f"Export from {printable(wanted.stream)}?", [which, form, path]))
    if answers is None:
        return None
    chosen = cast("FileForm", answers[form])
    return Chosen(answers[which], chosen, answers[path] or _made_up(wanted.stream, chosen))


def _free(text: str) -> Path | None:
    if not text.strip():
        return None
    try:
        path = Path(text.strip()).expanduser()
        if path.exists():
            raise ValueError("There is such a file already; nothing is overwritten.")
        if not path.parent.is_dir():
            raise ValueError("There is no such folder.")
    except RuntimeError:
        raise ValueError("There is no such user.") from None
    except OSError as error:
        raise ValueError(error.strerror or "No file can have that name.") from None
    return path


def _made_up(stream: str, form: FileForm) -> Path:
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", stream).strip("-.") or "stream"
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return Path(f"{plain[:80]}-{now}.{_SUFFIXES[form]}")


class Exporting:
    """Entries on their way to a file, a page at a time."""

    def __init__(self, source: Source, wanted: ExportRequested, chosen: Chosen) -> None:
        self._source = source
        self._wanted = wanted
        self._chosen = chosen
        self._written = 0
        self._begun = False

    async def write(self, under_way: TaskProgress) -> int:
        """Write them to a new file that only the user may read; how many there are.

        Raises:
            OSError: If the file cannot be made or written.
            SourceError: If the server can no longer be asked.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(self._chosen.path, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            async for entries in self._pages(under_way):
                raw = await asyncio.to_thread(self._lines, entries)
                await asyncio.to_thread(file.write, raw)
                if under_way.stop.is_set():
                    break
        return self._written

    async def _pages(self, under_way: TaskProgress) -> AsyncIterator[Sequence[Entry]]:
        if self._chosen.which == "all":
            query = self._wanted.query
            async for searched in search(
                self._source,
                self._wanted.stream,
                lambda entry: query is None or query.matches(entry),
                direction="oldest_first",
            ):
                under_way.look_at(searched.entries, self._written + len(searched.found))
                yield searched.found
            return
        wanted = self._wanted
        left = sorted(wanted.marked if self._chosen.which == "marked" else wanted.listed)
        while left:
            found = await self._source.entries_by_id(wanted.stream, left[:_AT_ONCE])
            yield [entry for entry in found.values() if entry is not None]
            left = [entry_id for entry_id in left if entry_id not in found]
            under_way.look_at(under_way.total - len(left), self._written)

    @property
    def total(self) -> int:
        """How many entries are to be looked at."""
        match self._chosen.which:
            case "marked":
                return len(self._wanted.marked)
            case "listed":
                return len(self._wanted.listed)
            case _:
                return self._wanted.length

    def _lines(self, entries: Sequence[Entry]) -> bytes:
        first, self._begun = not self._begun, True
        self._written += len(entries)
        match self._chosen.form:
            case "json":
                return b"".join(map(export.json_line, entries))
            case "csv":
                return export.csv_lines(entries, heading=first)
            case _:
                return b"".join(export.xadd_line(self._wanted.stream, each) for each in entries)
