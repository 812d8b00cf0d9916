"""DotNetCore.CAP: `headers` in JSON, `body` as a JSON string of base64."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import TRACING, by_name, facts, mapping, texts
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

_FACTS = (
    ("message", "cap-msg-name"),
    ("id", "cap-msg-id"),
    ("correlation", "cap-corr-id"),
    ("type", "cap-msg-type"),
    ("failed", "cap-exception"),
)


def read(entry: Entry) -> Decoded | None:
    """A message: its name, its headers, its body."""
    fields = by_name(entry)
    if fields is None or fields.keys() != {b"headers", b"body"}:
        return None
    headers = mapping(fields[b"headers"])
    if headers is None or not any(name.startswith("cap-") for name in headers):
        return None
    body = Body(fields[b"body"])
    name = headers.get("cap-msg-name")
    return Decoded(
        "cap",
        f"{name} {body.line}"[:SUMMARY] if isinstance(name, str) else body.line,
        facts(headers, *_FACTS, *TRACING),
        texts(headers.items()),
        (("body", body),),
    )
