"""Steps on pending entries in batches, and the outcomes of their scripts' replies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from streamtop.model.text import from_name, printable_bytes
from streamtop.operations.operation import CatalogueOperation, Outcome, PriorState, Step
from streamtop.source import RefusedError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.source import Command, Reply, SourceError

T = TypeVar("T")
BATCH = 100
"""Entries of one step, at most; a server takes less than 5 ms for them."""


class PendingOperation(CatalogueOperation):
    """An operation on pending entries."""

    __slots__ = ()

    entries: PendingEntries

    @property
    def total(self) -> int:
        return len(self.entries)

    @property
    def ids(self) -> Sequence[EntryId]:
        return self.entries.ids


def in_batches(rows: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The rows in pieces.

    >>> [list(piece) for piece in in_batches(range(5), 2)]
    [[0, 1], [2, 3], [4]]
    """
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def as_far(rows: Sequence[T], make: Callable[[Sequence[T]], Step]) -> Iterator[Step]:
    """Steps over rows that a script may answer in part; the rest is sent again.

    Args:
        rows: The rows.
        make: Makes a step over some of them. Its script answers for the first of them, at
            least one, and leaves the others unchanged.
    """
    for batch in in_batches(rows):
        left = batch
        while left:
            step, answered = make(left), 0

            def read(reply: Reply, step: Step = step) -> Sequence[Outcome]:
                nonlocal answered
                outcomes = step.read(reply)
                answered = len(outcomes)
                return outcomes

            def singly(rows: Sequence[T] = left) -> Iterator[Command]:
                return (make([row]).command for row in rows)

            yield replace(step, read=read, singly=singly)
            left = left[answered or len(left) :]


def as_seen(rows: Iterable[PendingEntry], now: float, least_ms: int = 0) -> Command:
    """The words by which a script detects a change: ID, consumer and least idle time of each."""
    return tuple(
        word
        for row in rows
        for word in (
            bytes(row.id),
            from_name(row.consumer),
            b"%d" % max(row.idle_at_least(now), least_ms if row.idle_ms >= 0 else 0),
        )
    )


def as_held(rows: Iterable[PendingEntry]) -> Command:
    """Like `as_seen` with a least idle time of 0: only a change of the holder counts."""
    return tuple(word for row in rows for word in (bytes(row.id), from_name(row.consumer), b"0"))


def by_entry(
    ids: Sequence[EntryId], reply: Reply, done: Callable[[EntryId, list[Reply]], Outcome]
) -> list[Outcome]:
    """The outcomes of a script that answers with a row for each entry.

    Args:
        ids: The entries, in the order they were sent.
        reply: A row for each: `done` and more, `skipped` and why, `failed` and why. Fewer
            rows cover the first entries only; the others are unchanged.
        done: Makes the outcome from the rest of a row that begins with `done`.
    """
    known = isinstance(reply, list) and 0 < len(reply) <= len(ids)
    rows = reply if known and isinstance(reply, list) else [None] * len(ids)
    return [_row_outcome(entry_id, row, done) for entry_id, row in zip(ids, rows, strict=False)]


def _row_outcome(
    entry_id: EntryId, row: Reply, done: Callable[[EntryId, list[Reply]], Outcome]
) -> Outcome:
    match row:
        case [b"done", *rest]:
            return done(entry_id, rest)
        case [b"skipped", b"moved", bytes(holder)]:
            name = printable_bytes(holder) or "(released)"
            return Outcome(entry_id, "skipped", f"it moved to {name} meanwhile")
        case [b"skipped", b"copied", bytes(copy)]:
            before = printable_bytes(copy)
            reason = f"it had been copied as {before} before: nothing was added"
            return Outcome(entry_id, "skipped", reason)
        case [b"skipped", b"read", bytes(group)]:
            return Outcome(entry_id, "skipped", f"{printable_bytes(group)} has read it")
        case [b"skipped", bytes(why), *_] if why in WHY_SKIPPED:
            return Outcome(entry_id, "skipped", WHY_SKIPPED[why])
        case [b"failed", bytes(why)] if why in WHY_FAILED:
            return Outcome(entry_id, "failed", WHY_FAILED[why])
        case [b"failed", bytes(why)]:
            return Outcome(entry_id, "failed", REFUSED + printable_bytes(why))
        case _:
            return Outcome(entry_id, "failed", "the server gave an unknown answer")


WHY_SKIPPED = {
    b"acknowledged": "it is no longer pending: it was acknowledged meanwhile",
    b"again": "it was delivered again meanwhile",
    b"gone": "it is no longer in the stream",
    b"dropped": "its payload is gone: the server dropped it from the pending entries list",
    b"looped": "it was replayed 5 times already",
    b"no-stream": "the stream that it came from does not exist (any more)",
    b"original-gone": "the entry that it was copied from is no longer in the stream",
    b"original-pending": "the entry that it was copied from is pending again",
    b"original-unread": "the entry that it was copied from is still to be delivered",
    b"released": "no consumer holds it: it was released before",
    b"needed": "kept: a group has not read it yet or not acknowledged it",
    b"unread": "the group's position is before it again: it will be delivered again",
    b"nobody": "no consumer held it before, and this server cannot restore that",
}
"""The reasons for which scripts skip an entry, by their codes."""
WHY_FAILED = {
    b"fields": "it has more fields than a script can copy",
}


REFUSED = "the server refused: "
_NO_RIGHT = ("NOPERM", "ACL failure in script", "can't run this command")
"""Parts of the errors that servers raise in a script for a command that is not permitted."""


def refusal(outcomes: Sequence[Outcome]) -> SourceError | None:
    """The error of a server that refused all of these entries for the same reason."""
    reasons = {each.reason if each.outcome == "failed" else None for each in outcomes}
    if len(reasons) != 1 or not (reason := reasons.pop() or "").startswith(REFUSED):
        return None
    no_right = any(words in reason for words in _NO_RIGHT)
    return (RefusedError if no_right else RejectedError)(reason)


def was(words: Sequence[Reply]) -> PriorState | None:
    """How an entry was pending, from the idle time and the delivery count of a row."""
    match words:
        case [int(idle), bytes(deliveries), *_]:
            return PriorState(idle, min(int(deliveries), 2**63 - 1))
        case _:
            return None


def held_step(command: Command, rows: Sequence[PendingEntry]) -> Step:
    """A step about pending entries whose reply has a row for each."""
    ids = [row.id for row in rows]
    return Step(command, lambda reply: by_entry(ids, reply, _done), ids, rows)


def _done(entry_id: EntryId, words: list[Reply]) -> Outcome:
    return Outcome(entry_id, "done", was=was(words))
