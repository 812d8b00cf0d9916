"""Claim pending entries for a consumer (XCLAIM)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.text import from_name, printable
from streamtop.operations.core import Outcome, Receipt, entries_in_words, held_in_words, script
from streamtop.source import SourceError

if TYPE_CHECKING:
    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.source import Command, Reply, Source


@dataclass(frozen=True, slots=True)
class Claim:
    """Gives pending entries to a consumer; the delivery count stays (JUSTID).

    min-idle-time is what the entry's idle time must be by now if nobody has touched it
    since it was seen. So an entry that was claimed, read again or acknowledged meanwhile
    is left alone.

    Source:
        https://redis.io/docs/latest/commands/xclaim/
    """

    stream: str
    group: str
    consumer: str
    """The new holder."""
    entries: tuple[PendingEntry, ...]
    new_consumer: bool = False
    """Whether the group had no such consumer when it was chosen."""
    without_payload: int = 0
    """How many of the entries exist no more in the stream."""
    drops_without_payload: bool = True
    """Whether this server drops those from the pending entries list (7.0 and later)."""

    @property
    def verb(self) -> str:
        """The word on the button."""
        return "Claim"

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """The entries."""
        return tuple(entry.id for entry in self.entries)

    @property
    def question(self) -> str:
        """What would be done."""
        count = entries_in_words(len(self.entries))
        return (
            f"Claim {count} of {printable(self.stream)}, group {printable(self.group)}, "
            f"for {printable(self.consumer)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        """What follows."""
        told = [
            f"Each changes hands from {held_in_words(self.entries)} to "
            f"{printable(self.consumer)}; its idle time starts anew, its delivery count stays.",
            f"{printable(self.consumer)} is given it when it reads its own pending entries "
            "(XREADGROUP from an ID, not from >).",
            "One that moves before you answer is left alone.",
        ]
        if self.new_consumer:
            told.append(
                f"{printable(self.consumer)} is new in this group: the claim creates it, and it "
                "is removed again should nothing be claimed."
            )
        if self.without_payload:
            count = entries_in_words(self.without_payload)
            told.insert(
                0,
                f"{count} of them no longer in the stream: "
                + (
                    "claiming drops them from the pending entries list."
                    if self.drops_without_payload
                    else "there is nothing left in them to work on."
                ),
            )
        return tuple(told)

    def commands(self, now: float) -> tuple[Command, ...]:
        """One XCLAIM for each entry, since each has its own idle time."""
        stream, group = from_name(self.stream), from_name(self.group)
        consumer = from_name(self.consumer)
        return tuple(
            (
                *(b"XCLAIM", stream, group, consumer),
                *(b"%d" % entry.idle_at_least(now), bytes(entry.id), b"JUSTID"),
            )
            for entry in self.entries
        )

    async def run(self, source: Source, now: float) -> Receipt:
        """Send them, ask how the entries stand that were not claimed, leave no empty consumer."""
        replies = await source.write(self.commands(now))
        left = [
            entry_id
            for entry_id, reply in zip(self.ids, replies, strict=True)
            if not isinstance(reply, SourceError) and not reply
        ]
        why = await self._why_left(source, left)
        outcomes = tuple(
            _outcome(entry_id, reply, why.get(entry_id))
            for entry_id, reply in zip(self.ids, replies, strict=True)
        )
        note = None
        if self.new_consumer and not any(each.outcome == "done" for each in outcomes):
            note = await self._remove_if_empty(source)
        return Receipt(self.verb, outcomes, note)

    async def _why_left(self, source: Source, left: list[EntryId]) -> dict[EntryId, str]:
        """Why entries were not claimed, from how they are pending now."""
        if not left:
            return {}
        try:
            standing = await source.pending_now(self.stream, self.group, left)
        except SourceError:
            return dict.fromkeys(left, "it was not claimed")
        seen = {entry.id: entry for entry in self.entries}
        why = {}
        for entry_id, entry in zip(left, standing, strict=True):
            if entry is None:
                why[entry_id] = "it is no longer pending: acknowledged, or its payload is gone"
            elif entry.consumer != seen[entry_id].consumer:
                holder = printable(entry.consumer) or "(released)"
                why[entry_id] = f"it moved to {holder} meanwhile"
            else:
                why[entry_id] = f"{printable(entry.consumer)} was given it again meanwhile"
        return why

    async def _remove_if_empty(self, source: Source) -> str | None:
        """Take back the consumer that the claim created, unless it holds anything."""
        command: Command = (
            *(b"EVAL", script("remove_if_empty"), b"1", from_name(self.stream)),
            *(from_name(self.group), from_name(self.consumer)),
        )
        try:
            [reply] = await source.write([command])
        except SourceError:
            reply = None
        name = printable(self.consumer)
        if reply == 1:
            return f"Nothing was claimed; the new consumer {name} was removed again."
        return None


def _outcome(entry_id: EntryId, reply: Reply | SourceError, why_left: str | None) -> Outcome:
    if isinstance(reply, SourceError):
        return Outcome(entry_id, "failed", str(reply))
    if reply:
        return Outcome(entry_id, "done")
    return Outcome(entry_id, "skipped", why_left)
