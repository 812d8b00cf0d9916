"""Hand over all that a consumer holds to another, and then remove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Outcome, Params, Step, entries_in_words, script
from streamtop.operations.pending_steps import PendingOperation, as_seen, held_step, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Reply


@dataclass(frozen=True, slots=True)
class HandOver(PendingOperation):
    """Gives all that one consumer holds to another, and removes the first if it is then empty.

    The delivery counts stay. Entries that the first consumer has read meanwhile stay with it,
    and then it is not removed; the server checks and removes it in one script.

    Source:
        https://redis.io/docs/latest/commands/xclaim/
    """

    NAME: ClassVar[OperationName] = "handover"

    stream: str
    group: str
    from_consumer: str
    to_consumer: str
    entries: PendingEntries
    """All that the first consumer holds."""
    remove: bool = True
    """Whether to remove the first consumer afterwards."""
    new_consumer: bool = False
    """Whether the hand-over creates the second consumer."""

    @property
    def needs(self) -> tuple[str, ...]:
        removes = ("XGROUP DELCONSUMER", "XINFO CONSUMERS") if self.remove else ()
        return self._needing(*removes) if self.entries else ("EVAL", *removes)

    @property
    def total(self) -> int:
        return len(self.entries) + self.remove

    @property
    def params(self) -> Params:
        return {
            "from_consumer": self.from_consumer,
            "to_consumer": self.to_consumer,
            "remove": self.remove,
        }

    @property
    def question(self) -> str:
        holder, receiver = printable(self.from_consumer), printable(self.to_consumer)
        question = (
            f"Hand over {entries_in_words(len(self.entries))} of {printable(self.stream)}, group "
            f"{printable(self.group)}, from {holder} to {receiver}"
        )
        return f"{question}, and remove {holder}?" if self.remove else f"{question}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        holder, receiver = printable(self.from_consumer), printable(self.to_consumer)
        told = [
            "The idle time of each restarts, its delivery count stays.",
            f"{receiver} receives them when it reads its own pending entries (XREADGROUP from an "
            "ID, not from >).",
            f"Entries that {holder} reads before you confirm, and those that change, are skipped.",
        ]
        if self.remove:
            told.append(
                f"{holder} is removed only if it then holds nothing, so no pending entry is lost. "
                "If it is still running, its next XREADGROUP creates it again."
            )
        if self.new_consumer:
            told.append(f"{receiver} is new in this group: it is created with its first entry.")
        return tuple(told)

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        key = (b"1", from_name(self.stream), from_name(self.group))
        head = (b"EVAL", script("held", "claim"), *key, from_name(self.to_consumer), b"")
        for rows in in_batches(self.entries):
            yield held_step((*head, *as_seen(rows, clock())), rows)
        if self.remove:
            name = from_name(self.from_consumer)
            yield Step((b"EVAL", script("remove_consumer"), *key, name, b"0"), self._removed)

    def _removed(self, reply: Reply) -> list[Outcome]:
        """The outcome of the removal."""
        holder = printable(self.from_consumer)
        match reply:
            case [b"done", *_]:
                return [Outcome(None, "done", f"{holder} was removed")]
            case [b"skipped", b"holds", _]:
                why = f"{holder} stays: it still holds pending entries"
                return [Outcome(None, "skipped", why)]
            case [b"skipped", b"gone"]:
                return [Outcome(None, "skipped", f"{holder} was no longer there")]
            case _:
                return [Outcome(None, "failed", "the server gave an unknown answer")]
