"""Counting undelivered entries where neither the server nor the edges prove the lag.

XRANGE is read in bounded pieces, a few at each look, so that no look takes long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.wire import packed
from streamtop.model.lag import in_doubt
from streamtop.model.lag_counter import BOUND, BOUND_BYTES, LagCounter
from streamtop.source import RefusedError, SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamtop.gateway.watched_stream import WatchedGroup, WatchedStream
    from streamtop.gateway.wire import Answer, Question, Wire
    from streamtop.model.lag_counter import Counted, Span
    from streamtop.source import Command

ROWS = 1_000
"""Entries of one XRANGE."""
ROWS_A_LOOK = 4_000
"""Maximum entries that all counts together read at one look."""
BYTES_A_LOOK = 1_000_000
"""Maximum bytes that all counts together read at one look."""
ROUNDS = 6
"""Maximum commands that one count sends at one look."""


class Recount:
    """The counts of a server's groups, which take turns from look to look."""

    def __init__(self, *, thorough: bool = False) -> None:
        """A recount that has counted nothing yet.

        Args:
            thorough: Whether each look continues all counts to their bounds, however long
                that takes.
        """
        self.thorough = thorough
        self._turn = 0

    async def step(self, wire: Wire, streams: list[WatchedStream]) -> None:
        """Continue the counts for streams whose edges were read at this look."""
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
            unfinished = []
            for stream, group in waiting:
                size = _entry_size(stream)
                room = ROWS if self.thorough else min(ROWS, rows, octets // size)
                question, count = _question(stream, group, min(room, BOUND_BYTES // size))
                if question is None:
                    continue
                questions.append(question)
                unfinished.append((stream, group))
                rows -= count
                octets -= count * size
            await wire.exchange(questions)
            waiting = unfinished


async def in_full(
    wire: Wire, stream: WatchedStream, group: WatchedGroup
) -> AsyncGenerator[Counted]:
    """Count all entries after a group's position; later looks continue from this count.

    Args:
        wire: A connection other than that of the looks, which go on meanwhile.
        stream: The stream as the last look saw it.
        group: One of its groups.

    Yields:
        The progress of the count.

    Raises:
        SourceError: If a range cannot be read.
    """
    edges = stream.edges
    if edges is None:
        return
    counter = LagCounter()
    counter.bound = None
    counter.observe(group.row.last_delivered_id, edges)
    rows = max(1, min(ROWS, BYTES_A_LOOK // _entry_size(stream)))
    while (span := counter.next_span(rows)) is not None:
        [answer] = await wire.ask([_command(stream, span)])
        if isinstance(answer, SourceError):
            raise answer
        _take(counter, span, answer)
        if (counted := counter.counted()) is None:
            return
        yield counted
    group.counter = counter


def _doubtful(
    streams: list[WatchedStream],
) -> list[tuple[WatchedStream, WatchedGroup]]:
    """The groups whose lag only a count can prove, their counters brought to this look."""
    doubtful = []
    for stream in streams:
        edges = stream.fresh_edges
        if edges is None:
            continue
        for group in stream.groups:
            position = group.row.last_delivered_id
            if not in_doubt(position, edges.length, edges):
                group.counter = None
                continue
            if group.counter is None:
                group.counter = LagCounter()
            if group.counter.bound is not None:
                group.counter.bound = min(BOUND, BOUND_BYTES // _entry_size(stream))
            group.counter.observe(position, edges)
            group.fresh = True
            doubtful.append((stream, group))
    return doubtful


def _entry_size(stream: WatchedStream) -> int:
    """Bytes of an average entry, estimated from the stream's first and last one."""
    return max(64, stream.payload // 2 + 32)


def _question(stream: WatchedStream, group: WatchedGroup, room: int) -> tuple[Question | None, int]:
    """The next command of a group's count and its maximum number of rows; `None` if done."""
    counter = group.counter
    span = counter.next_span(room) if counter is not None else None
    if span is None or counter is None:
        return None, 0
    command = packed(*_command(stream, span))

    def take(answer: Answer) -> None:
        if isinstance(answer, RefusedError):
            group.uncounted = answer
        _take(counter, span, answer)

    return (command, take), span.count


def _command(stream: WatchedStream, span: Span) -> Command:
    return (
        *(b"XRANGE", stream.raw, bytes(span.beyond.next()), bytes(span.upto)),
        *(b"COUNT", b"%d" % span.count),
    )


def _take(counter: LagCounter, span: Span, answer: Answer) -> None:
    """Count the rows of XRANGE; after an error the next look starts the count over."""
    if isinstance(answer, SourceError):
        counter.forget()
        return
    try:
        counter.take(span, replies.to_ids(answer))
    except ValueError:  # rows in an unknown form prove nothing
        counter.forget()
