"""The loaded part of a stream: consecutive entries, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtop.model.entries import Entry, EntryPage

MOST, MOST_BYTES = 1_000, 64_000_000
"""Maximum entries and bytes of a window; a single larger entry is kept."""


@dataclass(frozen=True, slots=True)
class EntryWindow:
    """Entries, newest first, and whether the stream continues at either end."""

    entries: tuple[Entry, ...] = ()
    at_newest: bool = True
    """Whether there was nothing newer when the window was loaded."""
    at_oldest: bool = False
    """Whether there was nothing older."""

    @property
    def octets(self) -> int:
        """Bytes of all entries."""
        return sum(entry.size for entry in self.entries)

    def older(self, page: EntryPage) -> EntryWindow:
        """The window with older entries; the newest are dropped if there are too many.

        Args:
            page: Read newest first, from the window's last entry on.
        """
        entries = (*self.entries, *page.entries)
        kept = bounded(reversed(entries))
        return EntryWindow(
            tuple(reversed(kept)), self.at_newest and len(kept) == len(entries), page.complete
        )

    def newer(self, page: EntryPage) -> EntryWindow:
        """The window with newer entries; the oldest are dropped if there are too many.

        Args:
            page: Read oldest first, from the window's first entry on.
        """
        entries = (*reversed(page.entries), *self.entries)
        kept = bounded(entries)
        at_oldest = self.at_oldest and len(kept) == len(entries)
        return EntryWindow(tuple(kept), page.complete, at_oldest)

    def beyond(self) -> EntryWindow:
        """The same window, with newer entries known to exist."""
        return replace(self, at_newest=False)


def from_newest(page: EntryPage) -> EntryWindow:
    """The window at the newest end, from a page read newest first."""
    return EntryWindow(tuple(page.entries), at_newest=True, at_oldest=page.complete)


def from_oldest(page: EntryPage) -> EntryWindow:
    """The window at the oldest end, from a page read oldest first."""
    return EntryWindow(tuple(reversed(page.entries)), at_newest=page.complete, at_oldest=True)


def around(older: EntryPage, newer: EntryPage) -> EntryWindow:
    """The window around a position.

    Args:
        older: The entries up to the position, read newest first.
        newer: The entries after it, read oldest first.
    """
    entries = (*reversed(newer.entries), *older.entries)
    return EntryWindow(entries, at_newest=newer.complete, at_oldest=older.complete)


def bounded(entries: Iterable[Entry]) -> Sequence[Entry]:
    """The first entries, as many as a window may hold."""
    kept: list[Entry] = []
    octets = 0
    for entry in entries:
        octets += entry.size
        if kept and (len(kept) >= MOST or octets > MOST_BYTES):
            break
        kept.append(entry)
    return kept
