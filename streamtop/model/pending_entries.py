"""Pending entries in compact form: a million of them take about 50 MB."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, overload

from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PendingOrder = Literal["id", "consumer", "idle", "deliveries"]


class PendingEntries(Sequence[PendingEntry]):
    """Pending entries as they were seen, in the order in which they were added.

    Each is stored as five numbers and made into a `PendingEntry` on access.

    >>> entries = PendingEntries([PendingEntry(EntryId(5, 1), "w1", 200, 1, seen_at=3.0)])
    >>> entries[0].consumer, len(entries), entries.by_consumer
    ('w1', 1, {'w1': 1})
    """

    def __init__(self, rows: Iterable[PendingEntry] = ()) -> None:
        self.by_consumer: dict[str, int] = {}
        """How many entries each consumer holds; "" for released ones."""
        self._names: list[str] = []
        self._number: dict[str, int] = {}
        self._ms, self._seq = array("Q"), array("Q")
        self._idle, self._deliveries = array("q"), array("q")
        self._consumer = array("L")
        self._seen_at: list[float] = []
        self._seen_from: list[int] = []
        for row in rows:
            self.add(row)

    def add(self, row: PendingEntry) -> None:
        """Append an entry."""
        if row.consumer not in self._number:
            self._number[row.consumer] = len(self._names)
            self._names.append(row.consumer)
            self.by_consumer[row.consumer] = 0
        self.by_consumer[row.consumer] += 1
        if not self._seen_at or self._seen_at[-1] != row.seen_at:
            self._seen_at.append(row.seen_at)
            self._seen_from.append(len(self._ms))
        self._ms.append(row.id.ms)
        self._seq.append(row.id.seq)
        self._consumer.append(self._number[row.consumer])
        self._idle.append(row.idle_ms)
        self._deliveries.append(row.deliveries)

    @property
    def ids(self) -> list[EntryId]:
        """The IDs of all entries."""
        return [EntryId(ms, seq) for ms, seq in zip(self._ms, self._seq, strict=True)]

    def in_order(self) -> PendingEntries:
        """The same entries, lowest ID first."""
        if all(first <= then for first, then in pairwise(zip(self._ms, self._seq, strict=True))):
            return self
        order = sorted(range(len(self)), key=lambda at: (self._ms[at], self._seq[at]))
        return PendingEntries(self[at] for at in order)

    def foremost(
        self, order: PendingOrder, most: int, *, descending: bool = False
    ) -> list[PendingEntry]:
        """The first of them in an order, as many as wanted.

        Args:
            order: What they are compared by; equal ones stay in the order they were added.
            most: Their number at most.
            descending: Whether the largest come first.

        Returns:
            The entries, lowest ID first.
        """
        keys: dict[PendingOrder, Callable[[int], object]] = {
            "id": lambda at: (self._ms[at], self._seq[at]),
            "consumer": lambda at: self._names[self._consumer[at]],
            "idle": self._idle.__getitem__,
            "deliveries": self._deliveries.__getitem__,
        }
        choose = heapq.nlargest if descending else heapq.nsmallest
        places = choose(most, range(len(self)), key=keys[order])  # type: ignore[arg-type] # they compare
        return sorted((self[at] for at in places), key=lambda row: row.id)

    def __len__(self) -> int:
        return len(self._ms)

    @overload
    def __getitem__(self, at: int) -> PendingEntry: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[PendingEntry, ...]: ...

    def __getitem__(self, at: int | slice) -> PendingEntry | tuple[PendingEntry, ...]:
        if isinstance(at, slice):
            return tuple(self[index] for index in range(*at.indices(len(self))))
        index = range(len(self))[at]
        return PendingEntry(
            EntryId(self._ms[index], self._seq[index]),
            self._names[self._consumer[index]],
            self._idle[index],
            self._deliveries[index],
            self._seen_at[bisect_right(self._seen_from, index) - 1],
        )
