"""Columns as values: title, width, cell and order stand in one place and cannot drift apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtop.ui.text import Cell

RowT = TypeVar("RowT")
GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column(Generic[RowT]):
    """One column of a table."""

    title: str
    width: int
    """In cells; the least width of a column that grows."""
    cell: Callable[[RowT], Cell]
    order: Callable[[RowT], object] | None = None
    """The key to sort by; rows whose key is `None` come last. `None`: not sortable."""
    right: bool = True
    """Whether it is aligned to the right, as numbers are."""
    keep: int = 50
    """The columns with the least of this go first when the terminal narrows."""
    grow: int = 0
    """The share of the room that is left over."""
    most: int = 10_000
    """The greatest width, in cells, that a column that grows may have."""
    descending: bool = True
    """Whether its first order is from the largest down, as with numbers."""


Placed = tuple[Column[RowT], int]
"""A column and the width it was given."""


def place(columns: Sequence[Column[RowT]], room: int) -> tuple[Placed[RowT], ...]:
    """The columns that fit, in their order, with their widths.

    Columns are dropped from the least `keep` upwards until the rest fit; at least one
    stays. What is left over goes to those that grow.
    """
    chosen = list(columns)
    while len(chosen) > 1 and _needed(chosen) > room:
        chosen.remove(min(chosen, key=lambda column: column.keep))
    widths = [column.width for column in chosen]
    spare = room - _needed(chosen)
    if spare < 0:
        return tuple(zip(chosen, [max(1, room)], strict=True))
    growing = [index for index, column in enumerate(chosen) if column.grow]
    while spare > 0 and growing:
        shares = sum(chosen[index].grow for index in growing)
        given = 0
        for index in growing:
            extra = max(1, spare * chosen[index].grow // shares)
            extra = min(extra, chosen[index].most - widths[index], spare - given)
            widths[index] += extra
            given += extra
        spare -= given
        growing = [index for index in growing if widths[index] < chosen[index].most]
    return tuple(zip(chosen, widths, strict=True))


def _needed(columns: Sequence[Column[RowT]]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)
