"""A stream with one group, as servers of three generations count it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from streamtop.model import lag as lags
from streamtop.model.edges import Edges
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.lag import Lag
from streamtop.model.snapshot import Group, Stream

Generation = Literal["before 7", "counts one by one", "leaps"]
GENERATIONS: tuple[Generation, ...] = ("before 7", "counts one by one", "leaps")
"""What a server makes of entries-read where entries were trimmed unread."""


@dataclass
class SimulatedGroup:
    """A group `g` of a stream `s` that knows what was delivered and what was trimmed unread."""

    generation: Generation = "leaps"
    counts: bool = True
    """Whether every lag is proven."""
    ids: list[int] = field(default_factory=list)
    added: int = 0
    position: int = 0
    read: int = 0
    pending: int = 0
    max_deleted: int = 0
    delivered: int = 0
    lost: int = 0

    def add(self, count: int) -> None:
        self.ids += range(self.added + 1, self.added + count + 1)
        self.added += count

    def trim(self, count: int) -> None:
        self.lost += sum(entry > self.position for entry in self.ids[:count])
        del self.ids[:count]

    def delete(self, index: int) -> None:
        if self.ids:
            self.max_deleted = max(self.max_deleted, self.ids.pop(index % len(self.ids)))

    def deliver(self, count: int) -> None:
        for entry in [entry for entry in self.ids if entry > self.position][:count]:
            self.position = entry
            self.read = entry if self.generation == "leaps" else self.read + 1
            self.pending += 1
            self.delivered += 1

    def acknowledge(self, count: int) -> None:
        self.pending = max(0, self.pending - count)

    def edges(self) -> Edges:
        old = self.generation == "before 7"
        return Edges(
            length=len(self.ids),
            last_generated_id=EntryId(self.added, 0),
            first_entry_id=EntryId(self.ids[0], 0) if self.ids else None,
            last_entry_id=EntryId(self.ids[-1], 0) if self.ids else None,
            entries_added=None if old else self.added,
            max_deleted_entry_id=None if old else EntryId(self.max_deleted, 0),
        )

    def group(self) -> Group:
        position = EntryId(self.position, 0) if self.position else ZERO
        unread = [entry for entry in self.ids if entry > self.position]
        lag = lags.judge_lag(
            reported=None, last_delivered_id=position, length=len(self.ids), edges=self.edges()
        )
        if lag.trust != "exact" and self.counts:
            lag = Lag(len(unread), "exact", "Counted.")
        first = EntryId(unread[0], 0) if unread else None
        read = None if self.generation == "before 7" else self.read
        return Group("g", position, read, self.pending, lag, undelivered_id=first)

    def stream(self, *, fresh: bool = True) -> Stream:
        """The stream as a look sees it; without XINFO STREAM if it is not `fresh`."""
        edges = self.edges() if fresh else None
        return Stream("s", len(self.ids), edges, edges_fresh=fresh, groups=(self.group(),))
