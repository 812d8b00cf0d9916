"""Pending entries of a group, written page by page: as a table, or as JSON lines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from streamtop import figures
from streamtop.headless.confirmation import tell
from streamtop.headless.document import named
from streamtop.headless.output import say, stdout_style, write
from streamtop.headless.receipts import ALL_DONE, code_of
from streamtop.headless.text_table import Cell, Column, TextTable
from streamtop.model.verdict import MARKED_FATAL
from streamtop.operations.pending_search import PAGE
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
    table = TextTable(_COLUMNS, stdout_style())
    try:
        async for rows in pages(source, listing.stream, listing.group, listing.selection):
            as_json = listing.as_json
            if not (
                write(_json_lines(rows)) if as_json else say(table.lines(list(map(_cells, rows))))
            ):
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


def _cells(row: Row) -> Sequence[Cell]:
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
