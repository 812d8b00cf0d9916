"""Symfony Messenger: one field `message`, a PHP-serialized string of JSON.

The JSON is {"body": ..., "headers": ...}. Depending on the serializer the body is JSON, or
the output of PHP's serialize() after addslashes(), or that in base64.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import as_text, encoded, mapping
from streamtop.decode.formats import php, text_encodings
from streamtop.decode.limits import LARGEST, SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_SLASHED = re.compile(rb"\\(.)", re.DOTALL)


def read(entry: Entry) -> Decoded | None:
    """A message: its class, body, headers and stamps."""
    if len(entry.fields) != 1 or entry.fields[0][0] != b"message" or entry.size > LARGEST:
        return None
    raw = entry.fields[0][1]
    with suppress(ValueError):
        raw = php.string(raw)
    envelope = mapping(raw)
    if envelope is None or not isinstance(envelope.get("body"), str) or "headers" not in envelope:
        return None
    headers = envelope["headers"]
    headers = headers if isinstance(headers, dict) else {}
    body, kind = _body(as_text(envelope["body"]).encode("utf-8", "surrogatepass"))
    kind = as_text(headers["type"]) if "type" in headers else kind
    short = kind.rpartition("\\")[2]
    return Decoded(
        "symfony",
        f"{short} {body.line}".strip()[:SUMMARY],
        (("message", short),) if short else (),
        tuple((name, as_text(value)) for name, value in headers.items()),
        (("body", body),),
    )


def _body(raw: bytes) -> tuple[Body, str]:
    """The body, and the class of its message; empty if the body is not PHP."""
    for candidate in (raw, _SLASHED.sub(_stripped, raw), text_encodings.from_base64(raw) or b""):
        with suppress(ValueError, OverflowError):
            tree = php.php(candidate)
            return Body(encoded(tree)), _class(tree)
    return Body(raw), ""


def _stripped(slashed: re.Match[bytes]) -> bytes:
    """The character that PHP's addslashes() escaped; a NUL was written as the digit 0."""
    return b"\0" if slashed[1] == b"0" else slashed[1]


def _class(tree: Json) -> str:
    """The class of the message in an envelope, or else of the object itself."""
    if not isinstance(tree, dict):
        return ""
    message = tree.get("message")
    inner = message.get(php.CLASS) if isinstance(message, dict) else None
    name = inner or tree.get(php.CLASS)
    return name if isinstance(name, str) else ""
