"""Dead-letter entries: move them out of the way, with the reason beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.copy_steps import BYTES, across_slots, copied, firsts, other_slots
from streamtop.operations.operation import Params, Step, entries_in_words, held_in_words, script
from streamtop.operations.pending_steps import PendingOperation, as_far, as_held, by_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command


@dataclass(frozen=True, slots=True)
class DeadLetter(PendingOperation):
    """Copies pending entries to a dead-letter stream and acknowledges them, in one script.

    Each copy ends with eight fields, streamtop-origin-stream, -id, -count, -group, -consumer,
    -deliveries, -reason and -at (milliseconds since 1970 by the server's clock); -count is how
    often streamtop has replayed the entry so far. Entries that another consumer has claimed
    since they were seen are skipped. There is no limit to -count here: `Redrive` has one.

    Raises:
        ValueError: If the dead-letter stream is the stream itself.
    """

    NAME: ClassVar[OperationName] = "dead-letter"

    stream: str
    group: str
    to: str
    """The dead-letter stream."""
    entries: PendingEntries
    reason: str
    """Why, in the operator's words."""
    cluster: bool = False
    """Whether the server is a cluster."""

    def __post_init__(self) -> None:
        if self.to == self.stream:
            raise ValueError("the dead-letter stream is the stream itself: name another one")
        object.__setattr__(self, "entries", self.entries.in_order())

    @property
    def params(self) -> Params:
        return {"to": self.to, "reason": self.reason}

    @property
    def question(self) -> str:
        return (
            f"Dead-letter {entries_in_words(self.total)} of {printable(self.stream)}, group "
            f"{printable(self.group)}, to {printable(self.to)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [
            f"{printable(self.to)} gets a copy of each at its end, byte for byte, followed by "
            "fields that say where it came from, who held it and why it was dead-lettered "
            "(streamtop-origin-…).",
            f"Each original is acknowledged for {printable(self.group)} in the same atomic step; "
            "it stays in the stream.",
            f"Now held by {held_in_words(self.entries.by_consumer)}. Entries that change "
            "before you confirm are neither copied nor acknowledged.",
        ]
        if self.cluster and other_slots(self.stream, [self.to]):
            told.insert(0, across_slots(self.stream, self.to))
        return tuple(told)

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head: Command = (
            *(b"EVAL", script("held", "copy", "origin", "dead_letter"), b"2"),
            *(from_name(self.stream), from_name(self.to), b"%d" % BYTES),
        )
        about, first = (from_name(self.group), from_name(self.reason)), firsts()
        yield from as_far(
            self.entries,
            lambda rows: _step((*head, next(first), *about, *as_held(rows)), rows),
        )


def _step(command: Command, rows: Sequence[PendingEntry]) -> Step:
    ids = [row.id for row in rows]
    return Step(command, lambda reply: by_entry(ids, reply, copied), ids, rows)
