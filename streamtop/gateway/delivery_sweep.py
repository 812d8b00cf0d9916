"""The search for the most delivered entry, in a few groups at each look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway.most_delivered import PAGE, MostDelivered

if TYPE_CHECKING:
    from streamtop.gateway.watched_stream import WatchedGroup, WatchedStream
    from streamtop.gateway.wire import Question, Wire

GROUPS_A_LOOK = 20
"""Groups that are searched at one look, one page each."""
LARGE_PAGE, PAGES = 1_000, 1_000
"""Entries of a page and pages of a group, at most, where one look searches all groups."""


class DeliverySweep:
    """The searches in all groups of a server, a few groups further at each look."""

    def __init__(self, *, thorough: bool = False) -> None:
        """A sweep that begins with the first group.

        Args:
            thorough: Whether each look searches all groups to their ends.
        """
        self._thorough = thorough
        self._turn = 0
        self._searched: list[tuple[WatchedStream, WatchedGroup]] = []

    def questions(self, streams: list[WatchedStream]) -> list[Question]:
        """One page for each group whose turn it is."""
        groups: list[tuple[WatchedStream, WatchedGroup]] = []
        for stream in streams:
            for group in stream.groups:
                if group.row.pending > 1:
                    groups.append((stream, group))
                else:
                    group.search = None
        self._searched = []
        if not groups:
            return []
        self._turn %= len(groups)
        self._searched = groups[self._turn :] + groups[: self._turn]
        if not self._thorough:
            self._searched = self._searched[:GROUPS_A_LOOK]
        self._turn += len(self._searched)
        questions: list[Question] = []
        for stream, group in self._searched:
            if group.search is None:
                group.search = MostDelivered(LARGE_PAGE if self._thorough else PAGE)
            questions += group.search.questions(stream.raw, group.raw)
        return questions

    async def finish(self, wire: Wire) -> None:
        """If thorough, read the remaining pages, one of each group at a time."""
        for _ in range(PAGES if self._thorough else 0):
            questions: list[Question] = []
            for stream, group in self._searched:
                if group.search is not None and not group.search.at_end:
                    questions += group.search.questions(stream.raw, group.raw)
            if not questions:
                return
            await wire.exchange(questions)
