"""What decoders ask of an entry's fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from streamtop.decode.formats import json_text
from streamtop.decode.limits import LARGEST
from streamtop.model.text import to_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry


def by_name(entry: Entry) -> dict[bytes, bytes] | None:
    """The values by their fields; `None` where a field comes twice, as with no framework."""
    found = dict(entry.fields)
    return found if len(found) == len(entry.fields) else None


def mapping(raw: bytes) -> dict[str, Json] | None:
    """A JSON object; `None` when it is anything else, or too large."""
    if len(raw) > LARGEST or raw.lstrip(b" \t\r\n")[:1] != b"{":
        return None
    try:
        value = json_text.parse(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def encoded(value: Json) -> bytes:
    """A value as JSON again."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        # numbers beyond 64 bits, and texts with odd bytes
        return json.dumps(value).encode()


def told(value: Json) -> str:
    """A value of JSON as a word: texts as they are, the others as JSON.

    >>> told("a"), told(None), told([1, "b"])
    ('a', 'null', '[1,"b"]')
    """
    return value if isinstance(value, str) else encoded(value).decode()


def texts(pairs: Iterable[tuple[str, Json]]) -> tuple[tuple[str, str], ...]:
    """Names with their values as words; those that are null are left out."""
    return tuple((name, told(value)) for name, value in pairs if value is not None)


def facts(found: Mapping[str, Json], *names: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The facts that are there, under our names.

    Args:
        found: Where to look.
        names: Pairs of our name and theirs; the first that is there of the same name of ours
            is taken.
    """
    taken: dict[str, str] = {}
    for ours, theirs in names:
        value = found.get(theirs)
        if value not in (None, "") and ours not in taken:
            taken[ours] = told(value)
    return tuple(taken.items())


def text(raw: bytes) -> str:
    """A value of a field as text, whatever its bytes; the first megabyte of it."""
    return to_name(raw[:LARGEST])


TRACING = (
    ("correlation", "correlation_id"),
    ("correlation", "correlation-id"),
    ("correlation", "correlationId"),
    ("trace", "traceparent"),
)
"""Headers that tell what belongs together, by our names."""
