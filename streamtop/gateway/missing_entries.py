"""Which entries exist no more, found by a script so that no payload is sent."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from streamtop.gateway.watched_stream import unknown
from streamtop.model.ids import EntryId
from streamtop.source import RefusedError, RejectedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.gateway.wire import Answer, Wire
    from streamtop.model.abilities import Abilities

BATCH = 200
"""IDs of one script, at most: so many small entries are read in a millisecond or two."""
BYTES = 262_144
"""Bytes of payloads after which a script stops and answers for the first IDs only."""


async def among(
    wire: Wire, able: Abilities, stream: bytes, ids: Iterable[EntryId]
) -> frozenset[EntryId] | None:
    """Which of these entries exist no more.

    Those below the stream's first entry are known without asking for each.

    Args:
        wire: Over which to ask.
        able: Says by which command a script may be run.
        stream: One that is not there has no entries.
        ids: Whose entries, in any order.

    Returns:
        Their IDs; `None` if neither this user nor this server lets us ask so.

    Raises:
        SourceError: If the server cannot be asked.
    """
    found: set[EntryId] = set()
    first: EntryId | None = None
    command = _command(able)
    if command is None:
        return None
    unasked = iter(ids)
    left = list(islice(unasked, BATCH))
    while left:
        words = b"%d" % BYTES, b"first" if first is None else b""
        [answer] = await wire.ask(
            [(command, _script(), b"1", stream, *words, *(bytes(each) for each in left))]
        )
        if isinstance(answer, RefusedError | RejectedError):
            return None
        seen, exist = _told(answer, len(left))
        found.update(each for each, exists in zip(left, exist, strict=False) if exists == ord("0"))
        if first is None:
            first = seen
        left = left[len(exist) :]
        while len(left) < BATCH and (more := list(islice(unasked, BATCH - len(left)))):
            gone = [each for each in more if first is None or each < first]
            found.update(gone)
            left += [each for each in more if first is not None and each >= first]
    return frozenset(found)


def _command(able: Abilities) -> bytes | None:
    """What runs a script that only reads, as far as it may be sent."""
    if able.api >= (7, 0) and not {"EVAL_RO"} & (able.absent | able.refused):
        return b"EVAL_RO"
    return None if {"EVAL"} & (able.absent | able.refused) else b"EVAL"


def _told(answer: Answer, asked: int) -> tuple[EntryId | None, bytes]:
    """The first entry, where there is one and it was looked for, and which of the IDs exist."""
    if isinstance(answer, SourceError):
        raise answer
    match answer:
        case [bytes(first), bytes(exist)] if 0 < len(exist) <= asked:
            return EntryId.parse(first) if first else None, exist
    raise unknown("EVAL", ValueError(f"{answer!r}"))


@cache
def _script() -> bytes:
    return Path(__file__).with_name("scripts").joinpath("missing.lua").read_bytes()
