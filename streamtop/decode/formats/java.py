"""Java serialization: recognised and named by its class, but never deserialized."""

from __future__ import annotations

from streamtop.model.text import printable_bytes

MAGIC = b"\xac\xed\x00\x05"
_STRING, _OBJECT, _CLASS = 0x74, 0x73, 0x72


def java(raw: bytes) -> str | None:
    r"""The first object of a Java stream, in words; `None` if the bytes are something else.

    >>> java(MAGIC + b"sr\x00\x04User")
    'an object of the class User'
    >>> java(MAGIC + b"t\x00\x05hello")
    'the text hello'
    """
    if not raw.startswith(MAGIC) or len(raw) < 8:
        return None
    kind, rest = raw[4], raw[5:]
    if kind == _OBJECT and rest[0] == _CLASS:
        return f"an object of the class {_text(rest[1:])}"
    if kind == _STRING:
        return f"the text {_text(rest)}"
    return "something other than an object"


def _text(raw: bytes) -> str:
    length = int.from_bytes(raw[:2], "big")
    return printable_bytes(raw[2 : 2 + min(length, 300)])
