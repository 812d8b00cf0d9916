"""Replay entries: a copy to the same or another stream, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.entries import PendingEntry
from streamtop.model.text import from_name, printable, printable_bytes
from streamtop.operations.core import Outcome, Receipt, entries_in_words, script
from streamtop.source import SourceError

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.source import Command, Reply, Source


@dataclass(frozen=True, slots=True)
class Replay:
    """Adds copies of entries, in the order of their IDs; order of fields, duplicates, bytes kept.

    One script for each entry reads, adds and, if asked, acknowledges in one step of the
    server: an entry is never copied without its acknowledgement, nor the other way round.
    """

    stream: str
    to: str
    """The stream that the copies are added to."""
    entries: tuple[PendingEntry | EntryId, ...]
    """As seen pending, which an acknowledgement needs, or IDs alone."""
    acknowledge: str | None = None
    """The group for which the originals are acknowledged."""

    @property
    def verb(self) -> str:
        """The word on the button."""
        return "Replay"

    @property
    def ordered(self) -> tuple[PendingEntry | EntryId, ...]:
        """The entries, oldest first: the copies come in the order of the originals."""
        return tuple(sorted(self.entries, key=_id))

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """The entries."""
        return tuple(map(_id, self.ordered))

    @property
    def question(self) -> str:
        """What would be done."""
        count = entries_in_words(len(self.entries))
        told = f"Replay {count} of {printable(self.stream)} to {printable(self.to)}"
        if self.acknowledge is not None:
            told += f" and acknowledge the originals for {printable(self.acknowledge)}"
        return told + "?"

    @property
    def consequences(self) -> tuple[str, ...]:
        """What follows."""
        told = [
            f"{printable(self.to)} gets a copy of each with a new ID, at its end: every group "
            "that reads it is given the copies.",
            "Fields, values and their order are kept byte for byte.",
        ]
        if self.acknowledge is None:
            told.append("The originals stay as they are, pending ones too.")
        else:
            told.append(
                "Each original is acknowledged in the same atomic step as its copy; one that "
                "moves before you answer is neither copied nor acknowledged."
            )
        return tuple(told)

    def commands(self, now: float) -> tuple[Command, ...]:
        """One EVAL of the replay script for each entry."""
        head: Command = (
            b"EVAL",
            script("replay"),
            b"2",
            from_name(self.stream),
            from_name(self.to),
        )
        return tuple((*head, bytes(_id(entry)), *self._held(entry, now)) for entry in self.ordered)

    def _held(self, entry: PendingEntry | EntryId, now: float) -> Command:
        """The words by which the script knows an entry that moved."""
        if self.acknowledge is None or not isinstance(entry, PendingEntry):
            return ()
        idle = b"%d" % entry.idle_at_least(now)
        return (from_name(self.acknowledge), from_name(entry.consumer), idle)

    async def run(self, source: Source, now: float) -> Receipt:
        """Send them; each answers for itself."""
        replies = await source.write(self.commands(now))
        return Receipt(
            self.verb,
            tuple(
                self._outcome(entry_id, reply)
                for entry_id, reply in zip(self.ids, replies, strict=True)
            ),
        )

    def _outcome(self, entry_id: EntryId, reply: Reply | SourceError) -> Outcome:
        match reply:
            case [b"done", bytes(copy)]:
                return Outcome(entry_id, "done", f"copied as {printable_bytes(copy)}")
            case [b"skipped", b"gone"]:
                return Outcome(entry_id, "skipped", "it is no longer in the stream")
            case [b"skipped", b"acknowledged"]:
                return Outcome(entry_id, "skipped", "it was acknowledged meanwhile")
            case [b"skipped", b"moved", bytes(holder)]:
                name = printable_bytes(holder) or "(released)"
                return Outcome(entry_id, "skipped", f"it moved to {name} meanwhile")
            case [b"skipped", b"again"]:
                return Outcome(entry_id, "skipped", "it was delivered again meanwhile")
            case [b"failed", b"fields"]:
                return Outcome(entry_id, "failed", "it has more fields than a script can copy")
            case SourceError():
                return Outcome(entry_id, "failed", str(reply))
            case _:
                return Outcome(entry_id, "failed", "the server gave no answer that is known")


def _id(entry: PendingEntry | EntryId) -> EntryId:
    return entry.id if isinstance(entry, PendingEntry) else entry
