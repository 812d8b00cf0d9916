"""Counting undelivered entries where neither the server nor the edges prove the lag.

XRANGE is read in bounded pieces, a few at each look, so that no look takes long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.wire import packed
from streamtop.model.lag import in_doubt
from streamtop.model.lag_counter import BOUND, BOUND_BYTES, PAGE, LagCounter
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
"""Maximum entries that all counts together read at one look, on average."""
BYTES_A_LOOK = 1_000_000
"""Maximum bytes that all counts together read at one look, on average."""
ROUNDS = 6
"""Maximum commands that one count sends at one look, unless it is made in one go."""
SAVED = 0.75
"""The share of a look's budget that is saved to make up for a count in one go."""

Pair = tuple["WatchedStream", "WatchedGroup"]


class _Budget:
    """What counts may still read."""

    def __init__(self, share: float) -> None:
        """A share of what is read at one look."""
        self.rows = ROWS_A_LOOK * share
        self.octets = BYTES_A_LOOK * share
        self._share = share

    def room(self, size: int) -> int:
        """How many entries of so many bytes may still be read."""
        return max(0, min(int(self.rows), int(self.octets) // size))

    def spend(self, rows: int, size: int) -> None:
        """Entries of so many bytes are read."""
        self.rows -= rows
        self.octets -= rows * size

    @property
    def looks(self) -> float:
        """What was spent, in looks."""
        rows = self._share - self.rows / ROWS_A_LOOK
        return max(rows, self._share - self.octets / BYTES_A_LOOK)


class Recount:
    """The counts of a server's groups, which take turns from look to look.

    A count goes on at the next look only while it is proven that nothing it has counted was
    removed. Otherwise it must be made at one look: at once if the budget allows it, or in one
    go beyond the budget, for one group at a time, and the next looks read less.

    Attributes:
        preferred: The stream and the group whose turn comes first, and every other time.
    """

    def __init__(self, *, thorough: bool = False) -> None:
        """A recount that has counted nothing yet.

        Args:
            thorough: Whether each look continues all counts to their bounds, however long
                that takes.
        """
        self.thorough = thorough
        self.preferred: tuple[str, str] | None = None
        self._turn = 0
        self._looks = 0
        self._in_one_go: WatchedGroup | None = None
        """The group that was last counted in one go."""
        self._debt = 0.0
        """How many looks' budgets were read too much."""

    async def step(self, wire: Wire, streams: list[WatchedStream]) -> None:
        """Continue the counts for streams whose edges were read at this look."""
        doubtful = list(_doubtful(streams))
        self._looks += 1
        budget = _Budget(1.0)
        if self._debt > 0:
            self._debt -= SAVED
            budget = _Budget(1.0 - SAVED)
        if not doubtful:
            return
        if self.thorough:
            for _, group in doubtful:
                if group.counter is not None and not group.counter.proven:
                    group.counter.restart()
            await _read(wire, doubtful, None)
            return
        self._turn = (self._turn + 1) % len(doubtful)
        waiting = doubtful[self._turn :] + doubtful[: self._turn]
        waiting.sort(key=self._is_other)
        await _read(wire, [pair for pair in waiting if _settled(pair)], budget)
        await self._start_over(wire, waiting, budget)
        await _read(wire, [pair for pair in waiting if not _settled(pair)], budget)

    async def _start_over(self, wire: Wire, waiting: list[Pair], budget: _Budget) -> None:
        """Make counts anew that prove nothing any more, the oldest first."""
        room = 1.0
        in_one_go: Pair | None = None
        chosen: list[Pair] = []
        for stream, group in sorted(waiting, key=self._last_begun):
            counter = group.counter
            if counter is None or counter.proven:
                continue
            share = counter.need / max(1, budget.room(_entry_size(stream)))
            if share <= room:
                room -= share
                chosen.append((stream, group))
            elif in_one_go is None and self._debt <= 0:
                in_one_go = (stream, group)
            else:
                continue
            counter.restart()
            group.begun = self._looks
        await _read(wire, chosen, budget)
        if in_one_go is not None:
            self._in_one_go = in_one_go[1]
            beyond = _Budget(BOUND / ROWS_A_LOOK + BOUND_BYTES / BYTES_A_LOOK)
            await _read(wire, [in_one_go], beyond, rounds=2 * BOUND // ROWS)
            self._debt += beyond.looks

    def _is_other(self, pair: Pair) -> bool:
        return (pair[0].name, pair[1].name) != self.preferred

    def _last_begun(self, pair: Pair) -> int:
        """When a count last started over; that of the preferred group, long ago."""
        first = not self._is_other(pair) and pair[1] is not self._in_one_go
        return -1 if first else pair[1].begun


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


def _doubtful(streams: list[WatchedStream]) -> list[Pair]:
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


def _settled(pair: Pair) -> bool:
    """Whether a count only needs to be brought up to date to stay proven."""
    counter = pair[1].counter
    return counter is not None and counter.settled


async def _read(
    wire: Wire, pairs: list[Pair], budget: _Budget | None, *, rounds: int = ROUNDS
) -> None:
    """Continue counts, one command each a round; without a budget, to their ends."""
    waiting = pairs
    while waiting and (budget is None or rounds > 0):
        rounds -= 1
        questions: list[Question] = []
        unfinished = []
        for stream, group in waiting:
            size = _entry_size(stream)
            most = min(2 * PAGE if _settled((stream, group)) else ROWS, BOUND_BYTES // size)
            room = most if budget is None else min(most, budget.room(size))
            question = _question(stream, group, room, budget)
            if question is not None:
                questions.append(question)
            if question is not None or room <= 0:
                unfinished.append((stream, group))
        if not questions:
            return
        await wire.exchange(questions)
        waiting = unfinished


def _question(
    stream: WatchedStream, group: WatchedGroup, room: int, budget: _Budget | None
) -> Question | None:
    """The next command of a group's count; `None` if it is done, or there is no room."""
    counter = group.counter
    span = counter.next_span(room) if counter is not None else None
    if span is None or counter is None:
        return None
    size = _entry_size(stream)
    if budget is not None:
        budget.spend(span.count, size)

    def take(answer: Answer) -> None:
        if isinstance(answer, RefusedError):
            group.uncounted = answer
        read = _take(counter, span, answer)
        if budget is not None:
            budget.spend(read - span.count, size)

    return packed(*_command(stream, span)), take


def _command(stream: WatchedStream, span: Span) -> Command:
    return (
        *(b"XRANGE", stream.raw, bytes(span.beyond.next()), bytes(span.upto)),
        *(b"COUNT", b"%d" % span.count),
    )


def _take(counter: LagCounter, span: Span, answer: Answer) -> int:
    """Count the rows of XRANGE; after an error the next look starts the count over.

    Returns:
        How many there were.
    """
    if isinstance(answer, SourceError):
        counter.forget()
        return 0
    try:
        ids = replies.to_ids(answer)
    except ValueError:  # rows in an unknown form prove nothing
        counter.forget()
        return 0
    counter.take(span, ids)
    return len(ids)
