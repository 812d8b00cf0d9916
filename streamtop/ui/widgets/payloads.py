"""A cache of the payloads of pending entries, bounded in time and memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop import decode
from streamtop.ui.rows import Payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId

FRESH = 10.0
"""Seconds after which a payload is fetched again: it may have been deleted."""
LARGE, MOST_KEPT = 100_000, 64_000_000
"""The least size of an entry that is kept whole, and the most bytes of all that are."""
GONE = Payload("(payload gone)", gone=True)


class Payloads:
    """Payloads by ID."""

    def __init__(self) -> None:
        self._known: dict[EntryId, Payload] = {}
        self._at = 0.0

    def get(self, entry_id: EntryId) -> Payload | None:
        """The payload of an entry; `None` if unknown."""
        return self._known.get(entry_id)

    def clear(self) -> None:
        """Drop everything."""
        self._known.clear()

    def grow_old(self, now: float) -> None:
        """Drop small payloads that may have changed; to fetch large ones again would cost much."""
        if now - self._at > FRESH:
            self._at = now
            self._known = {
                entry_id: known
                for entry_id, known in self._known.items()
                if known.gone or known.entry is not None
            }

    def gone(self, entry_id: EntryId) -> None:
        """Record that an entry is no longer in the stream."""
        self._known[entry_id] = GONE

    def take(self, entries: Mapping[EntryId, Entry | None]) -> None:
        """Add fetched entries; `None` for one that is gone."""
        for entry_id, entry in entries.items():
            self._known[entry_id] = GONE if entry is None else self._payload(entry)

    def _payload(self, entry: Entry) -> Payload:
        """The payload of an entry; the latest large ones are kept whole."""
        if entry.size < LARGE:
            return Payload(decode.summary(entry))
        room = MOST_KEPT - entry.size
        for entry_id, known in reversed(list(self._known.items())):
            room -= known.entry.size if known.entry is not None else 0
            if room < 0 and known.entry is not None:
                self._known[entry_id] = replace(known, entry=None)
        return Payload(decode.summary(entry), entry=entry)
