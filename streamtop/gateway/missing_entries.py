"""Which entries no longer exist, found by a script so that no payload is sent."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from streamtop.gateway.errors import unknown_reply
from streamtop.model.ids import EntryId
from streamtop.source import RefusedError, RejectedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.gateway.wire import Answer, Wire
    from streamtop.model.abilities import Abilities

BATCH = 200
"""Maximum IDs of one script: it reads this many small entries in a millisecond or two."""
BYTES = 262_144
"""Bytes of payloads after which a script stops and answers for the first IDs only."""


async def find_missing(
    wire: Wire, able: Abilities, stream: bytes, ids: Iterable[EntryId]
) -> frozenset[EntryId] | None:
    """Which of these entries no longer exist.

    The first script also finds the stream's first entry; IDs below it need not be asked for.

    Args:
        wire: The connection to use.
        able: Which command may run a script.
        stream: The stream; a missing one has no entries.
        ids: The IDs, in any order.

    Returns:
        The IDs of the missing entries; `None` if the user or the server allows no scripts.

    Raises:
        SourceError: If the server cannot be reached.
    """
    missing: set[EntryId] = set()
    first: EntryId | None = None
    command = _command(able)
    if command is None:
        return None
    unasked = iter(ids)
    batch = list(islice(unasked, BATCH))
    while batch:
        words = b"%d" % BYTES, b"first" if first is None else b""
        [answer] = await wire.ask([(command, _script(), b"1", stream, *words, *map(bytes, batch))])
        if isinstance(answer, RefusedError | RejectedError):
            return None
        first_seen, flags = _parsed(answer, len(batch))
        missing.update(one for one, flag in zip(batch, flags, strict=False) if flag == ord("0"))
        if first is None:
            first = first_seen
        batch = batch[len(flags) :]
        while len(batch) < BATCH and (more := list(islice(unasked, BATCH - len(batch)))):
            missing.update(one for one in more if first is None or one < first)
            batch += [one for one in more if first is not None and one >= first]
    return frozenset(missing)


def _command(able: Abilities) -> bytes | None:
    """The command that runs a read-only script; `None` if none may be sent."""
    if able.api >= (7, 0) and not {"EVAL_RO"} & (able.absent | able.refused):
        return b"EVAL_RO"
    return None if {"EVAL"} & (able.absent | able.refused) else b"EVAL"


def _parsed(answer: Answer, asked: int) -> tuple[EntryId | None, bytes]:
    """The stream's first entry, if it was searched for, and a 1 or 0 for each of the first IDs."""
    if isinstance(answer, SourceError):
        raise answer
    match answer:
        case [bytes(first), bytes(flags)] if 0 < len(flags) <= asked:
            return EntryId.parse(first) if first else None, flags
    raise unknown_reply("EVAL", ValueError(f"{answer!r}"))


@cache
def _script() -> bytes:
    return Path(__file__).with_name("scripts").joinpath("missing.lua").read_bytes()
