"""A plan, and what it is made from: the server, what was seen of it, and who waits for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streamtop.model.text import printable
from streamtop.operations import Receipt, apply
from streamtop.operations.apply import KEPT
from streamtop.operations.operation import entries_in_words
from streamtop.source import MissingError, RefusedError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from streamtop.model.snapshot import Group, ServerInfo, Snapshot, Stream
    from streamtop.operations import Log, Operation, Outcome, Progress
    from streamtop.source import Source


class UnsuitableError(ValueError):
    """A request that cannot be planned as it stands. Its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation and what is known before it is run."""

    operation: Operation
    already: Sequence[Outcome] = ()
    """Outcomes of requested entries that the operation does not include."""
    notes: tuple[str, ...] = ()
    """Sentences for the question and the receipt."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """A sentence for each reason why requested entries are left out."""
        counts = Counter[str | None]()
        for each in self.already:
            counts[each.reason] += each.count
        return tuple(f"{entries_in_words(n)} left out: {reason}." for reason, n in counts.items())

    def without_sending(self) -> Receipt:
        """The receipt while nothing has been sent."""
        return Receipt(
            name=self.operation.name,
            verb=self.operation.verb,
            operation_id="",
            done=0,
            skipped=sum(each.count for each in self.already if each.outcome == "skipped"),
            failed=sum(each.count for each in self.already if each.outcome == "failed"),
            left=self.operation.total,
            outcomes=tuple(self.already[:KEPT]),
            notes=self.notes,
        )

    async def run(
        self,
        source: Source,
        log: Log,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: asyncio.Event | None = None,
        keep: int | None = KEPT,
    ) -> Receipt:
        """Run the operation after it was confirmed; arguments and errors are those of `apply`."""
        receipt = await apply(
            self.operation,
            source,
            log,
            progress=progress,
            stop=stop,
            keep=keep,
            already=self.already,
        )
        return replace(receipt, notes=(*receipt.notes, *self.notes))


@dataclass(frozen=True, slots=True)
class PlanContext:
    """The server to plan for. Planning only reads from it."""

    source: Source
    snapshot: Snapshot | None = None
    """The last look; `None` to look once it is needed, through a source of that stream alone."""
    progress: Callable[[int, int], None] | None = None
    """Called after each page with the entries looked at, and those found among them."""
    stop: asyncio.Event | None = None
    """Once set, a search ends early with what it has found."""

    @property
    def stopped(self) -> bool:
        """Whether to end early."""
        return self.stop is not None and self.stop.is_set()

    def report(self, looked_at: int, found: int) -> None:
        """Call `progress`, if there is one."""
        if self.progress is not None:
            self.progress(looked_at, found)

    async def look(self, name: str) -> tuple[Stream, Snapshot]:
        """A stream, and the last look, or one made now, that shows it.

        Raises:
            MissingError: If there is no such stream.
            SourceError: If the server cannot be looked at.
        """
        snapshot = self.snapshot
        while True:
            snapshot = snapshot or await self.source.look()
            stream = snapshot.stream(name)
            if stream is not None:
                return stream, snapshot
            if snapshot.complete or self.snapshot is not None:
                raise MissingError(f"there is no stream {printable(name)}")
            snapshot = None

    async def stream(self, name: str) -> tuple[Stream, ServerInfo]:
        """A stream as `look` shows it, and the server."""
        stream, snapshot = await self.look(name)
        return stream, snapshot.server

    async def group(self, stream: str, name: str) -> tuple[Group, ServerInfo]:
        """A group as `look` shows it, and the server.

        Raises:
            MissingError: If there is no such group.
            RefusedError: If the stream may not be read.
        """
        found, snapshot = await self.look(stream)
        return group_of(found, name), snapshot.server


def group_of(stream: Stream, name: str) -> Group:
    """A group of a stream.

    Raises:
        MissingError: If there is no such group.
        RefusedError: If the stream may not be read.
    """
    if stream.error is not None:
        raise RefusedError(stream.error)
    group = stream.group(name)
    if group is None:
        raise MissingError(f"there is no group {printable(name)} of {printable(stream.name)}")
    return group
