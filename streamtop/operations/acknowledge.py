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
    """Removes entries from a group's pending entries list.

    Entries that another consumer has claimed since they were seen are skipped. Those that the
    same consumer has read again are not: otherwise an entry that keeps failing could never be
    acknowledged.

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
            f"Now held by {held_in_words(self.entries.by_consumer)}. Entries that change "
            "before you confirm are skipped.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head = (
            *(b"EVAL", script("held", "acknowledge"), b"1"),
            *(from_name(self.stream), from_name(self.group)),
        )
        for rows in in_batches(self.entries):
            yield held_step((*head, *as_held(rows)), rows)
