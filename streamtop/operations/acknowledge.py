"""Acknowledge pending entries (XACK)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.text import from_name, printable
from streamtop.operations.core import Outcome, Receipt, entries_in_words, held_in_words
from streamtop.source import SourceError

if TYPE_CHECKING:
    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.source import Command, Source


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Takes entries from a group's pending entries list.

    One XACK for each entry: the server answers how many were removed, and only so is it
    known which.

    Source:
        https://redis.io/docs/latest/commands/xack/
    """

    stream: str
    group: str
    entries: tuple[PendingEntry, ...]

    @property
    def verb(self) -> str:
        """The word on the button."""
        return "Acknowledge"

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """The entries."""
        return tuple(entry.id for entry in self.entries)

    @property
    def question(self) -> str:
        """What would be done."""
        count = entries_in_words(len(self.entries))
        return f"Acknowledge {count} of {printable(self.stream)} for {printable(self.group)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        """What follows."""
        return (
            f"Each leaves the pending entries list of {printable(self.group)} and is never "
            "delivered to it again; it stays in the stream.",
            f"Held now by {held_in_words(self.entries)}.",
        )

    def commands(self, now: float) -> tuple[Command, ...]:
        """One XACK for each entry."""
        stream, group = from_name(self.stream), from_name(self.group)
        return tuple((b"XACK", stream, group, bytes(each)) for each in self.ids)

    async def run(self, source: Source, now: float) -> Receipt:
        """Send them; an entry that was pending no longer is skipped."""
        replies = await source.write(self.commands(now))
        outcomes = []
        for entry_id, reply in zip(self.ids, replies, strict=True):
            if isinstance(reply, SourceError):
                outcomes.append(Outcome(entry_id, "failed", str(reply)))
            elif reply == 1:
                outcomes.append(Outcome(entry_id, "done"))
            else:
                outcomes.append(Outcome(entry_id, "skipped", "it was no longer pending"))
        return Receipt(self.verb, tuple(outcomes))
