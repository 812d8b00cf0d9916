"""Pending entries of a group, written page by page as a table or as JSON lines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from streamtop import figures
from streamtop.headless.output import stdout_style, write_bytes, write_error, write_text
from streamtop.headless.receipts import ALL_DONE, code_of
from streamtop.headless.snapshot_json import name_with_hex
from streamtop.headless.text_table import Cell, Column, TextTable
from streamtop.model.verdict import MARKED_FATAL
from streamtop.planning.pending_entries import PAGE
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from streamtop.headless.operation_runner import Connected
    from streamtop.model.entries import Entry, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.selection import Selection
    from streamtop.source import Source

_COLUMNS = (
    Column("ID", min_width=15),
    Column("CONSUMER", min_width=12),
    Column("IDLE", right=True, min_width=7),
    Column("DELIVERIES", right=True),
    Column("PAYLOAD"),
)


class PendingRecord(msgspec.Struct, frozen=True):
    """A pending entry. A released one has a null `idle_ms` and an empty `consumer`."""

    id: str
    consumer: str
    idle_ms: int | None
    deliveries: int
    gone: bool | None
    """Whether its payload is missing; null where that is unknown."""
    consumer_hex: str | msgspec.UnsetType = msgspec.UNSET


class PendingRow(NamedTuple):
    """A pending entry, and whether its payload is missing."""

    entry: PendingEntry
    gone: bool | None


class PendingListing(NamedTuple):
    """Which pending entries to list, and how."""

    stream: str
    group: str
    selection: Selection
    as_json: bool


def show_pending(connect: Callable[[], Awaitable[Connected]], listing: PendingListing) -> int:
    """Write the list as it is read, until the reader is gone.

    Returns:
        The exit code.
    """
    try:
        asyncio.run(_show(connect, listing))
    except SourceError as error:
        write_error(f"streamtop: {error}\n")
        return code_of(error)
    return ALL_DONE


async def _show(connect: Callable[[], Awaitable[Connected]], listing: PendingListing) -> None:
    source = (await connect()).source
    table = TextTable(_COLUMNS, stdout_style())
    try:
        async for rows in pages(source, listing.stream, listing.group, listing.selection):
            if listing.as_json:
                goes_on = write_bytes(_json_lines(rows))
            else:
                goes_on = write_text(table.lines([_cells(row) for row in rows]))
            if not goes_on:
                return
    finally:
        await source.close()


async def pages(
    source: Source, stream: str, group: str, selection: Selection
) -> AsyncIterator[Sequence[PendingRow]]:
    """The selected pending entries by page, lowest ID first; one page is in memory at a time."""
    last: EntryId | None = None
    while True:
        page = await source.pending(
            stream, group, after=last, count=PAGE, consumer=selection.consumer or None
        )
        rows = [row for row in page if selection.admits(row)]
        if selection.needs_payload:
            entries = await _entries(source, stream, rows)
            selected = [row for row in rows if selection.admits_payload(entries[row.id])]
            listed = [PendingRow(row, gone=False) for row in selected]
        else:
            gone = await source.missing(stream, [row.id for row in rows]) if rows else None
            listed = [PendingRow(row, None if gone is None else row.id in gone) for row in rows]
        if listed:
            yield listed
        if len(page) < PAGE:
            return
        last = page[-1].id


async def _entries(
    source: Source, stream: str, rows: Iterable[PendingEntry]
) -> dict[EntryId, Entry | None]:
    entries: dict[EntryId, Entry | None] = {}
    ids = [row.id for row in rows]
    while missing := [entry_id for entry_id in ids if entry_id not in entries]:
        entries |= await source.entries_by_id(stream, missing)
    return entries


def _json_lines(rows: Iterable[PendingRow]) -> bytes:
    return b"".join(msgspec.json.encode(_record(row)) + b"\n" for row in rows)


def _record(row: PendingRow) -> PendingRecord:
    consumer, consumer_hex = name_with_hex(row.entry.consumer)
    return PendingRecord(
        id=str(row.entry.id),
        consumer=consumer,
        idle_ms=None if row.entry.idle_ms < 0 else row.entry.idle_ms,
        deliveries=row.entry.deliveries,
        gone=row.gone,
        consumer_hex=consumer_hex,
    )


def _cells(row: PendingRow) -> Sequence[Cell]:
    entry = row.entry
    released = entry.idle_ms < 0
    if entry.deliveries >= MARKED_FATAL:
        deliveries = Cell("fatal", "warning")
    else:
        deliveries = Cell(f"{figures.count(entry.deliveries)}×")
    return (
        Cell(str(entry.id)),
        Cell("(released)", "dim") if not entry.consumer else Cell(entry.consumer),
        Cell(figures.ABSENT, "dim") if released else Cell(figures.duration(entry.idle_ms)),
        deliveries,
        {True: Cell("gone", "warning"), False: Cell(""), None: Cell(figures.UNKNOWN, "dim")}[
            row.gone
        ],
    )
