"""Which streams there are: found by SCAN, a few calls a look, for ever."""

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
"""Keys that the server visits in one SCAN: a few milliseconds of its time at worst."""
FIRST_ROUND = 0.2
"""Seconds of a look that the first round may take."""
CALLS_A_LOOK = 4
"""SCAN calls in a look, once the first round is done."""
_GLOB = re.compile(rb"[*?\[\]\\]")


class Discovery:
    """The names of streams, as far as they are known.

    A name appears as soon as it is found, and goes when a whole later round did not see it
    or when `forget` is told. Between two calls other clients get their turn.

    Attributes:
        names: Raw names, in the order found.
        complete: Whether all keys were visited at least once.
        changes: Grows whenever `names` changes.
    """

    def __init__(self, wire: Wire, match: Sequence[str] = ()) -> None:
        """Nothing is known yet but the names among the patterns.

        Args:
            wire: Over which to ask.
            match: Patterns as SCAN knows them, or names; none for all streams.
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
            SourceError: If the keys cannot be visited; the round begins anew.
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
        """A stream turned out to be gone. It comes back when it is found again."""
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
                found = names if self._by_type else await self._streams_among(names)
                self._cursor = cursor
                return found
            case RejectedError() if self._by_type and "syntax" in str(answer):
                self._by_type = False  # before 6.0
                return await self._scan()
            case RefusedError():
                raise RefusedError(f"streams are found with SCAN, which is refused: {answer}")
            case SourceError():
                raise answer
        raise RejectedError("SCAN was answered with something else than a cursor and keys")

    async def _streams_among(self, keys: list[bytes]) -> list[bytes]:
        types = await self._wire.ask([(b"TYPE", key) for key in keys])
        return [key for key, kind in zip(keys, types, strict=True) if kind == b"stream"]
