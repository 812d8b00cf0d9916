"""The entries that an operation moves, noted as it is run."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from streamtop.model.recovery import MOST, MovedEntry
from streamtop.operations.claim import Claim
from streamtop.operations.handover import HandOver
from streamtop.operations.redrive import Redrive
from streamtop.operations.release import Release
from streamtop.operations.replay import Replay
from streamtop.operations.restore_pending import RestorePending
from streamtop.operations.undo_copy import UndoCopy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations import Log, Operation, Outcome, Receipt, Step


class Destination(NamedTuple):
    """Where entries of an operation went."""

    stream: str
    group: str | None
    """`None` for copies, which go to every group of the stream."""


class MovedEntries:
    """Implements Log: passes everything on, and remembers the entries that were moved."""

    def __init__(self, operation: Operation, log: Log) -> None:
        self.operation = operation
        self.moved: dict[Destination, list[MovedEntry]] = {}
        """The first `MOST` of each destination."""
        self.more: dict[Destination, int] = {}
        """The number of further ones."""
        self._log = log
        self._restored = _restored(operation)

    def begin(self, operation: Operation) -> str:
        """An operation was confirmed."""
        return self._log.begin(operation)

    def sending(self, operation_id: str, step: Step) -> None:
        """A step is about to be sent."""
        self._log.sending(operation_id, step)

    def sent(self, operation_id: str, outcomes: Sequence[Outcome]) -> None:
        """The last step was answered."""
        for outcome in outcomes:
            if outcome.outcome == "done" and outcome.id is not None:
                self._add(outcome.id, outcome)
        self._log.sent(operation_id, outcomes)

    def end(self, receipt: Receipt) -> None:
        """The operation has ended."""
        self._log.end(receipt)

    def _add(self, entry_id: EntryId, outcome: Outcome) -> None:
        moved = self._moved(entry_id, outcome)
        if moved is None:
            return
        destination, entry = moved
        entries = self.moved.setdefault(destination, [])
        if len(entries) < MOST and entry is not None:
            entries.append(entry)
        else:
            self.more[destination] = self.more.get(destination, 0) + 1

    def _moved(
        self, entry_id: EntryId, outcome: Outcome
    ) -> tuple[Destination, MovedEntry | None] | None:
        """Where an entry is now, and how; `None` for operations that move nothing."""
        was = None if outcome.was is None else outcome.was.deliveries
        match self.operation:
            case Claim(stream=stream, group=group, consumer=consumer, count_delivery=counts):
                deliveries = None if was is None else was + counts
                return Destination(stream, group), MovedEntry(entry_id, consumer, deliveries)
            case HandOver(stream=stream, group=group, to_consumer=consumer):
                return Destination(stream, group), MovedEntry(entry_id, consumer, was)
            case Release(stream=stream, group=group):
                return Destination(stream, group), MovedEntry(entry_id, "")
            case RestorePending(stream=stream, group=group):
                return Destination(stream, group), self._restored.get(entry_id)
            case UndoCopy(stream=stream, group=str(group)):
                return Destination(stream, group), self._restored.get(entry_id)
            case Replay(stream=stream, to=to, acknowledge=group) if outcome.copy is not None:
                group = group if to == stream else None
                return Destination(to, group), MovedEntry(outcome.copy, None)
            case Redrive() if outcome.copy is not None and outcome.to is not None:
                return Destination(outcome.to, None), MovedEntry(outcome.copy, None)
        return None

    @property
    def copies(self) -> bool:
        """Whether the moved entries are copies."""
        return isinstance(self.operation, Replay | Redrive)

    @property
    def deleted(self) -> tuple[str, Sequence[EntryId]]:
        """The operation whose copies were deleted, and their IDs."""
        undo = self.operation
        return (undo.undoes, undo.ids) if isinstance(undo, UndoCopy) else ("", ())


def _restored(operation: Operation) -> Mapping[EntryId, MovedEntry]:
    """How the first entries of an undo are pending after it, by the IDs of its outcomes."""
    match operation:
        case RestorePending(entries=entries):
            rows: Iterator[tuple[EntryId, PendingEntry]] = ((row.id, row) for row in entries)
        case UndoCopy(copies=copies):
            rows = ((each.id, each.original) for each in copies if each.original is not None)
        case _:
            return {}
    return {
        entry_id: MovedEntry(row.id, row.consumer, row.deliveries)
        for entry_id, row in islice(rows, MOST)
    }
