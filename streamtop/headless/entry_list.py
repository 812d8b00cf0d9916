"""Entries of a stream, written page by page as a table, JSON lines, CSV or XADD commands."""

from __future__ import annotations

import asyncio
import select
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtop import decode, figures
from streamtop.decode import export
from streamtop.entry_search import PAGE, search
from streamtop.headless.output import encoded, stdout_style, write_bytes, write_error
from streamtop.headless.receipts import ALL_DONE, NOT_ALL, code_of
from streamtop.headless.text_table import Cell, Column, TextTable
from streamtop.model.entry_position import is_entry_id, parse_position
from streamtop.model.ids import EntryId, age_ms
from streamtop.model.text import printable
from streamtop.source import MissingError, SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from streamtop.decode.query import Query
    from streamtop.headless.operation_runner import Connected
    from streamtop.masking import Mask
    from streamtop.model.entries import Entry
    from streamtop.source import Direction, Source

OutputFormat = Literal["table", "json", "csv", "redis-cli"]
FOLLOW_INTERVAL = 0.5
"""Seconds between two searches for newer entries."""
_LAST_SEQ = 2**64 - 1
_COLUMNS = (
    Column("ID", min_width=18),
    Column("AGE", right=True, min_width=7),
    Column("SIZE", right=True, min_width=7),
    Column("PAYLOAD"),
)


class PositionError(ValueError):
    """An invalid position in a stream: one sentence."""


@dataclass(frozen=True, slots=True)
class EntryListing:
    """Which entries to list, and how."""

    stream: str
    first: str | None = None
    """The first entry: an ID or a time."""
    last: str | None = None
    """The last entry: likewise."""
    count: int | None = None
    reverse: bool = False
    follow: bool = False
    """Whether to go on with newer entries as they are added."""
    query: Query | None = None
    form: OutputFormat = "table"


def show_entries(
    connect: Callable[[str], Awaitable[Connected]], listing: EntryListing, mask: Mask | None
) -> int:
    """Write the entries as they are read, until the reader is gone.

    Args:
        connect: Connects to the server, for the stream of this name alone.
        listing: Which entries, in which format.
        mask: The values to hide.

    Returns:
        The exit code: 1 if there is no such stream, or if commands were left out because
        they hold hidden values.

    Raises:
        PositionError: If `first` or `last` is not a position.
    """
    for position in (listing.first, listing.last):
        _entry_id(position, int(time.time() * 1000))  # fails before the server is asked
    try:
        return asyncio.run(_show(connect, listing, mask))
    except SourceError as error:
        write_error(f"streamtop: {error}\n")
        return code_of(error)
    except KeyboardInterrupt:
        return ALL_DONE if listing.follow else 130


async def _show(
    connect: Callable[[str], Awaitable[Connected]], listing: EntryListing, mask: Mask | None
) -> int:
    # A look at no stream: only the server's clock is of interest.
    source = (await connect("")).source
    writer = _Writer(listing)
    left_out = 0
    try:
        writer.time_ms = (await source.look()).time_ms
        chosen = _Choice(listing, mask)
        async for page in _pages(source, listing, writer.time_ms):
            entries = chosen.of(page)
            if mask is not None and listing.form == "redis-cli":
                complete = [entry for entry in entries if not mask.hides(entry)]
                left_out += len(entries) - len(complete)
                entries = complete
            if (entries and not write_bytes(writer.lines(entries))) or chosen.complete:
                break
        if not chosen.seen and not listing.follow:
            await _must_exist(connect, listing.stream)
    finally:
        await source.close()
    if left_out:
        entries_were = "1 entry was" if left_out == 1 else f"{left_out:,} entries were"
        write_error(f"streamtop: {entries_were} left out because of hidden values\n")
    return NOT_ALL if left_out else ALL_DONE


async def _must_exist(connect: Callable[[str], Awaitable[Connected]], stream: str) -> None:
    """Tell a missing stream from one without entries.

    Raises:
        MissingError: If it is missing.
    """
    source = (await connect(stream)).source
    try:
        if not (await source.look()).streams:
            raise MissingError(f"there is no stream {printable(stream)}")
    finally:
        await source.close()


class _Choice:
    """The entries to show of those that are read, their hidden values masked."""

    def __init__(self, listing: EntryListing, mask: Mask | None) -> None:
        self.seen = 0
        """How many entries were read."""
        self._mask = mask
        self._query = listing.query
        self._left = listing.count

    @property
    def complete(self) -> bool:
        """Whether `count` entries were shown."""
        return self._left == 0

    def of(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Those of a page to show."""
        self.seen += len(entries)
        shown = entries if self._mask is None else [self._mask.entry(entry) for entry in entries]
        if self._query is not None:
            shown = [entry for entry in shown if self._query.matches(entry)]
        if self._left is not None:
            shown = shown[: self._left]
            self._left -= len(shown)
        return shown


async def _pages(
    source: Source, listing: EntryListing, now_ms: int | None
) -> AsyncIterator[Sequence[Entry]]:
    first, last = _entry_id(listing.first, now_ms), _entry_id(listing.last, now_ms, end=True)
    direction: Direction = "newest_first" if listing.reverse else "oldest_first"
    if listing.reverse:
        beyond, until = (last.next() if last else None), first
    else:
        beyond, until = (first.previous() if first else None), last
    page = min(PAGE, listing.count or PAGE) if listing.query is None else PAGE
    while True:
        async for searched in search(
            source,
            listing.stream,
            lambda entry: True,
            direction=direction,
            beyond=beyond,
            until=until,
            page=page,
        ):
            yield searched.found
            beyond = searched.at or beyond
        if not listing.follow or await _reader_is_gone(FOLLOW_INTERVAL):
            return


async def _reader_is_gone(within: float) -> bool:
    """Wait, then return whether nobody reads the pipe any more; needs no write to find out."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        descriptor = -1  # not a file
    poll = select.poll()
    if descriptor >= 0:
        poll.register(descriptor, 0)  # errors are always reported
    await asyncio.sleep(within)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _entry_id(text: str | None, now_ms: int | None, *, end: bool = False) -> EntryId | None:
    """The ID of a position; as an end, the last of its millisecond unless it has a sequence."""
    if text is None:
        return None
    is_id = is_entry_id(text)
    if now_ms is None and not is_id:
        raise PositionError("the server does not report its time: give an entry ID")
    try:
        entry_id = parse_position(text, now_ms or 0)
    except ValueError as error:
        raise PositionError(str(error)) from None
    return entry_id if not end or (is_id and "-" in text) else EntryId(entry_id.ms, _LAST_SEQ)


class _Writer:
    """Entries as lines of the chosen format."""

    def __init__(self, listing: EntryListing) -> None:
        self.time_ms: int | None = None
        self._listing = listing
        self._begun = False
        self._table = TextTable(_COLUMNS, stdout_style())

    def lines(self, entries: Sequence[Entry]) -> bytes:
        """The next entries; headings precede the first."""
        first, self._begun = not self._begun, True
        match self._listing.form:
            case "json":
                return b"".join(map(export.json_line, entries))
            case "csv":
                return export.csv_lines(entries, heading=first)
            case "redis-cli":
                return b"".join(export.xadd_line(self._listing.stream, entry) for entry in entries)
            case _:
                return encoded(self._table.lines(list(map(self._row, entries))), sys.stdout)

    def _row(self, entry: Entry) -> Sequence[Cell]:
        age = age_ms(entry.id, self.time_ms)
        return [
            Cell(str(entry.id)),
            Cell(figures.UNKNOWN if age is None else figures.duration(age)),
            Cell(figures.size(entry.size)),
            Cell(decode.summary(entry)),
        ]
