"""What FastStream writes: one field `__data__`, in a binary frame or (before 0.6) as JSON.

The frame: 8 bytes of magic, u16 version = 1, u32 where the headers start, u32 where the
data start, all big-endian; at the headers a u16 count, then for each a u16 length, the
name, a u16 length, the value. The lengths count characters, so they are wrong where a
header is not ASCII: the data start is trusted, the headers are read as far as they go.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import msgspec

FIELD = b"__data__"
_MAGIC = b"\x89BIN\x0d\x0a\x1a\x0a"
_FRAME = struct.Struct(">HII")


class _Envelope(msgspec.Struct):
    data: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message out of its frame."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


def parse(value: bytes) -> Message | None:
    """The message in a value of the field `__data__`; `None` if it is no frame of FastStream's."""
    if value.startswith(_MAGIC):
        return _binary(value)
    try:
        envelope = msgspec.json.decode(value, type=_Envelope)
    except (ValueError, RecursionError):
        return None
    return Message(envelope.data.encode(), tuple(envelope.headers.items()))


def _binary(value: bytes) -> Message | None:
    if len(value) < len(_MAGIC) + _FRAME.size:
        return None
    version, headers_at, data_at = _FRAME.unpack_from(value, len(_MAGIC))
    if version != 1 or not headers_at <= data_at <= len(value):
        return None
    return Message(value[data_at:], tuple(_headers(value[headers_at:data_at])))


def _headers(raw: bytes) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    words: list[str] = []
    at = 2
    while at + 2 <= len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        word = raw[at + 2 : at + 2 + length]
        if len(word) < length:
            break
        words.append(word.decode("utf-8", "surrogateescape"))
        at += 2 + length
    for name, value in zip(words[::2], words[1::2], strict=False):
        found.append((name, value))
    return found
