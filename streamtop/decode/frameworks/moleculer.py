"""Channels of Moleculer: `payload` and `headers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import TRACING, by_name, facts, mapping, texts

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_FACTS = (
    ("failed", "x-error-message"),
    ("from", "x-original-channel"),
    ("group", "x-original-group"),
    ("id", "x-original-id"),
    *TRACING,
)


def read(entry: Entry) -> Decoded | None:
    """A message: its payload and headers; for a dead letter its origin and error."""
    fields = by_name(entry)
    if fields is None or fields.keys() != {b"payload", b"headers"}:
        return None
    headers: dict[str, Json] | None = mapping(fields[b"headers"])
    if headers is None:
        return None
    body = Body(fields[b"payload"])
    return Decoded(
        "moleculer",
        body.line,
        facts(headers, *_FACTS),
        texts(headers.items()),
        (("payload", body),),
    )
