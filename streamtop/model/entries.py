"""Entries and pending entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId

Fields = tuple[tuple[bytes, bytes], ...]
"""Field and value pairs in the order of the XADD, duplicates kept."""


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
    """A run of entries that stand next to each other in a stream."""

    entries: tuple[Entry, ...]
    """In the order asked for: newest first, or oldest first."""
    complete: bool
    """Whether the stream ends here: no entry lies further in the direction that was read."""


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry that was delivered to a consumer and not acknowledged, as XPENDING tells it."""

    id: EntryId
    consumer: str
    """Who holds it; empty when it was released (XNACK) and nobody does."""
    idle_ms: int
    """Milliseconds since it was last delivered, when it was seen; -1 when released."""
    deliveries: int
    """How often it was delivered: a hint, since clients may set it."""
    seen_at: float
    """When it was seen: seconds of this machine's monotonic clock, taken after the reply."""

    def idle_at_least(self, now: float) -> int:
        """Milliseconds that it must be idle at `now` if nobody has touched it since it was seen.

        `now` is a time of the clock of `seen_at`. The time between the server's answer and
        `seen_at` is left out, so an untouched entry is never younger than this.
        """
        return max(0, self.idle_ms) + max(0, int((now - self.seen_at) * 1000) - CLOCK_SLACK_MS)


CLOCK_SLACK_MS = 10
"""How far the server's clock may lag behind this machine's between a look and a command."""
