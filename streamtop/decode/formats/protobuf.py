"""Protocol buffers without their schema: field numbers and wire types.

Nothing identifies the format, so a match is only a guess.

Source:
    https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from streamtop.decode.limits import NODES
from streamtop.model.text import printable_bytes

if TYPE_CHECKING:
    from streamtop.decode.values import Json

GUESSED = "maybe protobuf"
"""The name of the format: nothing proves that a value has it."""
_HIGHEST = 20_000
"""The highest field number that is believed."""
_DEEPEST = 10


def protobuf(raw: bytes) -> Json:
    r"""The fields of a message: number, wire type and value; also those of inner messages.

    Raises:
        ValueError: If the bytes cannot be one message.

    >>> protobuf(b"\x08\x96\x01\x12\x03caf")
    [{'field': 1, 'type': 'varint', 'value': 150}, {'field': 2, 'type': 'bytes', 'value': 'caf'}]
    """
    if len(raw) < 2:
        raise ValueError("too short to tell")
    return _Reader(NODES).message(raw, 0)


class _Reader:
    def __init__(self, left: int) -> None:
        self._left = left

    def message(self, raw: bytes, depth: int) -> list[Json]:
        fields: list[Json] = []
        at = 0
        while at < len(raw):
            self._left -= 1
            if self._left < 0:
                raise ValueError("too much of it")
            tag, at = _varint(raw, at)
            number, wire = tag >> 3, tag & 7
            if not 0 < number <= _HIGHEST:
                raise ValueError("no field number")
            kind, value, at = self._value(raw, at, wire, depth)
            fields.append({"field": number, "type": kind, "value": value})
        return fields

    def _value(self, raw: bytes, at: int, wire: int, depth: int) -> tuple[str, Json, int]:
        match wire:
            case 0:
                number, at = _varint(raw, at)
                return "varint", number, at
            case 1 | 5:
                size = 8 if wire == 1 else 4
                piece = raw[at : at + size]
                if len(piece) < size:
                    raise ValueError("cut short")
                return (
                    f"fixed{size * 8}",
                    struct.unpack("<Q" if size == 8 else "<I", piece)[0],
                    (at + size),
                )
            case 2:
                length, at = _varint(raw, at)
                piece = raw[at : at + length]
                if len(piece) < length:
                    raise ValueError("cut short")
                kind, value = self._bytes(piece, depth)
                return kind, value, at + length
        raise ValueError("no wire type")

    def _bytes(self, piece: bytes, depth: int) -> tuple[str, Json]:
        """Text if possible, else a message if possible, else bytes."""
        text = printable_bytes(piece)
        if "\\x" in text and depth < _DEEPEST and len(piece) > 1:
            try:
                return "message", self.message(piece, depth + 1)
            except ValueError:
                return "bytes", text
        return "bytes", text


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(raw):
            raise ValueError("cut short")
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("no number")
