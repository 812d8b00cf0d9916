"""Entries in pages that are bounded by bytes, however large a single entry is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.watched_stream import unknown
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
"""Entries of the first command when nothing speaks for large ones."""
_LARGE = 65_536
"""Bytes from which an entry is large: one at a time to begin with."""
_GROWTH = 16
"""How many times as many entries a command may ask as the one before."""
_AT_MOST = 1_000
"""Entries of one command."""


def above(entry_id: EntryId) -> bytes | None:
    """The ID after which a page continues; `None` if none is possible."""
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
    """A page of entries: few at first, then as many as the sizes seen leave room for.

    Args:
        wire: Over which to ask.
        stream: A missing one has no entries.
        direction: Which way to read, and the order of the result.
        beyond: Only entries further in that direction than this ID.
        count: At most so many entries.
        max_bytes: Stop once so many bytes were received.
        guess: Bytes of some entries of the stream; `None` when nothing is known.

    Raises:
        SourceError: If the stream cannot be read.
    """
    found: list[Entry] = []
    size, batch = 0, _first_batch(guess)
    start = _start(direction, beyond)
    while start is not None and len(found) < count:
        batch = min(batch, count - len(found) + 1)  # one more tells if the stream ends here
        rows = await _range(wire, stream, direction, start, batch)
        wanted = rows[: count - len(found)]
        found += wanted
        size += sum(entry.size for entry in wanted)
        if len(rows) < batch:
            return EntryPage(tuple(found), complete=True)
        if len(wanted) < len(rows) or size >= max_bytes:
            return EntryPage(tuple(found), complete=False)
        batch = _next_batch(batch, room=max_bytes - size, mean=size / len(found))
        start = _start(direction, found[-1].id)
    return EntryPage(tuple(found), complete=start is None)


async def by_id(
    wire: Wire, stream: bytes, ids: Sequence[EntryId], *, max_bytes: int, guess: int | None
) -> dict[EntryId, Entry | None]:
    """The entries with these IDs, as many as the bound leaves room for, but at least one.

    Args:
        wire: Over which to ask.
        stream: The stream; a missing one has no entries.
        ids: Whose entries; one that is there twice is asked once.
        max_bytes: Stop once so many bytes were received.
        guess: Bytes of some entries of the stream; `None` when nothing is known.

    Raises:
        SourceError: If the stream cannot be read.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[EntryId, Entry | None] = {}
    size = 0
    batch = _first_batch(guess)
    while len(found) < len(wanted) and (not found or size < max_bytes):
        part = wanted[len(found) : len(found) + batch]
        answers = await wire.ask(
            [(b"XRANGE", stream, bytes(entry_id), bytes(entry_id)) for entry_id in part]
        )
        for entry_id, answer in zip(part, answers, strict=True):
            entry = next(iter(_entries(answer)), None)
            found[entry_id] = entry
            size += entry.size if entry is not None else 0
        batch = _next_batch(len(part), room=max_bytes - size, mean=size / len(found))
    return found


def _first_batch(guess: int | None) -> int:
    if guess is None:
        return 2
    return _FIRST if guess < _LARGE else 1


def _next_batch(batch: int, *, room: int, mean: float) -> int:
    """How many entries to ask for next.

    >>> _next_batch(8, room=1_000_000, mean=100), _next_batch(8, room=1_000_000, mean=400_000)
    (128, 2)
    """
    fits = int(room / mean) if mean else _AT_MOST
    return max(1, min(fits, batch * _GROWTH, _AT_MOST))


def _start(direction: Direction, beyond: EntryId | None) -> bytes | None:
    """Where to read from; `None` if nothing can lie beyond."""
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
        raise unknown("XRANGE", error) from error
