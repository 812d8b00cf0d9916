"""Release pending entries, so that no consumer holds them (XNACK)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Params, Step, entries_in_words, held_in_words, script
from streamtop.operations.pending_steps import PendingOperation, as_seen, held_step, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.catalogue import OperationName

Mode = Literal["silent", "fail", "fatal"]
_COUNT: dict[Mode, str] = {
    "silent": "Its delivery count falls by one, as if it had not been delivered.",
    "fail": "Its delivery count stays: this delivery counts.",
    "fatal": "Its delivery count becomes the largest there is (9,223,372,036,854,775,807), which "
    "tells consumers that check it that the entry cannot be processed.",
}


@dataclass(frozen=True, slots=True)
class Release(PendingOperation):
    """Takes pending entries from their consumers; they stay pending, held by no consumer.

    Entries that changed since they were seen are skipped, and so are those already released,
    unless the mode is fatal.

    Source:
        https://redis.io/docs/latest/commands/xnack/
    """

    NAME: ClassVar[OperationName] = "release"

    stream: str
    group: str
    entries: PendingEntries
    mode: Mode = "fail"
    """Whether the delivery count falls by one, stays, or becomes the largest possible."""

    @property
    def params(self) -> Params:
        return {"mode": self.mode}

    @property
    def question(self) -> str:
        count = entries_in_words(self.total)
        return f"Release {count} of {printable(self.stream)}, group {printable(self.group)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        return (
            "Each stays pending without a consumer; now held by "
            f"{held_in_words(self.entries.by_consumer)}.",
            _COUNT[self.mode],
            "The next XREADGROUP with CLAIM, XAUTOCLAIM or XCLAIM of any consumer gets it at once, "
            "whatever its minimum idle time; XREADGROUP from > alone never does.",
            "Entries that change before you confirm are skipped.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head = (
            *(b"EVAL", script("held", "release"), b"1"),
            *(from_name(self.stream), from_name(self.group), self.mode.upper().encode()),
        )
        for rows in in_batches(self.entries):
            yield held_step((*head, *as_seen(rows, clock())), rows)
