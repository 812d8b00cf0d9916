"""A compact sequence of copied entries: a million of them take about 100 MB."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations.undo_copy import Copied

if TYPE_CHECKING:
    from collections.abc import Iterable

_NONE = 2**32 - 1


class Copies(Sequence[Copied]):
    """Copies in the order in which they were added.

    >>> copies = Copies([Copied(EntryId(5, 1), "dlq", None)])
    >>> copies[0].to, len(copies)
    ('dlq', 1)
    """

    def __init__(self, rows: Iterable[Copied] = ()) -> None:
        self._ms, self._seq = array("Q"), array("Q")
        self._to, self._original = array("L"), array("L")
        self._names: list[str] = []
        self._number: dict[str, int] = {}
        self._originals = PendingEntries()
        for row in rows:
            self.add(row)

    def add(self, row: Copied) -> None:
        """Append a copy."""
        if row.to not in self._number:
            self._number[row.to] = len(self._names)
            self._names.append(row.to)
        self._ms.append(row.id.ms)
        self._seq.append(row.id.seq)
        self._to.append(self._number[row.to])
        self._original.append(_NONE if row.original is None else len(self._originals))
        if row.original is not None:
            self._originals.add(row.original)

    def __len__(self) -> int:
        return len(self._ms)

    @overload
    def __getitem__(self, at: int) -> Copied: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Copied, ...]: ...

    def __getitem__(self, at: int | slice) -> Copied | tuple[Copied, ...]:
        if isinstance(at, slice):
            return tuple(self[index] for index in range(*at.indices(len(self))))
        index = range(len(self))[at]
        original = self._original[index]
        return Copied(
            EntryId(self._ms[index], self._seq[index]),
            self._names[self._to[index]],
            None if original == _NONE else self._originals[original],
        )
