"""Conditions that select pending entries of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.entries import Entry, PendingEntry
    from streamtop.model.ids import EntryId


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions on pending entries; entries must match every one that is not `None`."""

    idle_over_ms: int | None = None
    """Idle for longer than this, in milliseconds; released entries always match."""
    deliveries_least: int | None = None
    """Delivered at least this often."""
    consumer: str | None = None
    """Held by this consumer; "" for released ones."""
    contains: bytes | None = None
    """A field name or value of the entry contains these bytes."""
    up_to: EntryId | None = None
    """The entry's ID is not above this one."""

    @property
    def needs_payload(self) -> bool:
        """Whether the conditions can only be checked on the entries themselves."""
        return self.contains is not None

    def admits(self, row: PendingEntry) -> bool:
        """Whether a pending entry matches all conditions that need no payload."""
        if self.idle_over_ms is not None and 0 <= row.idle_ms <= self.idle_over_ms:
            return False
        if self.deliveries_least is not None and row.deliveries < self.deliveries_least:
            return False
        if self.up_to is not None and row.id > self.up_to:
            return False
        return self.consumer is None or row.consumer == self.consumer

    def admits_payload(self, entry: Entry | None) -> bool:
        """Whether an entry matches the condition on its payload; `None` if it has none."""
        if self.contains is None:
            return True
        return entry is not None and any(
            self.contains in field or self.contains in value for field, value in entry.fields
        )
