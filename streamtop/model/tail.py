"""How many entries a live view has skipped because the stream was too fast for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO, EntryId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.edges import Edges

_KEPT = 10_000
"""Maximum entries shown between two looks."""


@dataclass
class Tail:
    """Compares the entries shown with those added.

    Attributes:
        skipped: Entries added but not shown, as of the last look that the view has caught up
            with. `None` if the server does not count added entries (before 7.0), or if the
            stream was deleted and created again.
        jumped: Whether the view has skipped anything.
    """

    skipped: int | None = 0
    jumped: bool = False
    _added: int | None = None
    _since: EntryId | None = None
    _last: Edges | None = None
    _shown: int = 0
    _top: EntryId = ZERO
    _newest: deque[EntryId] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """The entries shown last, of which some may be newer than the next look."""

    def begin(self, edges: Edges | None) -> None:
        """Start counting at these edges."""
        self.skipped, self.jumped, self._shown = 0, False, 0
        self._last, self._top = edges, ZERO
        self._newest.clear()
        self._added = edges.entries_added if edges is not None else None
        self._since = edges.last_generated_id if edges is not None else None

    def show(self, ids: Iterable[EntryId]) -> None:
        """Count entries as shown, each once."""
        ids = list(ids)
        if not ids:
            return
        counted = [entry_id for entry_id in ids if self._since is None or entry_id > self._since]
        self._shown += len(counted)
        self._newest.extend(counted)
        self._top = max(self._top, *ids)
        self._count()

    def look(self, edges: Edges) -> None:
        """Take in the edges of a look, which count the entries added."""
        before, self._last = self._last, edges
        if before is not None and _recreated(before, edges):
            self._added = None  # how many were added in between is not known
        self._count()

    def _count(self) -> None:
        edges = self._last
        if edges is None or edges.entries_added is None or self._added is None:
            self.skipped = None if self.jumped else 0
            return
        if self._top < edges.last_generated_id:
            return  # entries of that look may still be shown
        newer = sum(entry_id > edges.last_generated_id for entry_id in self._newest)
        skipped = edges.entries_added - self._added - (self._shown - newer)
        self.skipped = skipped if skipped >= 0 else None


def _recreated(before: Edges, now: Edges) -> bool:
    """Whether a stream was deleted and created again."""
    return now.last_generated_id < before.last_generated_id or (
        (now.entries_added or 0) < (before.entries_added or 0)
    )
