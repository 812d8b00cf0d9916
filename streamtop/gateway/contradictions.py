"""Values of one look that contradict each other: they are asked again, once.

XINFO GROUPS, XINFO CONSUMERS and XPENDING answer at different moments, and a group that works
changes in between. Asked again, directly one after another, they almost always agree.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.gateway.watched_stream import WatchedGroup, WatchedStream
    from streamtop.gateway.wire import Question, Wire

GROUPS_A_LOOK = 100
"""Groups that are asked again at one look, unless it is thorough."""
_AT_ONCE = 100
"""Streams compared before the event loop may run other tasks."""


class Contradictions:
    """The groups of a server whose values contradict each other; they take turns."""

    def __init__(self, *, thorough: bool = False) -> None:
        """Begin with the first group.

        Args:
            thorough: Whether each look asks all of them again, whatever that costs.
        """
        self._thorough = thorough
        self._turn = 0

    async def settle(self, wire: Wire, streams: list[WatchedStream], *, releases: bool) -> None:
        """Ask again for groups that contradict themselves; mark those that still do.

        Args:
            wire: The connection of the looks.
            streams: The streams as this look has seen them so far.
            releases: Whether pending entries may be without a consumer on this server.
        """
        doubtful: list[tuple[WatchedStream, WatchedGroup]] = []
        for index, stream in enumerate(streams, 1):
            if not index % _AT_ONCE:
                await asyncio.sleep(0)
            for group in stream.groups:
                group.consistent = not group.is_doubtful(releases=releases)
                if not group.consistent:
                    doubtful.append((stream, group))
        if not doubtful:
            return
        self._turn %= len(doubtful)
        asked = doubtful[self._turn :] + doubtful[: self._turn]
        if not self._thorough:
            asked = asked[:GROUPS_A_LOOK]
        self._turn += len(asked)
        by_stream: dict[WatchedStream, list[WatchedGroup]] = {}
        for stream, group in asked:
            by_stream.setdefault(stream, []).append(group)
        questions: list[Question] = []
        for stream, groups in by_stream.items():
            questions += stream.again(groups, however_large=self._thorough)
        await wire.exchange(questions)
        for _, group in asked:
            group.confirm(releases=releases)
