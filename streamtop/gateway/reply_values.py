"""What all replies are made of: rows of names and values, IDs, numbers; pure.

Anything else than what is expected is a ValueError: the server is not one we know.
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
    """The values under some names, for each row; `None` under a name that is not there.

    The rows of one reply have the names in one order.
    """
    rows = to_rows(reply)
    if not rows:
        return iter(())
    layout = tuple(to_rows(rows[0])[::2])
    for row in rows:
        to_rows(row).append(None)  # what stands at -1
    try:
        pick = _picker(names, layout)
        return iter([pick(row) for row in rows])
    except (IndexError, TypeError):
        raise ValueError("not rows of names and values") from None


@lru_cache(maxsize=64)
def _picker(
    names: tuple[bytes, ...], layout: tuple[Reply, ...]
) -> Callable[[Reply], tuple[Reply, ...]]:
    """What takes the values under some names from a row; at -1 those that it has not.

    Args:
        names: Two at least.
        layout: The names that the row has, in its order.
    """
    places = [layout.index(name) * 2 + 1 if name in layout else -1 for name in names]
    return cast("Callable[[Reply], tuple[Reply, ...]]", itemgetter(*places))


@lru_cache(maxsize=1 << 15)
def _parsed(raw: bytes) -> EntryId:
    """Most IDs are the same from look to look."""
    ms, _, seq = raw.partition(b"-")
    return EntryId(int(ms), int(seq))


def to_id(raw: Reply) -> EntryId:
    """An ID as the server writes it."""
    if not isinstance(raw, bytes):
        raise ValueError("not an entry ID")
    return _parsed(raw)


def to_new_id(raw: Reply) -> EntryId:
    """An ID that will hardly be seen again: it does not crowd out those that will."""
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
