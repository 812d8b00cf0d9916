"""Bytes and names as text that is safe to show anywhere, without control characters."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal would act on, or not show at all."""


def to_name(raw: bytes) -> str:
    r"""A name as text that `from_name` converts back to the same bytes, whatever they are.

    >>> from_name(to_name(b"caf\xe9")) == b"caf\xe9"
    True
    """
    return raw.decode("utf-8", errors="surrogateescape")


def from_name(name: str) -> bytes:
    """The bytes of a name that `to_name` returned."""
    return name.encode("utf-8", errors="surrogateescape")


def printable(text: str) -> str:
    r"""A text with everything invisible escaped.

    Control characters, line ends, directional overrides and joiners become `\xNN`,
    `\uNNNN` or `\n`; bytes that were not UTF-8 become `\xNN`.

    >>> printable("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    >>> printable(to_name(b"caf\xe9")), printable("注文")
    ('caf\\xe9', '注文')
    """
    if text.isascii() and text.isprintable():
        return text
    escaped = {
        ord(character): _escaped(character)
        for character in set(text)
        if unicodedata.category(character) in _HIDDEN
    }
    return text.translate(escaped) if escaped else text


def printable_bytes(raw: bytes) -> str:
    r"""Bytes as text, escaped as by `printable`.

    >>> printable_bytes(b"\x00\xff ok")
    '\\x00\\xff ok'
    """
    return printable(to_name(raw))


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that surrogateescape carried through
        return f"\\x{code - 0xDC00:02x}"
    return repr(character)[1:-1] if code < 0xD800 or code > 0xDFFF else f"\\u{code:04x}"
