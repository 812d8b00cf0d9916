"""How many entries a live view has left out: a stream may be faster than the eye."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO, EntryId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.edges import Edges

_KEPT = 10_000
"""Entries that may be shown between two looks, at most."""


@dataclass
class Tail:
    """Counts what was shown against what was added, as far as the server counts it.

    Attributes:
        skipped: Entries that were added and not shown, as of the last look that what is shown
            has caught up with; `None` where the server does not count what is added (before
            7.0), and of a stream that was made anew meanwhile.
        jumped: Whether anything was left out at all.
    """

    skipped: int | None = 0
    jumped: bool = False
    _added: int | None = None
    _since: EntryId | None = None
    _last: Edges | None = None
    _shown: int = 0
    _top: EntryId = ZERO
    _newest: deque[EntryId] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """What was shown last: some of it may be newer than the next look."""

    def begin(self, edges: Edges | None) -> None:
        """From here on everything counts."""
        self.skipped, self.jumped, self._shown = 0, False, 0
        self._last, self._top = edges, ZERO
        self._newest.clear()
        self._added = edges.entries_added if edges is not None else None
        self._since = edges.last_generated_id if edges is not None else None

    def show(self, ids: Iterable[EntryId]) -> None:
        """These entries were shown, each once."""
        ids = list(ids)
        if not ids:
            return
        counted = [each for each in ids if self._since is None or each > self._since]
        self._shown += len(counted)
        self._newest.extend(counted)
        self._top = max(self._top, *ids)
        self._count()

    def look(self, edges: Edges) -> None:
        """A look saw how many were ever added."""
        before, self._last = self._last, edges
        if before is not None and _made_anew(before, edges):
            self._added = None  # nothing is known of what was added in between
        self._count()

    def _count(self) -> None:
        edges = self._last
        if edges is None or edges.entries_added is None or self._added is None:
            self.skipped = None if self.jumped else 0
            return
        if self._top < edges.last_generated_id:
            return  # what the look saw may still be shown
        newer = sum(entry_id > edges.last_generated_id for entry_id in self._newest)
        skipped = edges.entries_added - self._added - (self._shown - newer)
        self.skipped = skipped if skipped >= 0 else None


def _made_anew(before: Edges, now: Edges) -> bool:
    """Whether a stream was deleted and another one made: adding is counted on."""
    return now.last_generated_id < before.last_generated_id or (
        (now.entries_added or 0) < (before.entries_added or 0)
    )
