"""Pending entries of a group, written page by page: as a table, or as JSON lines."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from streamtop import figures
from streamtop.headless.confirmation import tell
from streamtop.headless.document import named
from streamtop.headless.output import encoded, wants_colour, write
from streamtop.headless.receipts import ALL_DONE, code_of
from streamtop.headless.text import Cell, cells, line, padded
from streamtop.model.text import printable
from streamtop.model.verdict import MARKED_FATAL
from streamtop.operations.pending_search import PAGE
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

    from streamtop.headless.operation_runner import Connected
    from streamtop.model.entries import Entry, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.selection import Selection
    from streamtop.source import Source

_HEADINGS = "ID", "CONSUMER", "IDLE", "DELIVERIES", "PAYLOAD"
_TO_THE_RIGHT = frozenset({"IDLE", "DELIVERIES"})
_LEAST_WIDTHS = 15, 12, 7, 10, 7


class PendingRecord(msgspec.Struct, frozen=True):
    """A pending entry. `idle_ms` is null and `consumer` empty where it was released."""

    id: str
    consumer: str
    idle_ms: int | None
    deliveries: int
    gone: bool | None
    """Whether its payload is missing; null where that cannot be told."""
    consumer_hex: str | msgspec.UnsetType = msgspec.UNSET


class Row(NamedTuple):
    """A pending entry, and whether its payload is missing."""

    entry: PendingEntry
    gone: bool | None


class Listing(NamedTuple):
    """Which pending entries to list, and how."""

    stream: str
    group: str
    selection: Selection
    as_json: bool


def show_pending(connect: Callable[[], Awaitable[Connected]], listing: Listing) -> int:
    """Write the list as it is read; a reader that has gone ends it quietly.

    Returns:
        The exit code.
    """
    try:
        asyncio.run(_show(connect, listing))
    except SourceError as error:
        tell(f"streamtop: {error}\n")
        return code_of(error)
    return ALL_DONE


async def _show(connect: Callable[[], Awaitable[Connected]], listing: Listing) -> None:
    source = (await connect()).source
    table = Table()
    try:
        async for rows in pages(source, listing.stream, listing.group, listing.selection):
            if not write(_json_lines(rows) if listing.as_json else table.lines(rows)):
                return
    finally:
        await source.close()


async def pages(
    source: Source, stream: str, group: str, selection: Selection
) -> AsyncIterator[Sequence[Row]]:
    """The selected pending entries, lowest ID first; no more than a page is kept at a time."""
    last: EntryId | None = None
    while True:
        page = await source.pending(
            stream, group, after=last, count=PAGE, consumer=selection.consumer or None
        )
        rows = [row for row in page if selection.admits(row)]
        if selection.needs_payload:
            found = await _entries(source, stream, rows)
            told = [Row(row, gone=False) for row in rows if selection.admits_payload(found[row.id])]
        else:
            gone = await source.missing(stream, [row.id for row in rows]) if rows else None
            told = [Row(row, None if gone is None else row.id in gone) for row in rows]
        if told:
            yield told
        if len(page) < PAGE:
            return
        last = page[-1].id


async def _entries(
    source: Source, stream: str, rows: Iterable[PendingEntry]
) -> dict[EntryId, Entry | None]:
    found: dict[EntryId, Entry | None] = {}
    ids = [row.id for row in rows]
    while left := [entry_id for entry_id in ids if entry_id not in found]:
        found |= await source.entries_by_id(stream, left)
    return found


def _json_lines(rows: Iterable[Row]) -> bytes:
    return b"".join(msgspec.json.encode(_record(row)) + b"\n" for row in rows)


def _record(row: Row) -> PendingRecord:
    consumer, consumer_hex = named(row.entry.consumer)
    return PendingRecord(
        id=str(row.entry.id),
        consumer=consumer,
        idle_ms=None if row.entry.idle_ms < 0 else row.entry.idle_ms,
        deliveries=row.entry.deliveries,
        gone=row.gone,
        consumer_hex=consumer_hex,
    )


class Table:
    """Rows in columns as wide as the first page needs."""

    def __init__(self) -> None:
        self._widths: list[int] = []
        on_terminal = sys.stdout.isatty()
        self._width = shutil.get_terminal_size().columns if on_terminal else None
        self._colour = on_terminal and wants_colour()

    def lines(self, rows: Sequence[Row]) -> bytes:
        """The next rows, at least one; the heading comes with the first."""
        told = [_told(row) for row in rows]
        shown: list[Sequence[Cell]] = []
        if not self._widths:
            self._widths = [
                max(least, *(cells(cell.text) for cell in column))
                for least, column in zip(_LEAST_WIDTHS, zip(*told, strict=True), strict=True)
            ]
            shown.append([Cell(heading, "dim") for heading in _HEADINGS])
        text = "".join(
            line(self._in_columns(row), width=self._width, colour=self._colour) + "\n"
            for row in (*shown, *told)
        )
        return encoded(text, sys.stdout)

    def _in_columns(self, row: Sequence[Cell]) -> Iterator[Cell]:
        for heading, cell, width in zip(_HEADINGS, row, self._widths, strict=True):
            right = heading in _TO_THE_RIGHT
            yield Cell(padded(cell.text, width, right=right) + "  ", cell.tone)


def _told(row: Row) -> Sequence[Cell]:
    entry = row.entry
    released = entry.idle_ms < 0
    if entry.deliveries >= MARKED_FATAL:
        deliveries = Cell("fatal", "warning")
    else:
        deliveries = Cell(f"{figures.count(entry.deliveries)}×")
    return (
        Cell(str(entry.id)),
        Cell("(released)", "dim") if not entry.consumer else Cell(printable(entry.consumer)),
        Cell(figures.ABSENT, "dim") if released else Cell(figures.duration(entry.idle_ms)),
        deliveries,
        {True: Cell("gone", "warning"), False: Cell(""), None: Cell(figures.UNKNOWN, "dim")}[
            row.gone
        ],
    )
