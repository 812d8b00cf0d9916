"""The ends of a stream: its length, its first and last IDs and its counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId


@dataclass(frozen=True, slots=True)
class Edges:
    """A stream as XINFO STREAM reports it, without the payloads of its first and last entry."""

    length: int
    """At the time of the reply."""
    last_generated_id: EntryId
    first_entry_id: EntryId | None
    """`None` when the stream is empty."""
    last_entry_id: EntryId | None
    entries_added: int | None
    """Entries added since the stream was created. `None` before Redis 7.0."""
    max_deleted_entry_id: EntryId | None
    """`None` before Redis 7.0."""
