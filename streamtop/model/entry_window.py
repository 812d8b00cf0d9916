"""The stretch of a stream that is loaded: entries next to each other, the newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtop.model.entries import Entry, EntryPage

MOST, MOST_BYTES = 1_000, 64_000_000
"""Entries and bytes that are kept, at most: one entry is, however large."""


@dataclass(frozen=True, slots=True)
class EntryWindow:
    """Entries in the order newest first, and whether the stream goes on beyond either end."""

    entries: tuple[Entry, ...] = ()
    at_newest: bool = True
    """Whether nothing newer was there when the stretch was loaded."""
    at_oldest: bool = False
    """Whether nothing older was there."""

    @property
    def octets(self) -> int:
        """Bytes of all entries."""
        return sum(entry.size for entry in self.entries)

    def older(self, page: EntryPage) -> EntryWindow:
        """Grown by a page that was read newest first from its last entry; bounded at the top."""
        entries = (*self.entries, *page.entries)
        kept = bounded(reversed(entries))
        return EntryWindow(
            tuple(reversed(kept)), self.at_newest and len(kept) == len(entries), page.complete
        )

    def newer(self, page: EntryPage) -> EntryWindow:
        """Grown by a page that was read oldest first from its first entry; bounded at the end."""
        entries = (*reversed(page.entries), *self.entries)
        kept = bounded(entries)
        at_oldest = self.at_oldest and len(kept) == len(entries)
        return EntryWindow(tuple(kept), page.complete, at_oldest)

    def beyond(self) -> EntryWindow:
        """The same, with something newer known to be there."""
        return replace(self, at_newest=False)


def from_newest(page: EntryPage) -> EntryWindow:
    """A stretch at the newest end, from a page that was read newest first."""
    return EntryWindow(tuple(page.entries), at_newest=True, at_oldest=page.complete)


def from_oldest(page: EntryPage) -> EntryWindow:
    """A stretch at the oldest end, from a page that was read oldest first."""
    return EntryWindow(tuple(reversed(page.entries)), at_newest=page.complete, at_oldest=True)


def around(older: EntryPage, newer: EntryPage) -> EntryWindow:
    """A stretch around a place: a page newest first up to it, and one oldest first behind it."""
    entries = (*reversed(newer.entries), *older.entries)
    return EntryWindow(entries, at_newest=newer.complete, at_oldest=older.complete)


def bounded(entries: Iterable[Entry]) -> Sequence[Entry]:
    """The first of these entries, as many as may be kept."""
    kept: list[Entry] = []
    octets = 0
    for entry in entries:
        octets += entry.size
        if kept and (len(kept) >= MOST or octets > MOST_BYTES):
            break
        kept.append(entry)
    return kept
