"""A stream that is looked at again and again: what to ask of it, and what the answers make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.errors import NoSuchKeyError
from streamtop.gateway.wire import packed
from streamtop.model.snapshot import Stream
from streamtop.model.text import printable, to_name
from streamtop.source import (
    BusyError,
    MissingError,
    RejectedError,
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
    from streamtop.model.lag_counter import LagCounter
    from streamtop.model.snapshot import Consumer, Group, OldestPending

SMALL = 4_096
"""Bytes of a first and a last entry that may come along with each look."""
PAYLOADS_PER_SECOND = 65_536
"""Bytes a second that the payloads in XINFO STREAM may cost, on average, for one stream."""


class WatchedGroup:
    """A group: its row of XINFO GROUPS, and what is asked after it."""

    __slots__ = (
        *("_consumers", "_oldest", "_proven", "failure", "fresh", "name"),
        *("questions", "raw"),
        *("row", "search", "tally"),
    )

    def __init__(self, stream: bytes, raw: bytes) -> None:
        self.name = to_name(raw)
        self.raw = raw
        self.row: GroupReply
        self.tally: LagCounter | None = None
        """The count of undelivered entries, once there was a doubt about the lag."""
        self.fresh = False
        """Whether the tally has been shown this look's edges."""
        self._proven: tuple[object, Lag, EntryId | None] | None = None
        self.search: MostDelivered | None = None
        """The search for the entry that was delivered most often."""
        self.failure: SourceError | None = None
        self._consumers: tuple[Consumer, ...] = ()
        self._oldest: OldestPending | None = None
        self.questions: tuple[Question, Question] = (
            (packed(b"XINFO", b"CONSUMERS", stream, raw), self._take_consumers),
            (packed(b"XPENDING", stream, raw, b"-", b"+", b"1"), self._take_oldest),
        )

    def begin(self, row: GroupReply) -> None:
        """A new look: its row, and nothing else yet."""
        self.row = row
        self.failure = None
        self._consumers = ()
        self._oldest = None
        self.fresh = False

    def group(self, length: int, edges: Edges | None) -> Group:
        """What the look saw of it."""
        counted = self.tally.counted() if self.tally is not None and self.fresh else None
        group = replies.to_group(
            self.row,
            name=self.name,
            length=length,
            edges=edges,
            oldest_pending=self._oldest,
            consumers=self._consumers,
            counted=counted,
            most_delivered=self._most_delivered(),
        )
        return self._remembering(group, length, edges)

    def _remembering(self, group: Group, length: int, edges: Edges | None) -> Group:
        """The group; without edges, with what was proven of its lag while all looks the same."""
        signs = (self.row.last_delivered_id, self.row.lag, length)
        if edges is not None:
            self._proven = (signs, group.lag, group.undelivered_id)
        elif self._proven is not None and self._proven[0] == signs:
            _, lag, undelivered_id = self._proven
            trust = "reported" if lag.trust == "exact" else lag.trust
            return replace(group, lag=replace(lag, trust=trust), undelivered_id=undelivered_id)
        return group

    def _most_delivered(self) -> OldestPending | None:
        """The entry that was delivered most often, of those that were looked at."""
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
                self.failure = unknown("XINFO CONSUMERS", error)

    def _take_oldest(self, answer: Answer) -> None:
        if isinstance(answer, SourceError):
            self.failure = self.failure or answer
        else:
            try:
                self._oldest = replies.to_oldest_pending(answer)
            except ValueError as error:
                self.failure = unknown("XPENDING", error)


class WatchedStream:
    """A stream: its commands, and the answers of the look under way.

    Attributes:
        name: As text.
        payload: Bytes of its first and last entry when they were last seen.
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
        """A new look, at seconds of the monotonic clock. Returns the first two questions.

        XINFO STREAM comes after XINFO GROUPS, so that it can be proof of a lag, and gives
        the length too; XLEN is for when its payloads are too large to be had each time.
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
        """Bytes of payloads that may come along with this look's answers.

        Args:
            now: As given to `begin`.
            unknown: What to take them for if none was seen yet.
        """
        if now < self._edges_due:
            return 0
        return unknown if self._edges is None else self.payload

    def more(self) -> list[Question]:
        """What to ask once the first two were answered."""
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

    @property
    def gone(self) -> bool:
        """Whether it is no stream (any more)."""
        return self._gone is not None

    @property
    def busy(self) -> BusyError | None:
        """The error of a server that answers for no stream now."""
        failures = (self._failure, self._refused)
        return next((error for error in failures if isinstance(error, BusyError)), None)

    @property
    def raw(self) -> bytes:
        """Its name as bytes."""
        return self._raw

    @property
    def edges(self) -> Edges | None:
        """XINFO STREAM, from whichever look it was last asked at."""
        return self._edges

    @property
    def fresh_edges(self) -> Edges | None:
        """XINFO STREAM of this look, if it was asked."""
        return self._edges if self._fresh else None

    @property
    def groups(self) -> list[WatchedGroup]:
        """Its groups, as this look found them."""
        return [] if self._gone is not None else self._groups

    def stream(self) -> Stream | None:
        """What the look saw; `None` if the stream is gone."""
        groups = []
        edges = self._edges if self._fresh else None
        length = self._length or 0
        for group in self._groups:
            if group.failure is not None and self._ends(group.failure):
                return None
            if not isinstance(group.failure, MissingError):
                groups.append(group.group(length, edges))
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
        """Whether the error says that there is no such stream (any more)."""
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
            self._failure = unknown("XINFO GROUPS", error)
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
                self._refused = answer
            return
        try:
            self._edges, self.payload = replies.to_edges(answer)
        except ValueError as error:
            self._failure = unknown("XINFO STREAM", error)
            return
        self._length = self._edges.length
        self._fresh = True
        if self.payload > SMALL:
            self._edges_due = self._now + self.payload / PAYLOADS_PER_SECOND


def unknown(command: str, error: ValueError) -> RejectedError:
    """The server's reply has a shape that no server we know gives."""
    return RejectedError(f"{command} was answered in an unknown form: {printable(str(error))}")


def _group_name(group: Group) -> str:
    return group.name
