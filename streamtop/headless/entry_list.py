"""Entries of a stream, written page by page: a table, JSON lines, CSV, or XADD commands."""

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
from streamtop.headless.confirmation import tell
from streamtop.headless.output import encoded, stdout_style, write_bytes
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
FOLLOW_EVERY = 0.5
"""Seconds after which newer entries are looked for."""
_LAST_SEQ = 2**64 - 1
_COLUMNS = (
    Column("ID", min_width=18),
    Column("AGE", right=True, min_width=7),
    Column("SIZE", right=True, min_width=7),
    Column("PAYLOAD"),
)


class PositionError(ValueError):
    """A place in the stream that cannot be: one sentence."""


@dataclass(frozen=True, slots=True)
class EntryListing:
    """Which entries to list, and how."""

    stream: str
    first: str | None = None
    """Where to begin: an entry ID or a time."""
    last: str | None = None
    """Where to end."""
    count: int | None = None
    reverse: bool = False
    follow: bool = False
    """Whether to wait for newer entries at the end."""
    query: Query | None = None
    form: OutputFormat = "table"


def show_entries(
    connect: Callable[[str], Awaitable[Connected]], listing: EntryListing, mask: Mask | None
) -> int:
    """Write the entries as they are read; a reader that has gone ends it quietly.

    Args:
        connect: Connects to the server, to look at the stream of that name alone.
        listing: What to list.
        mask: What to hide.

    Returns:
        The exit code: 1 if there is no such stream, or if commands were left out since
        values in them are hidden.

    Raises:
        WrongTimeError: If a place in the stream is none.
    """
    for place in (listing.first, listing.last):
        _place(place, int(time.time() * 1000))  # before anything is asked
    try:
        return asyncio.run(_show(connect, listing, mask))
    except SourceError as error:
        tell(f"streamtop: {error}\n")
        return code_of(error)
    except KeyboardInterrupt:
        return ALL_DONE if listing.follow else 130


async def _show(
    connect: Callable[[str], Awaitable[Connected]], listing: EntryListing, mask: Mask | None
) -> int:
    # A look at no stream at all: it is only about the server's clock.
    source = (await connect("")).source
    writer = _Writer(listing)
    left_out = 0
    try:
        writer.time_ms = (await source.look()).time_ms
        picked = _Picked(listing, mask)
        async for found in _pages(source, listing, writer.time_ms):
            entries = picked.of(found)
            if mask is not None and listing.form == "redis-cli":
                whole = [each for each in entries if not mask.hides(each)]
                left_out += len(entries) - len(whole)
                entries = whole
            if (entries and not write_bytes(writer.lines(entries))) or picked.complete:
                break
        if not picked.seen and not listing.follow:
            await _must_exist(connect, listing.stream)
    finally:
        await source.close()
    if left_out:
        were = "1 entry was" if left_out == 1 else f"{left_out:,} entries were"
        tell(f"streamtop: {were} left out, since values are hidden\n")
    return NOT_ALL if left_out else ALL_DONE


async def _must_exist(connect: Callable[[str], Awaitable[Connected]], stream: str) -> None:
    """Tell a stream that is not there from one with no entries.

    Raises:
        MissingError: If it is not there.
    """
    source = (await connect(stream)).source
    try:
        if not (await source.look()).streams:
            raise MissingError(f"there is no stream {printable(stream)}")
    finally:
        await source.close()


class _Picked:
    """What is to be shown of the entries that were read."""

    def __init__(self, listing: EntryListing, mask: Mask | None) -> None:
        self.seen = 0
        """Entries that were read."""
        self._mask = mask
        self._query = listing.query
        self._left = listing.count

    @property
    def complete(self) -> bool:
        """Whether there are as many as were asked for."""
        return self._left == 0

    def of(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Those of a page."""
        self.seen += len(entries)
        picked = entries if self._mask is None else [self._mask.entry(each) for each in entries]
        if self._query is not None:
            picked = [each for each in picked if self._query.matches(each)]
        if self._left is not None:
            picked = picked[: self._left]
            self._left -= len(picked)
        return picked


async def _pages(
    source: Source, listing: EntryListing, now_ms: int | None
) -> AsyncIterator[Sequence[Entry]]:
    first, last = _place(listing.first, now_ms), _place(listing.last, now_ms, end=True)
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
        if not listing.follow or await _reader_goes(FOLLOW_EVERY):
            return


async def _reader_goes(within: float) -> bool:
    """Wait; true as soon as nobody reads a pipe any more, though nothing was written to it."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        descriptor = -1  # no file
    poll = select.poll()
    if descriptor >= 0:
        poll.register(descriptor, 0)  # errors are told always
    await asyncio.sleep(within)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _place(text: str | None, now_ms: int | None, *, end: bool = False) -> EntryId | None:
    """The ID that is meant; as an end, the last of its millisecond unless a sequence is given."""
    if text is None:
        return None
    is_id = is_entry_id(text)
    if now_ms is None and not is_id:
        raise PositionError("the server does not tell its time: give an entry ID")
    try:
        found = parse_position(text, now_ms or 0)
    except ValueError as error:
        raise PositionError(str(error)) from None
    return found if not end or (is_id and "-" in text) else EntryId(found.ms, _LAST_SEQ)


class _Writer:
    """Entries in the form that was asked for."""

    def __init__(self, listing: EntryListing) -> None:
        self.time_ms: int | None = None
        self._listing = listing
        self._begun = False
        self._table = TextTable(_COLUMNS, stdout_style())

    def lines(self, entries: Sequence[Entry]) -> bytes:
        """The next entries; a heading comes with the first."""
        first, self._begun = not self._begun, True
        match self._listing.form:
            case "json":
                return b"".join(map(export.json_line, entries))
            case "csv":
                return export.csv_lines(entries, heading=first)
            case "redis-cli":
                return b"".join(export.xadd_line(self._listing.stream, each) for each in entries)
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
