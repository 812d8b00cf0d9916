"""The names of all streams, found by SCAN with a few calls at each look."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from streamtop.model.text import from_name
from streamtop.source import RefusedError, RejectedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.gateway.wire import Wire
    from streamtop.source import Command

COUNT = b"1000"
"""Keys visited by one SCAN: a few milliseconds of the server's time at worst."""
FIRST_ROUND = 0.2
"""Seconds that one look may spend on the first round."""
CALLS_A_LOOK = 4
"""SCAN calls of one look once the first round is complete."""
_GLOB = re.compile(rb"[*?\[\]\\]")


class Discovery:
    """The names of the streams found so far.

    A name appears as soon as it is found, and disappears when a later round did not find it
    or `forget` was called. The server serves other clients between two calls.

    Attributes:
        names: Raw names, in the order found, with the last round that found each.
        complete: Whether all keys were visited at least once.
        changes: Grows whenever the set of names changes.
    """

    def __init__(self, wire: Wire, match: Sequence[str] = ()) -> None:
        """A discovery that knows only the names among the patterns.

        Args:
            wire: The connection to use.
            match: Patterns for SCAN, or names; none for all streams.
        """
        words = [from_name(text) for text in match]
        self._wire = wire
        self._patterns: list[bytes | None] = [word for word in words if _GLOB.search(word)]
        self._literal = frozenset(word for word in words if not _GLOB.search(word))
        if not words:
            self._patterns = [None]
        self.names: dict[bytes, int] = dict.fromkeys(sorted(self._literal), 0)
        self.complete = not self._patterns
        self.changes = 0
        self._by_type = True
        self._round = 0
        self._pattern = 0
        self._cursor = b"0"

    async def step(self) -> None:
        """Visit some more keys.

        Raises:
            SourceError: If the keys cannot be visited; the next call starts a new round.
        """
        began = time.monotonic()
        calls = 0
        while self._patterns:
            finished = False
            try:
                round_ends = await self._call()
                finished = True
            finally:
                if not finished:  # another server may answer next, with other cursors
                    self._pattern, self._cursor = 0, b"0"
            calls += 1
            if round_ends:
                return
            if self.complete and calls >= CALLS_A_LOOK:
                return
            if not self.complete and time.monotonic() - began > FIRST_ROUND:
                return

    def forget(self, name: bytes) -> None:
        """Remove a stream that turned out to be gone, until it is found again."""
        if name not in self._literal and self.names.pop(name, None) is not None:
            self.changes += 1

    async def _call(self) -> bool:
        """One SCAN. Returns whether it ended a round."""
        keys = await self._scan()
        for key in keys:
            if key not in self.names:
                self.changes += 1
            self.names[key] = self._round
        if self._cursor != b"0":
            return False
        self._pattern += 1
        if self._pattern < len(self._patterns):
            return False
        gone = [name for name, seen in self.names.items() if seen < self._round]
        for name in gone:
            self.forget(name)
        self._pattern = 0
        self._round += 1
        self.complete = True
        return True

    async def _scan(self) -> list[bytes]:
        pattern = self._patterns[self._pattern]
        command: Command = (b"SCAN", self._cursor)
        if pattern is not None:
            command = (*command, b"MATCH", pattern)
        command = (*command, b"COUNT", COUNT)
        [answer] = await self._wire.ask(
            [(*command, b"TYPE", b"stream") if self._by_type else command]
        )
        match answer:
            case [bytes(cursor), list() as keys]:
                names = [key for key in keys if isinstance(key, bytes)]
                streams = names if self._by_type else await self._streams_among(names)
                self._cursor = cursor
                return streams
            case RejectedError() if self._by_type and "syntax" in str(answer):
                self._by_type = False  # before 6.0
                return await self._scan()
            case RefusedError():
                raise RefusedError(f"streams are found with SCAN, which is refused: {answer}")
            case SourceError():
                raise answer
        raise RejectedError("the reply to SCAN is not a cursor and keys")

    async def _streams_among(self, keys: list[bytes]) -> list[bytes]:
        types = await self._wire.ask([(b"TYPE", key) for key in keys])
        return [key for key, kind in zip(keys, types, strict=True) if kind == b"stream"]
