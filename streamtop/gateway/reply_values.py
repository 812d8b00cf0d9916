"""The values in replies: rows of names and values, IDs, numbers; pure.

All functions raise ValueError for a reply of another shape, as from an unknown server.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.source import Reply


def to_rows(reply: Reply) -> list[Reply]:
    """A list."""
    if not isinstance(reply, list):
        raise ValueError("not a list")
    return reply


def to_table(reply: Reply, names: tuple[bytes, ...]) -> Iterator[tuple[Reply, ...]]:
    """The values of some names in each row; `None` for a name that is missing.

    All rows of a reply have the same names in the same order.
    """
    rows = to_rows(reply)
    if not rows:
        return iter(())
    layout = tuple(to_rows(rows[0])[::2])
    for row in rows:
        to_rows(row).append(None)  # the value at -1, for missing names
    try:
        pick = _picker(names, layout)
        return iter([pick(row) for row in rows])
    except (IndexError, TypeError):
        raise ValueError("not rows of names and values") from None


@lru_cache(maxsize=64)
def _picker(
    names: tuple[bytes, ...], layout: tuple[Reply, ...]
) -> Callable[[Reply], tuple[Reply, ...]]:
    """A function that returns the values of some names in a row; at -1 for missing names.

    Args:
        names: At least two.
        layout: The names of the row, in its order.
    """
    indexes = [layout.index(name) * 2 + 1 if name in layout else -1 for name in names]
    return cast("Callable[[Reply], tuple[Reply, ...]]", itemgetter(*indexes))


@lru_cache(maxsize=1 << 15)
def _parsed(raw: bytes) -> EntryId:
    """An ID, cached: most are the same from look to look."""
    ms, _, seq = raw.partition(b"-")
    return EntryId(int(ms), int(seq))


def to_id(raw: Reply) -> EntryId:
    """An ID."""
    if not isinstance(raw, bytes):
        raise ValueError("not an entry ID")
    return _parsed(raw)


def to_new_id(raw: Reply) -> EntryId:
    """An ID that is unlikely to be seen again, so it is not cached."""
    if not isinstance(raw, bytes):
        raise ValueError("not an entry ID")
    return EntryId.parse(raw)


def to_number(number: Reply) -> int:
    """An integer."""
    if not isinstance(number, int):
        raise ValueError("not a number")
    return number


def to_bytes(raw: Reply) -> bytes:
    """A name."""
    if not isinstance(raw, bytes):
        raise ValueError("not a name")
    return raw
