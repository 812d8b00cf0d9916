"""Entries and pending entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId

Fields = tuple[tuple[bytes, bytes], ...]
"""Pairs of field and value in the order of the XADD, duplicates kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream, byte for byte."""

    id: EntryId
    fields: Fields

    @property
    def size(self) -> int:
        """Bytes of all fields and values."""
        return sum(len(field) + len(value) for field, value in self.fields)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Consecutive entries of a stream."""

    entries: tuple[Entry, ...]
    """In the requested order: newest first, or oldest first."""
    complete: bool
    """Whether no entry lies further in the direction that was read."""


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry that was delivered to a consumer and not acknowledged, from XPENDING."""

    id: EntryId
    consumer: str
    """The consumer that holds it; empty if it was released (XNACK)."""
    idle_ms: int
    """Milliseconds from its last delivery to the reply; -1 if it was released."""
    deliveries: int
    """How often it was delivered: a hint, since clients may set it."""
    seen_at: float
    """When the reply was received, in seconds of this machine's monotonic clock."""

    def idle_at_least(self, now: float) -> int:
        """The minimum idle time at `now`, in milliseconds, of an entry untouched since `seen_at`.

        `now` is a time of the same clock. The time between the server's reply and `seen_at`
        is not counted, so that no untouched entry is younger than this.
        """
        return max(0, self.idle_ms) + max(0, int((now - self.seen_at) * 1000) - CLOCK_SLACK_MS)


CLOCK_SLACK_MS = 10
"""How far the server's clock may fall behind this machine's between a reply and a command."""
