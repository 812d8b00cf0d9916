"""Sorting and filtering of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Comparable(Protocol):
    """Anything that `sorted` can order."""

    def __lt__(self, other: object, /) -> bool:
        """Whether this value comes first."""


RowT = TypeVar("RowT")


def in_order(
    rows: Iterable[RowT], key: Callable[[RowT], object], *, descending: bool = False
) -> list[RowT]:
    """The rows sorted by a key; those whose key is `None` come last in either direction.

    Rows with equal keys keep their order.

    >>> in_order([2, None, 3, 1], lambda n: n, descending=True)
    [3, 2, 1, None]
    """
    known: list[tuple[Comparable, RowT]] = []
    unknown: list[RowT] = []
    for row in rows:
        value = key(row)
        if value is None:
            unknown.append(row)
        else:
            known.append((value, row))  # type: ignore[arg-type] # keys of one column compare
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in known] + unknown


def matches(text: str, needle: str) -> bool:
    """Whether all words of a filter occur in a text, in any case and order.

    >>> matches("orders:EU", "eu ord"), matches("orders", "eu"), matches("x", "")
    (True, False, True)
    """
    folded = text.casefold()
    return all(word in folded for word in needle.casefold().split())
