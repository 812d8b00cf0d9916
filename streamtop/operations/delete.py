"""Delete entries of a stream (XDEL, XDELEX, XACKDEL)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name, printable
from streamtop.operations.operation import (
    CatalogueOperation,
    Outcome,
    Params,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.pending_steps import as_far, as_held, by_entry, was

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.entries import Fields, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command, Reply

Policy = Literal["plain", "keepref", "delref", "acked"]
"""What becomes of the references in pending entries lists; plain is XDEL, on every server."""
MANY = 100
"""Entries above which the stream's name is to be typed."""
AT_ONCE = 262_144
"""Bytes of payloads that one step answers with, roughly."""
_NOTES = {
    b"deleted": None,
    b"acknowledged": "acknowledged, and kept in the stream: another group still needs it",
    b"absent": "acknowledged; it was no longer in the stream",
}


@dataclass(frozen=True, slots=True)
class Delete(CatalogueOperation):
    """Deletes entries of a stream; the outcomes hold their contents.

    With a group it acknowledges them in the same step, skipping entries that another consumer
    has claimed since they were seen.

    Source:
        https://redis.io/docs/latest/commands/xdelex/
    """

    NAME: ClassVar[OperationName] = "delete"

    stream: str
    entries: tuple[EntryId, ...] | PendingEntries
    """As they were seen pending, if there is a group."""
    group: str | None = None
    """The group for which to acknowledge them."""
    policy: Policy = "plain"
    unread_by: tuple[str, ...] = ()
    """Groups that have not read all of them."""
    held_by: tuple[str, ...] = ()
    """Other groups in which some are pending."""

    def __post_init__(self) -> None:
        if self.group is not None and not isinstance(self.entries, PendingEntries):
            raise TypeError("what is acknowledged must have been seen pending")

    @property
    def typed(self) -> str | None:
        return self.stream if self.total > MANY else None

    @property
    def needs(self) -> tuple[str, ...]:
        if self.policy == "plain":
            return self._needing(*(("XACK", "XPENDING") if self.group is not None else ()))
        alone = "EVAL", "XRANGE"
        return (*alone, "XDELEX") if self.group is None else (*alone, "XACKDEL", "XPENDING")

    @property
    def total(self) -> int:
        return len(self.entries)

    @property
    def ids(self) -> Sequence[EntryId]:
        return self.entries.ids if isinstance(self.entries, PendingEntries) else self.entries

    @property
    def params(self) -> Params:
        return {"policy": self.policy, "acknowledged": self.group}

    @property
    def question(self) -> str:
        told = f"Delete {entries_in_words(self.total)} of {printable(self.stream)}"
        if self.group is not None:
            told += f" and acknowledge them for {printable(self.group)}"
        return told + "?"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [
            "This cannot be undone: a server never reuses an ID. The journal keeps their contents."
        ]
        if self.policy == "acked":
            told.append(
                "An entry is deleted only if every group has read and acknowledged it; the others "
                "stay in the stream."
            )
        else:
            told += self._other_groups()
        if self.group is not None:
            told.append(
                "Entries that change before you confirm are neither acknowledged nor deleted."
            )
        return tuple(told)

    def _other_groups(self) -> list[str]:
        told = []
        if self.unread_by:
            names = ", ".join(map(printable, self.unread_by))
            told.append(f"Groups that have not read all of them and never will: {names}.")
        if self.held_by:
            names = ", ".join(map(printable, self.held_by))
            told.append(
                f"They also leave the pending entries lists of other groups: {names}."
                if self.policy == "delref"
                else f"Groups in which some of them stay pending without a payload: {names}."
            )
        return told

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        policy = b"" if self.policy == "plain" else self.policy.upper().encode()
        held = () if self.group is None else (from_name(self.group),)
        head = (
            *(b"EVAL", script("held", "delete"), b"1", from_name(self.stream), policy),
            *(b"%d" % AT_ONCE, b"held" if held else b"", *held),
        )

        def of_ids(ids: Sequence[EntryId]) -> Step:
            return Step(
                (*head, *map(bytes, ids)), lambda reply: by_entry(ids, reply, _deleted), ids
            )

        def of_rows(rows: Sequence[PendingEntry]) -> Step:
            ids = [row.id for row in rows]
            command: Command = (*head, *as_held(rows))
            return Step(command, lambda reply: by_entry(ids, reply, _deleted), ids, rows)

        if held and isinstance(self.entries, PendingEntries):
            yield from as_far(self.entries, of_rows)
        else:
            yield from as_far(self.ids, of_ids)


def _deleted(entry_id: EntryId, words: list[Reply]) -> Outcome:
    """The outcome of an entry that was deleted, or at least acknowledged."""
    match words:
        case [bytes(what), list(fields), *rest] if what in _NOTES:
            kept = None if what != b"deleted" else _pairs(fields)
            return Outcome(entry_id, "done", _NOTES[what], was=was(rest), fields=kept)
        case _:
            return Outcome(entry_id, "failed", "the server gave an unknown answer")


def _pairs(words: list[Reply]) -> Fields:
    flat = [word for word in words if isinstance(word, bytes)]
    return tuple(zip(flat[::2], flat[1::2], strict=True))
