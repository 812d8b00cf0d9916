"""FastStream: one field `__data__`, in a binary frame or (before 0.6) in JSON.

The frame: 8 bytes of magic, u16 version = 1, u32 offset of the headers, u32 offset of the
data, all big-endian. The headers: a u16 count, then for each a u16 length, the name, a u16
length, the value. The lengths count characters, so they are wrong if a header is not ASCII:
only the offset of the data is trusted, and headers are read as far as possible.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import TRACING, facts
from streamtop.decode.limits import LARGEST

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

_FIELD = b"__data__"
_HEADERS = 100_000
"""Maximum bytes of headers that are read."""
_MAGIC = b"\x89BIN\x0d\x0a\x1a\x0a"
_FRAME = struct.Struct(">HII")
Headers = tuple[tuple[str, str], ...]


class _Envelope(msgspec.Struct):
    data: str
    headers: dict[str, str]


def read(entry: Entry) -> Decoded | None:
    """A message: its body and its headers."""
    if len(entry.fields) != 1 or entry.fields[0][0] != _FIELD:
        return None
    value = entry.fields[0][1]
    message = _binary(value) if value.startswith(_MAGIC) else _json(value)
    if message is None:
        return None
    payload, headers = message
    body = Body(payload)
    return Decoded(
        "faststream",
        body.line,
        facts(dict(headers), *TRACING, ("reply to", "reply_to"), ("type", "content-type")),
        headers,
        (("body", body),),
    )


def _json(value: bytes) -> tuple[bytes, Headers] | None:
    if len(value) > LARGEST:
        return None
    try:
        envelope = msgspec.json.decode(value, type=_Envelope)
    except (ValueError, RecursionError):
        return None
    return envelope.data.encode(), tuple(envelope.headers.items())


def _binary(value: bytes) -> tuple[bytes, Headers] | None:
    if len(value) < len(_MAGIC) + _FRAME.size:
        return None
    version, headers_at, data_at = _FRAME.unpack_from(value, len(_MAGIC))
    if version != 1 or not headers_at <= data_at <= len(value):
        return None
    return value[data_at:], tuple(_headers(value[headers_at : min(data_at, headers_at + _HEADERS)]))


def _headers(raw: bytes) -> list[tuple[str, str]]:
    words: list[str] = []
    at = 2
    while at + 2 <= len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        word = raw[at + 2 : at + 2 + length]
        if len(word) < length:
            break
        words.append(word.decode("utf-8", "surrogateescape"))
        at += 2 + length
    return list(zip(words[::2], words[1::2], strict=False))
