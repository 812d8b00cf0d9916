"""Counting what was not delivered, where neither the server nor the edges prove the lag.

XRANGE is read in bounded pieces, a few at each look, so that no look waits for it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.wire import packed
from streamtop.model.lag import in_doubt
from streamtop.model.lag_counter import BOUND, BOUND_BYTES, LagCounter
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamtop.gateway.watched_stream import WatchedGroup, WatchedStream
    from streamtop.gateway.wire import Answer, Question, Wire
    from streamtop.model.lag_counter import Counted, Span
    from streamtop.source import Command

ROWS = 1_000
"""Entries of one XRANGE."""
ROWS_A_LOOK = 4_000
"""Entries that all counts together may read at one look."""
BYTES_A_LOOK = 1_000_000
"""Bytes that all counts together may read at one look."""
ROUNDS = 6
"""Questions that one count may ask one after another at one look."""


class Recount:
    """The counts of a server's groups; whose turn it is goes round from look to look."""

    def __init__(self, *, thorough: bool = False) -> None:
        """Nothing is counted yet.

        Args:
            thorough: Whether each look counts all that is in doubt, up to the bounds of
                each count, however long that takes.
        """
        self.thorough = thorough
        self._turn = 0

    async def step(self, wire: Wire, streams: list[WatchedStream]) -> None:
        """Count on, for the streams whose edges this look has asked."""
        doubtful = list(_doubtful(streams))
        if not doubtful:
            return
        self._turn = (self._turn + 1) % len(doubtful)
        waiting = doubtful[self._turn :] + doubtful[: self._turn]
        rows, octets = ROWS_A_LOOK, BYTES_A_LOOK
        rounds = 0
        while waiting and (self.thorough or (rounds < ROUNDS and rows > 0 and octets > 0)):
            rounds += 1
            questions: list[Question] = []
            asked = []
            for stream, group in waiting:
                size = _entry_size(stream)
                room = ROWS if self.thorough else min(ROWS, rows, octets // size)
                question, count = _question(stream, group, min(room, BOUND_BYTES // size))
                if question is None:
                    continue
                questions.append(question)
                asked.append((stream, group))
                rows -= count
                octets -= count * size
            await wire.exchange(questions)
            waiting = asked


async def in_full(
    wire: Wire, stream: WatchedStream, group: WatchedGroup
) -> AsyncGenerator[Counted]:
    """Count all that lies after a group's position, and let the looks go by it.

    Args:
        wire: Another than that of the looks, which go on meanwhile.
        stream: As the last look saw it.
        group: One of its groups.

    Yields:
        How far the count has come.

    Raises:
        SourceError: If a range cannot be read.
    """
    edges = stream.edges
    if edges is None:
        return
    tally = LagCounter()
    tally.bound = None
    tally.observe(group.row.last_delivered_id, edges)
    rows = max(1, min(ROWS, BYTES_A_LOOK // _entry_size(stream)))
    while (span := tally.next_span(rows)) is not None:
        [answer] = await wire.ask([_command(stream, span)])
        if isinstance(answer, SourceError):
            raise answer
        _take(tally, span, answer)
        if (counted := tally.counted()) is None:
            return
        yield counted
    group.tally = tally


def _doubtful(
    streams: list[WatchedStream],
) -> list[tuple[WatchedStream, WatchedGroup]]:
    """The groups whose lag only a count can prove; each tally is shown this look's edges."""
    found = []
    for stream in streams:
        edges = stream.fresh_edges
        if edges is None:
            continue
        for group in stream.groups:
            position = group.row.last_delivered_id
            if not in_doubt(position, edges.length, edges):
                group.tally = None
                continue
            if group.tally is None:
                group.tally = LagCounter()
            if group.tally.bound is not None:
                group.tally.bound = min(BOUND, BOUND_BYTES // _entry_size(stream))
            group.tally.observe(position, edges)
            group.fresh = True
            found.append((stream, group))
    return found


def _entry_size(stream: WatchedStream) -> int:
    """Bytes of an entry of the stream, roughly: its first and its last were seen."""
    return max(64, stream.payload // 2 + 32)


def _question(stream: WatchedStream, group: WatchedGroup, room: int) -> tuple[Question | None, int]:
    """What to read next for a group, and how many rows it may be."""
    span = group.tally.next_span(room) if group.tally is not None else None
    if span is None or group.tally is None:
        return None, 0
    command = packed(*_command(stream, span))
    return (command, partial(_take, group.tally, span)), span.count


def _command(stream: WatchedStream, span: Span) -> Command:
    return (
        *(b"XRANGE", stream.raw, bytes(span.beyond.next()), bytes(span.upto)),
        *(b"COUNT", b"%d" % span.count),
    )


def _take(tally: LagCounter, span: Span, answer: Answer) -> None:
    """Rows of XRANGE; a refusal ends the count, and another look tries again."""
    if isinstance(answer, SourceError):
        tally.forget()
        return
    try:
        tally.take(span, replies.to_ids(answer))
    except ValueError:  # rows of a form that no server we know gives prove nothing
        tally.forget()
