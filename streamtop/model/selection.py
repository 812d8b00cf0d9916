"""Which pending entries of a group are meant, said by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.entries import Entry, PendingEntry
    from streamtop.model.ids import EntryId


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions on pending entries; those that are given must all hold."""

    idle_over_ms: int | None = None
    """Idle for longer than so many milliseconds; a released entry counts as idle for ever."""
    deliveries_least: int | None = None
    """Delivered so many times or more."""
    consumer: str | None = None
    """Held by this consumer; "" for released ones."""
    contains: bytes | None = None
    """A field or a value of the entry holds these bytes."""
    up_to: EntryId | None = None
    """No entry after this one."""

    @property
    def needs_payload(self) -> bool:
        """Whether the entries themselves must be read."""
        return self.contains is not None

    def admits(self, row: PendingEntry) -> bool:
        """Whether a pending entry is meant, as far as can be told without its payload."""
        if self.idle_over_ms is not None and 0 <= row.idle_ms <= self.idle_over_ms:
            return False
        if self.deliveries_least is not None and row.deliveries < self.deliveries_least:
            return False
        if self.up_to is not None and row.id > self.up_to:
            return False
        return self.consumer is None or row.consumer == self.consumer

    def admits_payload(self, entry: Entry | None) -> bool:
        """Whether an entry is meant, by its payload; one without is meant if none is asked for."""
        if self.contains is None:
            return True
        return entry is not None and any(
            self.contains in field or self.contains in value for field, value in entry.fields
        )
