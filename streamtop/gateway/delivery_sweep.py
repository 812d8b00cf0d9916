"""Looking for the pending entry that was delivered most often, a page at each look."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.wire import packed
from streamtop.source import SourceError

if TYPE_CHECKING:
    from streamtop.gateway.watched_stream import WatchedGroup, WatchedStream
    from streamtop.gateway.wire import Answer, Question, Wire
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import OldestPending

PAGE = 100
"""Pending entries of one page: 20 to 40 µs of the server's time."""
GROUPS_A_LOOK = 20
"""Groups that are swept at one look, each a page."""
LARGE_PAGE, PAGES = 1_000, 1_000
"""Pending entries of a page, and pages of a group at most, where one look sweeps them all."""


class Sweep:
    """One group's sweep: it walks through the pending entries again and again.

    Attributes:
        found: The entry with the most deliveries that is still pending, of those seen.
    """

    __slots__ = ("_after", "_page", "found")

    def __init__(self, page: int = PAGE) -> None:
        self.found: OldestPending | None = None
        self._page = page
        self._after: EntryId | None = None

    @property
    def at_end(self) -> bool:
        """Whether the last page was the last there is, so that all were seen."""
        return self._after is None

    def questions(self, stream: bytes, group: bytes) -> list[Question]:
        """The next page, and how the entry that was found before is pending now."""
        start = b"-" if self._after is None else bytes(self._after.next())
        asked: list[Question] = []
        if self.found is not None:
            one = bytes(self.found.id)
            asked.append((packed(b"XPENDING", stream, group, one, one, b"1"), self._take_found))
        page = packed(b"XPENDING", stream, group, start, b"+", b"%d" % self._page)
        asked.append((page, self._take_page))
        return asked

    def _take_found(self, answer: Answer) -> None:
        self.found = None
        if not isinstance(answer, SourceError):
            with suppress(ValueError):
                self.found = replies.to_oldest_pending(answer)

    def _take_page(self, answer: Answer) -> None:
        self._after = None
        if isinstance(answer, SourceError):
            return
        with suppress(ValueError):
            page = replies.to_most_delivered(answer)
            known = -1 if self.found is None else self.found.deliveries
            if page.most is not None and page.most.deliveries > known:
                self.found = page.most
            self._after = page.last if page.length >= self._page else None


class Sweeps:
    """The sweeps of a server's groups; whose turn it is goes round from look to look."""

    def __init__(self, *, thorough: bool = False) -> None:
        """Nothing is swept yet.

        Args:
            thorough: Whether each look sweeps all groups to their ends.
        """
        self._thorough = thorough
        self._turn = 0
        self._swept: list[tuple[WatchedStream, WatchedGroup]] = []

    async def finish(self, wire: Wire) -> None:
        """Where all is to be seen: the pages that are left, a page of each group at a time."""
        for _ in range(PAGES if self._thorough else 0):
            questions: list[Question] = []
            for stream, group in self._swept:
                if group.sweep is not None and not group.sweep.at_end:
                    questions += group.sweep.questions(stream.raw, group.raw)
            if not questions:
                return
            await wire.exchange(questions)

    def questions(self, streams: list[WatchedStream]) -> list[Question]:
        """What to ask at this look."""
        groups: list[tuple[WatchedStream, WatchedGroup]] = []
        for stream in streams:
            for group in stream.groups:
                if group.row.pending > 1:
                    groups.append((stream, group))
                else:
                    group.sweep = None
        self._swept = []
        if not groups:
            return []
        self._turn %= len(groups)
        turn = groups[self._turn :] + groups[: self._turn]
        if not self._thorough:
            turn = turn[:GROUPS_A_LOOK]
        self._turn += len(turn)
        self._swept = turn
        asked: list[Question] = []
        for stream, group in turn:
            if group.sweep is None:
                group.sweep = Sweep(LARGE_PAGE if self._thorough else PAGE)
            asked += group.sweep.questions(stream.raw, group.raw)
        return asked
