"""MessagePack and CBOR: only maps and arrays, since any byte is a valid number in both."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from streamtop.decode.formats.json_values import plain

if TYPE_CHECKING:
    from streamtop.decode.values import Json

_TAGGED = b"\xd9\xd9\xf7", b"\xd9\x01\x00", b"\xd8\x1c"
"""First bytes of tagged CBOR values: self-described, with string or with value references."""


def msgpack(raw: bytes) -> Json:
    r"""A MessagePack map or array.

    Raises:
        ValueError: If the bytes are anything else, or more than one value.

    >>> msgpack(b"\x81\xa1a\x92\x01\xc4\x01\xff")
    {'a': [1, '\\xff']}
    """
    if not (0x80 <= raw[0] <= 0x9F or 0xDC <= raw[0] <= 0xDF):
        raise ValueError("neither a map nor an array")
    try:
        return plain(msgspec.msgpack.decode(raw))
    except (RecursionError, TypeError, OverflowError) as error:
        raise ValueError("no MessagePack") from error


def cbor(raw: bytes) -> Json:
    """A CBOR map or array, or any tagged CBOR value.

    Raises:
        ValueError: If the bytes are anything else, or more than one value.
        ImportError: If the library is not installed.
    """
    if not (raw.startswith(_TAGGED) or 0x80 <= raw[0] <= 0xBF):
        raise ValueError("neither a map nor an array")
    import cbor2

    stream = BytesIO(raw)
    try:
        value = cbor2.CBORDecoder(stream).decode()
        if stream.tell() != len(raw) and stream.read(1):
            raise ValueError("there is more")
        return plain(value, nodes=len(raw))
    except (
        *(cbor2.CBORDecodeError, ArithmeticError, EOFError, MemoryError),
        *(RecursionError, TypeError, AttributeError, LookupError),
    ) as error:
        raise ValueError("no CBOR") from error
