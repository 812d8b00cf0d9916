"""Columns as values: the title, width, cell and order of each stand in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from streamtop.ui.text import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RowT = TypeVar("RowT")
FigureT = TypeVar("FigureT", int, float | None)
GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column(Generic[RowT]):
    """One column of a table."""

    title: str
    width: int
    """Width in cells; of a column that grows, the least width."""
    cell: Callable[[RowT], Cell]
    order: Callable[[RowT], object] | None = None
    """The key to sort by; rows whose key is `None` come last. `None`: not sortable."""
    right: bool = True
    """Whether it is aligned to the right."""
    keep: int = 50
    """The rank: when the terminal narrows, columns with the lowest are left out first."""
    grow: int = 0
    """The share of spare width that it gets."""
    most: int = 10_000
    """The greatest width in cells."""
    descending: bool = True
    """Whether sorting by it begins with the largest."""


def text_column(
    title: str,
    width: int,
    text: Callable[[RowT], str],
    *,
    keep: int,
    grow: int = 0,
    most: int = 10_000,
) -> Column[RowT]:
    """A sortable column of texts."""
    return Column(
        title,
        width,
        lambda row: Cell(text(row)),
        order=text,
        right=False,
        keep=keep,
        grow=grow,
        most=most,
        descending=False,
    )


def figure_column(
    title: str,
    width: int,
    value: Callable[[RowT], FigureT],
    fmt: Callable[[FigureT], str],
    *,
    keep: int,
) -> Column[RowT]:
    """A sortable column of numbers; zeros and unknown ones are dim."""

    def cell(row: RowT) -> Cell:
        number = value(row)
        return Cell(fmt(number), "plain" if number else "dim")

    return Column(title, width, cell, order=value, keep=keep)


Placed = tuple[Column[RowT], int]
"""A column and its width on screen."""


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
        used = 0
        for index in growing:
            extra = max(1, spare * chosen[index].grow // shares)
            extra = min(extra, chosen[index].most - widths[index], spare - used)
            widths[index] += extra
            used += extra
        spare -= used
        growing = [index for index in growing if widths[index] < chosen[index].most]
    return tuple(zip(chosen, widths, strict=True))


def _needed(columns: Sequence[Column[RowT]]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)
