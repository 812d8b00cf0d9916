"""Follows the entries that operations moved, asking for some of them at each look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.recovery import (
    Recovery,
    RecoveryAim,
    RecoveryState,
    sentence,
    unfinished,
)
from streamtop.model.sentences import Finding, Formatter
from streamtop.model.touched_consumers import TouchedConsumers
from streamtop.source import MissingError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Snapshot
    from streamtop.planning.moved_entries import Destination, MovedEntries
    from streamtop.source import Source

FORMATTER = Formatter(count=figures.count, duration=figures.duration, rate=figures.rate)
A_LOOK = 500
"""Entries that are asked for at one look, at most, of all recoveries together."""
IN_ALL = 50_000
"""Entries of all recoveries that are followed at once, at most."""
KEPT = 100
"""Recoveries that are remembered, at most; finished ones are forgotten first."""
_GROUPS = 20
"""Groups of one operation that are followed, at most."""


class Recoveries:
    """The recoveries of a session, newest first, and the consumers that they touched.

    Times are seconds of the monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.all: list[Recovery] = []
        self.touched = TouchedConsumers()
        self._clock = clock
        self._turn = 0

    def begin(
        self, moved: MovedEntries, operation_id: str, verb: str, snapshot: Snapshot | None
    ) -> list[Recovery]:
        """Follow what an operation has moved.

        Args:
            moved: The log through which it was run.
            operation_id: Its ID; empty if it was not recorded.
            verb: Its name on the screen.
            snapshot: The last look before it ended; it names the groups that copies go to.
        """
        now = self._clock()
        self._supersede(moved)
        begun: list[Recovery] = []
        room = IN_ALL - sum(recovery.open for recovery in self.all)
        for destination, entries in moved.moved.items():
            for group in _groups(destination, snapshot):
                if len(begun) == _GROUPS:
                    break
                followed = entries[: max(0, room)]
                more = len(entries) - len(followed) + moved.more.get(destination, 0)
                aim = RecoveryAim(operation_id, verb, destination.stream, group, moved.copies)
                begun.append(Recovery(aim, followed, now, not_followed=more))
                room -= len(followed)
        self.all = [*begun, *self.all]
        while len(self.all) > KEPT:
            finished = [each for each in self.all if each.finished]
            self.all.remove((finished or self.all)[-1])
        if snapshot is not None and not moved.copies:
            self._touch(moved, snapshot, now)
        return begun

    def _supersede(self, moved: MovedEntries) -> None:
        for destination, entries in moved.moved.items():
            for recovery in self.all:
                if (recovery.aim.stream, recovery.aim.group) == destination:
                    recovery.supersede(entry.id for entry in entries)
        operation_id, copies = moved.deleted
        for recovery in self.all:
            if operation_id and recovery.aim.operation_id == operation_id:
                recovery.supersede(copies)

    def _touch(self, moved: MovedEntries, snapshot: Snapshot, now: float) -> None:
        for destination, entries in moved.moved.items():
            stream = snapshot.stream(destination.stream)
            group = None if stream is None else stream.group(destination.group or "")
            if group is None:
                continue
            names = {entry.consumer for entry in entries}
            before = [consumer for consumer in group.consumers if consumer.name in names]
            self.touched.touch(destination.stream, group.name, before, seen=snapshot.at, at=now)

    async def look(self, source: Source, snapshot: Snapshot) -> list[Recovery]:
        """Ask for some of the entries, after a look; returns the recoveries that have finished.

        A server that cannot be asked is asked again at the next look.
        """
        began = snapshot.at - snapshot.cost.seconds
        open_ones = [each for each in self._in_turn() if not each.finished and each.began <= began]
        left = A_LOOK
        for recovery in open_ones:
            stream = snapshot.stream(recovery.aim.stream)
            if stream is None and not snapshot.complete:
                continue
            if stream is not None and stream.error is not None:
                continue
            group = None if stream is None else stream.group(recovery.aim.group)
            recovery.see_group(group, self._clock())
            due = recovery.due(left)
            left -= len(due)
            if due:
                await self._ask(source, recovery, due)
        return [each for each in open_ones if each.finished]

    def _in_turn(self) -> list[Recovery]:
        """All of them, each look beginning with another one, so that none waits for long."""
        self._turn += 1
        at = self._turn % max(1, len(self.all))
        return [*self.all[at:], *self.all[:at]]

    async def _ask(self, source: Source, recovery: Recovery, due: Sequence[EntryId]) -> None:
        aim = recovery.aim
        try:
            rows = await source.pending_now(aim.stream, aim.group, due)
        except MissingError as error:
            recovery.end(str(error))
        except SourceError:
            return
        else:
            recovery.see(due, rows, self._clock())

    def findings(self, limit_ms: int) -> dict[tuple[str, str], list[Finding]]:
        """What is to be said of groups whose recoveries have not finished.

        Args:
            limit_ms: A recovery has come to a halt if nothing happens for so long.

        Returns:
            Findings by the names of stream and group.
        """
        now = self._clock()
        findings: dict[tuple[str, str], list[Finding]] = {}
        for each in self.all:
            if each.finished:
                continue
            finding = unfinished(each.aim, each.state(now), limit_ms, FORMATTER)
            if finding is not None:
                findings.setdefault((each.aim.stream, each.aim.group), []).append(finding)
        return findings

    def state(self, recovery: Recovery) -> RecoveryState:
        """What has become of its entries up to now."""
        return recovery.state(self._clock())

    def in_words(self, recovery: Recovery) -> str:
        """What has become of its entries, as a sentence."""
        return f"{sentence(recovery.aim, self.state(recovery), FORMATTER)}."


def _groups(destination: Destination, snapshot: Snapshot | None) -> list[str]:
    if destination.group is not None:
        return [destination.group]
    stream = None if snapshot is None else snapshot.stream(destination.stream)
    return [] if stream is None else [group.name for group in stream.groups]
