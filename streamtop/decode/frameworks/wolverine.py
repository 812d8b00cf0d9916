"""Wolverine (.NET): `payload` and `wolverine-` headers; dead letters with their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import by_name, facts, text
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_PREFIX = b"wolverine-"
_DEAD = {b"envelope-id", b"message-type", b"exception-type"}
_FACTS = (
    ("message", "message-type"),
    ("failed", "exception-type"),
    ("id", "id"),
    ("id", "envelope-id"),
    ("correlation", "correlation-id"),
    ("attempts", "attempts"),
)


def read(entry: Entry) -> Decoded | None:
    """A message: its type and headers, and the error if it failed."""
    fields = by_name(entry)
    if fields is None:
        return None
    dead = fields.keys() >= _DEAD
    if not dead and not (b"payload" in fields and any(n.startswith(_PREFIX) for n in fields)):
        return None
    headers = {
        text(name.removeprefix(_PREFIX)): text(value)
        for name, value in fields.items()
        if name != b"payload"
    }
    body = Body(fields.get(b"payload", b""))
    known: dict[str, Json] = {**headers}
    kind = headers.get("message-type", "").rpartition(".")[2]
    why = headers.get("exception-message", "") if dead else body.line
    return Decoded(
        "wolverine",
        f"{kind} {why}".strip()[:SUMMARY],
        facts(known, *_FACTS),
        tuple(headers.items()),
        (("payload", body),) if b"payload" in fields else (),
    )
