"""Pages of entries, bounded in bytes, however large a single entry is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.errors import unknown_reply
from streamtop.model.entries import EntryPage
from streamtop.model.ids import EntryId
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.gateway.wire import Answer, Wire
    from streamtop.model.entries import Entry
    from streamtop.source import Command, Direction

_LARGEST = EntryId(2**64 - 1, 2**64 - 1)
_FIRST = 8
"""Entries of the first command if the stream's entries seem small."""
_LARGE = 65_536
"""Bytes of an entry from which the first command asks for one only."""
_GROWTH = 16
"""By how many times a command may ask for more entries than the one before."""
_AT_MOST = 1_000
"""Maximum entries of one command."""


def above(entry_id: EntryId) -> bytes | None:
    """The first possible ID above an ID; `None` if there is none."""
    return bytes(entry_id.next()) if entry_id < _LARGEST else None


async def page(
    wire: Wire,
    stream: bytes,
    *,
    direction: Direction,
    beyond: EntryId | None,
    count: int,
    max_bytes: int,
    guess: int | None,
) -> EntryPage:
    """A page of entries: a few at first, then as many as their sizes leave room for.

    Args:
        wire: The connection to use.
        stream: The stream; a missing one has no entries.
        direction: Which way to read, and the order of the result.
        beyond: Only entries further in that direction than this ID.
        count: Maximum number of entries.
        max_bytes: Stop once this many bytes were received.
        guess: Bytes of the stream's first and last entry; `None` if not known.

    Raises:
        SourceError: If the stream cannot be read.
    """
    entries: list[Entry] = []
    size, batch = 0, _first_batch(guess)
    start = _start(direction, beyond)
    while start is not None and len(entries) < count:
        batch = min(batch, count - len(entries) + 1)  # one more shows if the stream ends here
        rows = await _range(wire, stream, direction, start, batch)
        taken = rows[: count - len(entries)]
        entries += taken
        size += sum(entry.size for entry in taken)
        if len(rows) < batch:
            return EntryPage(tuple(entries), complete=True)
        if len(taken) < len(rows) or size >= max_bytes:
            return EntryPage(tuple(entries), complete=False)
        batch = _next_batch(batch, room=max_bytes - size, mean=size / len(entries))
        start = _start(direction, entries[-1].id)
    return EntryPage(tuple(entries), complete=start is None)


async def by_id(
    wire: Wire, stream: bytes, ids: Sequence[EntryId], *, max_bytes: int, guess: int | None
) -> dict[EntryId, Entry | None]:
    """The entries with these IDs: as many as the bound allows, but at least one.

    Args:
        wire: The connection to use.
        stream: The stream; a missing one has no entries.
        ids: The IDs; duplicates are read once.
        max_bytes: Stop once this many bytes were received.
        guess: Bytes of the stream's first and last entry; `None` if not known.

    Returns:
        The entries by their IDs; `None` for one that does not exist.

    Raises:
        SourceError: If the stream cannot be read.
    """
    unique = list(dict.fromkeys(ids))
    entries: dict[EntryId, Entry | None] = {}
    size = 0
    batch = _first_batch(guess)
    while len(entries) < len(unique) and (not entries or size < max_bytes):
        part = unique[len(entries) : len(entries) + batch]
        answers = await wire.ask(
            [(b"XRANGE", stream, bytes(entry_id), bytes(entry_id)) for entry_id in part]
        )
        for entry_id, answer in zip(part, answers, strict=True):
            entry = next(iter(_entries(answer)), None)
            entries[entry_id] = entry
            size += entry.size if entry is not None else 0
        batch = _next_batch(len(part), room=max_bytes - size, mean=size / len(entries))
    return entries


def _first_batch(guess: int | None) -> int:
    if guess is None:
        return 2
    return _FIRST if guess < _LARGE else 1


def _next_batch(batch: int, *, room: int, mean: float) -> int:
    """How many entries the next command asks for.

    >>> _next_batch(8, room=1_000_000, mean=100), _next_batch(8, room=1_000_000, mean=400_000)
    (128, 2)
    """
    fits = int(room / mean) if mean else _AT_MOST
    return max(1, min(fits, batch * _GROWTH, _AT_MOST))


def _start(direction: Direction, beyond: EntryId | None) -> bytes | None:
    """The first ID to read; `None` if no ID can lie beyond."""
    if beyond is None:
        return b"+" if direction == "newest_first" else b"-"
    if direction == "oldest_first":
        return above(beyond)
    before = beyond.previous()
    return None if before is None else bytes(before)


async def _range(
    wire: Wire, stream: bytes, direction: Direction, start: bytes, count: int
) -> list[Entry]:
    command: Command = (
        (b"XREVRANGE", stream, start, b"-", b"COUNT", b"%d" % count)
        if direction == "newest_first"
        else (b"XRANGE", stream, start, b"+", b"COUNT", b"%d" % count)
    )
    [answer] = await wire.ask([command])
    return _entries(answer)


def _entries(answer: Answer) -> list[Entry]:
    if isinstance(answer, SourceError):
        raise answer
    try:
        return replies.to_entries(answer)
    except ValueError as error:
        raise unknown_reply("XRANGE", error) from error
