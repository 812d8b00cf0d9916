"""Values of an entry's fields, as decoders need them."""

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
    """The values by field; `None` if a field occurs twice, as in no framework."""
    values = dict(entry.fields)
    return values if len(values) == len(entry.fields) else None


def mapping(raw: bytes) -> dict[str, Json] | None:
    """A JSON object; `None` if the bytes are anything else, or too large."""
    if len(raw) > LARGEST or raw.lstrip(b" \t\r\n")[:1] != b"{":
        return None
    try:
        value = json_text.parse(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def encoded(value: Json) -> bytes:
    """A value as JSON text."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        # numbers beyond 64 bits, and texts with odd bytes
        return json.dumps(value).encode()


def as_text(value: Json) -> str:
    """A value of JSON as text: strings as they are, other values as JSON.

    >>> as_text("a"), as_text(None), as_text([1, "b"])
    ('a', 'null', '[1,"b"]')
    """
    return value if isinstance(value, str) else encoded(value).decode()


def texts(pairs: Iterable[tuple[str, Json]]) -> tuple[tuple[str, str], ...]:
    """Names with their values as text; null values are left out."""
    return tuple((name, as_text(value)) for name, value in pairs if value is not None)


def facts(values: Mapping[str, Json], *names: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The known values under streamtop's names.

    Args:
        values: Values by the framework's names.
        names: Pairs of streamtop's name and the framework's. If several pairs have the same
            first name, the first of them with a value is used.
    """
    known: dict[str, str] = {}
    for ours, theirs in names:
        value = values.get(theirs)
        if value not in (None, "") and ours not in known:
            known[ours] = as_text(value)
    return tuple(known.items())


def text(raw: bytes) -> str:
    """The first megabyte of a value as text, whatever its bytes."""
    return to_name(raw[:LARGEST])


TRACING = (
    ("correlation", "correlation_id"),
    ("correlation", "correlation-id"),
    ("correlation", "correlationId"),
    ("trace", "traceparent"),
)
"""Headers that identify related messages, with streamtop's names."""
