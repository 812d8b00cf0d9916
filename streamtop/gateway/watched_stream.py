"""A stream that is looked at repeatedly: the commands to send, and the answers combined."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.errors import NoSuchKeyError, unknown_reply
from streamtop.gateway.wire import packed
from streamtop.model.ids import ZERO
from streamtop.model.lag import judge_lag, lost
from streamtop.model.snapshot import Group, Stream
from streamtop.model.text import to_name
from streamtop.source import (
    BusyError,
    MissingError,
    SourceError,
    WrongTypeError,
)

if TYPE_CHECKING:
    from streamtop.gateway.most_delivered import MostDelivered
    from streamtop.gateway.replies import GroupReply
    from streamtop.gateway.wire import Answer, Question
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.lag import Lag
    from streamtop.model.lag_counter import Counted, LagCounter
    from streamtop.model.snapshot import Consumer, OldestPending

SMALL = 4_096
"""Bytes of the first and last entry up to which XINFO STREAM is sent at each look."""
PAYLOADS_PER_SECOND = 65_536
"""Average bytes of payload a second that XINFO STREAM may transfer for one stream."""


def to_group(
    row: GroupReply,
    *,
    length: int,
    edges: Edges | None,
    oldest_pending: OldestPending | None,
    consumers: tuple[Consumer, ...],
    counted: Counted | None,
    most_delivered: OldestPending | None,
    error: str | None = None,
    consistent: bool = True,
) -> Group:
    """A group from the replies of one look.

    Args:
        row: Its row of XINFO GROUPS.
        length: XLEN of its stream.
        edges: XINFO STREAM, asked after XINFO GROUPS; `None` when it was not.
        oldest_pending: The first row of XPENDING.
        consumers: XINFO CONSUMERS.
        counted: How far a count of the entries after its position has come.
        most_delivered: The pending entry delivered most often, of those seen.
        error: Why one of these was not answered.
        consistent: Whether row, consumers and oldest pending entry agree.
    """
    lag = judge_lag(
        reported=row.lag,
        last_delivered_id=row.last_delivered_id,
        length=length,
        edges=edges,
        counted=counted,
    )
    undelivered_id = counted.first if counted is not None else None
    if edges is not None and (edges.first_entry_id or ZERO) > row.last_delivered_id:
        undelivered_id = edges.first_entry_id
    seen_lost = lost(
        last_delivered_id=row.last_delivered_id, entries_read=row.entries_read, edges=edges
    )
    return Group(
        to_name(row.name),
        row.last_delivered_id,
        row.entries_read,
        row.pending,
        lag,
        oldest_pending,
        consumers,
        seen_lost,
        undelivered_id,
        most_delivered,
        error,
        consistent,
    )


class WatchedGroup:
    """A group: its row of XINFO GROUPS, and the answers to further commands."""

    __slots__ = (
        *("_consumers", "_oldest", "_proven", "_released", "begun", "consistent", "counter"),
        *("failure", "fresh", "name", "questions", "raw", "row", "search", "uncounted"),
    )

    def __init__(self, stream: bytes, raw: bytes) -> None:
        self.name = to_name(raw)
        self.raw = raw
        self.row: GroupReply
        self.counter: LagCounter | None = None
        """The count of undelivered entries, if the edges do not prove the lag."""
        self.begun = 0
        """The number of the look at which the count last started over."""
        self.fresh = False
        """Whether the counter has observed the edges of this look."""
        self._proven: tuple[object, Lag, EntryId | None] | None = None
        self.search: MostDelivered | None = None
        """The search for the entry that was delivered most often."""
        self.failure: SourceError | None = None
        self.uncounted: SourceError | None = None
        """Why the undelivered entries could not be counted."""
        self.consistent = True
        """Whether its values of this look agree."""
        self._released = 0
        """Pending entries without a consumer, when that was last confirmed."""
        self._consumers: tuple[Consumer, ...] = ()
        self._oldest: OldestPending | None = None
        self.questions: tuple[Question, Question] = (
            (packed(b"XINFO", b"CONSUMERS", stream, raw), self._take_consumers),
            (packed(b"XPENDING", stream, raw, b"-", b"+", b"1"), self._take_oldest),
        )

    def begin(self, row: GroupReply) -> None:
        """Start a new look with the group's row of XINFO GROUPS."""
        self.row = row
        self.failure = self.uncounted = None
        self._consumers = ()
        self._oldest = None
        self.fresh = False

    def is_doubtful(self, *, releases: bool) -> bool:
        """Whether the answers of this look should be asked for again.

        Args:
            releases: Whether pending entries may be without a consumer on this server. More
                of them than were confirmed may come from two moments too.
        """
        if self.contradicts_itself(releases=releases):
            return True
        return self.failure is None and self._without_consumer not in {0, self._released}

    def contradicts_itself(self, *, releases: bool) -> bool:
        """Whether the answers of this look cannot be of one moment."""
        if self.failure is not None:
            return False
        if (self._oldest is None) == bool(self.row.pending):
            return True
        return self._without_consumer < 0 or (self._without_consumer > 0 and not releases)

    def confirm(self, *, releases: bool) -> None:
        """Take the answers of this look as they are: they were asked for again."""
        self.consistent = not self.contradicts_itself(releases=releases)
        self._released = self._without_consumer

    @property
    def _without_consumer(self) -> int:
        return self.row.pending - sum(consumer.pending for consumer in self._consumers)

    def group(self, length: int, edges: Edges | None, refused: SourceError | None) -> Group:
        """The group as this look saw it.

        Args:
            length: XLEN of its stream.
            edges: XINFO STREAM, if this look asked it.
            refused: Why XINFO STREAM was not answered.
        """
        error = self.failure or refused or self.uncounted
        group = to_group(
            self.row,
            length=length,
            edges=edges,
            oldest_pending=self._oldest,
            consumers=self._consumers,
            counted=self.counter.counted() if self.counter is not None and self.fresh else None,
            most_delivered=self._most_delivered(),
            error=None if error is None else str(error),
            consistent=self.consistent,
        )
        return self._remembering(group, length, edges)

    def _remembering(self, group: Group, length: int, edges: Edges | None) -> Group:
        """The group; without edges, with the last proven lag if its other values are the same."""
        signs = (self.row.last_delivered_id, self.row.lag, length)
        if edges is not None:
            self._proven = (signs, group.lag, group.undelivered_id)
        elif self._proven is not None and self._proven[0] == signs:
            _, lag, undelivered_id = self._proven
            trust = "reported" if lag.trust == "exact" else lag.trust
            return replace(group, lag=replace(lag, trust=trust), undelivered_id=undelivered_id)
        return group

    def _most_delivered(self) -> OldestPending | None:
        """The entry that was delivered most often, of those seen."""
        searched = self.search.entry if self.search is not None else None
        seen = [entry for entry in (self._oldest, searched) if entry is not None]
        return max(seen, key=lambda entry: entry.deliveries, default=None)

    def _take_consumers(self, answer: Answer) -> None:
        if isinstance(answer, SourceError):
            self.failure = answer
        else:
            try:
                self._consumers = replies.to_consumers(answer)
            except ValueError as error:
                self.failure = unknown_reply("XINFO CONSUMERS", error)

    def _take_oldest(self, answer: Answer) -> None:
        if isinstance(answer, SourceError):
            self.failure = self.failure or answer
        else:
            try:
                self._oldest = replies.to_oldest_pending(answer)
            except ValueError as error:
                self.failure = unknown_reply("XPENDING", error)


class WatchedStream:
    """A stream: its commands, and the answers of the current look.

    Attributes:
        name: Its name as text.
        payload: Bytes of its first and last entry when they were last read.
    """

    __slots__ = (
        *("name", "payload", "_edges", "_edges_due", "_failure", "_fresh", "_gone"),
        *("_groups", "_groups_known", "_length", "_now", "_refused", "_ask_groups"),
        *("_ask_length", "_ask_edges", "_raw"),
    )

    def __init__(self, raw: bytes) -> None:
        self.name = to_name(raw)
        self.payload = 0
        self._raw = raw
        self._ask_length: Question = (packed(b"XLEN", raw), self._take_length)
        self._ask_groups: Question = (packed(b"XINFO", b"GROUPS", raw), self._take_groups)
        self._ask_edges: Question = (packed(b"XINFO", b"STREAM", raw), self._take_edges)
        self._edges: Edges | None = None
        self._edges_due = 0.0
        self._groups_known: dict[bytes, WatchedGroup] = {}
        self.begin(0.0)

    def begin(self, now: float) -> tuple[Question, Question]:
        """Start a new look and return its first two questions.

        XINFO STREAM is sent after XINFO GROUPS, so that it can prove a lag; it includes the
        length. XLEN replaces it when its payloads are too large to be read each time.

        Args:
            now: Seconds of the monotonic clock.
        """
        self._now = now
        self._length: int | None = None
        self._fresh = False
        self._groups: list[WatchedGroup] = []
        self._failure: SourceError | None = None
        self._refused: SourceError | None = None
        self._gone: SourceError | None = None
        if now >= self._edges_due:
            return self._ask_groups, self._ask_edges
        return self._ask_length, self._ask_groups

    def weight(self, now: float, *, unknown: int) -> int:
        """Bytes of payload to expect in the answers of this look.

        Args:
            now: The argument of `begin`.
            unknown: The result if no payload was seen yet.
        """
        if now < self._edges_due:
            return 0
        return unknown if self._edges is None else self.payload

    def more(self) -> list[Question]:
        """The questions to ask after the first two are answered."""
        questions: list[Question] = []
        if self._gone is not None:
            return questions
        if self._length is None:
            questions.append(self._ask_length)
        for group in self._groups:
            consumers, oldest = group.questions
            questions.append(consumers)
            if group.row.pending:
                questions.append(oldest)
        return questions

    def again(self, groups: list[WatchedGroup], *, however_large: bool) -> list[Question]:
        """The questions to ask once more about groups, all of them together.

        Args:
            groups: Groups of this stream.
            however_large: Whether to ask though XINFO STREAM transfers large payloads.

        Returns:
            XINFO STREAM follows XINFO GROUPS here too, if this look sent it before; none if
            that would be too large.
        """
        if self._fresh and self.payload > SMALL and not however_large:
            return []
        asked = {group.raw: group for group in groups}

        def take_rows(answer: Answer) -> None:
            if isinstance(answer, SourceError):
                return
            with suppress(ValueError):
                for row in replies.to_groups(answer):
                    if row.name in asked:
                        asked[row.name].begin(row)

        questions: list[Question] = [
            (self._ask_groups[0], take_rows),
            self._ask_edges if self._fresh else self._ask_length,
        ]
        for group in groups:
            questions += group.questions
        return questions

    @property
    def gone(self) -> bool:
        """Whether the key does not exist (any more), or is not a stream."""
        return self._gone is not None

    @property
    def busy(self) -> BusyError | None:
        """The error of a server that cannot answer for any stream now."""
        failures = (self._failure, self._refused)
        return next((error for error in failures if isinstance(error, BusyError)), None)

    @property
    def raw(self) -> bytes:
        """Its name as bytes."""
        return self._raw

    @property
    def edges(self) -> Edges | None:
        """XINFO STREAM, from the last look that sent it."""
        return self._edges

    @property
    def fresh_edges(self) -> Edges | None:
        """XINFO STREAM of this look; `None` if it was not sent."""
        return self._edges if self._fresh else None

    @property
    def groups(self) -> list[WatchedGroup]:
        """The groups found by this look."""
        return [] if self._gone is not None else self._groups

    def stream(self) -> Stream | None:
        """The stream as this look saw it; `None` if it is gone."""
        groups = []
        edges = self._edges if self._fresh else None
        length = self._length or 0
        for group in self._groups:
            if group.failure is not None and self._ends(group.failure):
                return None
            if not isinstance(group.failure, MissingError):
                groups.append(group.group(length, edges, self._refused))
        if self._gone is not None:
            return None
        if len(groups) > 1:
            groups.sort(key=_group_name)
        return Stream(
            self.name,
            length,
            self._edges,
            self._fresh,
            tuple(groups),
            None if self._failure is None else str(self._failure),
        )

    def _ends(self, error: SourceError) -> bool:
        """Whether the stream is gone, according to this error or an earlier one."""
        if isinstance(error, NoSuchKeyError | WrongTypeError):
            self._gone = error
        return self._gone is not None

    def _take_length(self, answer: Answer) -> None:
        if isinstance(answer, int):
            self._length = answer
        elif isinstance(answer, SourceError) and not self._ends(answer):
            self._failure = self._failure or answer

    def _take_groups(self, answer: Answer) -> None:
        if isinstance(answer, SourceError):
            if not self._ends(answer):
                self._failure = answer
            return
        try:
            rows = replies.to_groups(answer)
        except ValueError as error:
            self._failure = unknown_reply("XINFO GROUPS", error)
            return
        known = self._groups_known
        if len(known) > 2 * len(rows):
            known.clear()
        for row in rows:
            group = known.get(row.name)
            if group is None:
                group = known[row.name] = WatchedGroup(self._raw, row.name)
            group.begin(row)
            self._groups.append(group)

    def _take_edges(self, answer: Answer) -> None:
        if isinstance(answer, SourceError):
            if not self._ends(answer):
                self._refused, self._fresh = answer, False
            return
        try:
            self._edges, self.payload = replies.to_edges(answer)
        except ValueError as error:
            self._failure = unknown_reply("XINFO STREAM", error)
            return
        self._length = self._edges.length
        self._fresh = True
        if self.payload > SMALL:
            self._edges_due = self._now + self.payload / PAYLOADS_PER_SECOND


def _group_name(group: Group) -> str:
    return group.name
