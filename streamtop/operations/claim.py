"""Claim pending entries for a consumer (XCLAIM)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Params, Step, entries_in_words, held_in_words, script
from streamtop.operations.pending_steps import PendingOperation, as_seen, held_step, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.catalogue import OperationName


@dataclass(frozen=True, slots=True)
class Claim(PendingOperation):
    """Gives pending entries to a consumer.

    Entries that were claimed, read again or acknowledged since they were seen are skipped. A
    new consumer that gets no entry is removed again, in the same script.

    Source:
        https://redis.io/docs/latest/commands/xclaim/
    """

    NAME: ClassVar[OperationName] = "claim"

    stream: str
    group: str
    consumer: str
    """The new holder."""
    entries: PendingEntries
    new_consumer: bool = False
    """Whether the claim creates the consumer."""
    without_payload: int = 0
    """The number of entries that are no longer in the stream."""
    drops_without_payload: bool = True
    """Whether this server drops those from the pending entries list (7.0 and later)."""
    count_delivery: bool = False
    """Whether the claim counts as a delivery."""
    min_idle_ms: int = 0
    """Entries idle for less are skipped."""

    @property
    def params(self) -> Params:
        return {"consumer": self.consumer, "count_delivery": self.count_delivery}

    @property
    def question(self) -> str:
        count = entries_in_words(self.total)
        return (
            f"Claim {count} of {printable(self.stream)}, group {printable(self.group)}, "
            f"for {printable(self.consumer)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        name = printable(self.consumer)
        counted = "its delivery count rises by one" if self.count_delivery else ""
        told = [
            f"Each goes from {held_in_words(self.entries.by_consumer)} to {name}; its idle time "
            f"restarts, {counted or 'its delivery count stays'}.",
            f"{name} receives it when it reads its own pending entries (XREADGROUP from an ID, "
            "not from >).",
            "Entries that change before you confirm are skipped.",
        ]
        if self.new_consumer:
            told.append(
                f"{name} is new in this group: the claim creates it, and removes it again if "
                "nothing is claimed."
            )
        if self.without_payload:
            told.insert(0, self._without_payload())
        return tuple(told)

    def _without_payload(self) -> str:
        have = "has" if self.without_payload == 1 else "have"
        return f"{self.without_payload:,} of {self.total:,} {have} no payload: " + (
            "claiming drops them from the pending entries list."
            if self.drops_without_payload
            else "there is nothing left in them to work on."
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head = (
            *(b"EVAL", script("held", "claim"), b"1", from_name(self.stream)),
            *(from_name(self.group), from_name(self.consumer)),
            b"count" if self.count_delivery else b"",
        )
        for rows in in_batches(self.entries):
            yield held_step((*head, *as_seen(rows, clock(), self.min_idle_ms)), rows)
