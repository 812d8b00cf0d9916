"""Acknowledge pending entries (XACK)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Step, entries_in_words, held_in_words, script
from streamtop.operations.pending_steps import PendingOperation, as_held, held_step, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.catalogue import OperationName


@dataclass(frozen=True, slots=True)
class Acknowledge(PendingOperation):
    """Takes entries from a group's pending entries list.

    One that moved since it was seen is left alone: somebody else works on it. One that its
    holder was given again is not: an entry that fails again and again could never be
    acknowledged otherwise.

    Source:
        https://redis.io/docs/latest/commands/xack/
    """

    NAME: ClassVar[OperationName] = "acknowledge"

    stream: str
    group: str
    entries: PendingEntries

    @property
    def question(self) -> str:
        count = entries_in_words(self.total)
        return f"Acknowledge {count} of {printable(self.stream)} for {printable(self.group)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        return (
            f"Each leaves the pending entries list of {printable(self.group)} and is never "
            "delivered to it again; it stays in the stream.",
            f"Held now by {held_in_words(self.entries.by_consumer)}. One that moves before you "
            "answer is left alone.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head = (
            *(b"EVAL", script("held", "acknowledge"), b"1"),
            *(from_name(self.stream), from_name(self.group)),
        )
        for rows in in_batches(self.entries):
            yield held_step((*head, *as_held(rows)), rows)
