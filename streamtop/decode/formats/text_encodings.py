"""Texts with another meaning: base64, URL encoding, UUIDs, times; and hex dumps."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes
from uuid import UUID

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}={0,2}|[A-Za-z0-9_-]{8,}={0,2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SECONDS = 1_000_000_000, 4_000_000_000
"""Numbers in this range may be seconds since 1970; a thousand times larger, milliseconds."""


def from_base64(raw: bytes) -> bytes | None:
    """The bytes of a base64 text in either alphabet; `None` if it is something else."""
    word = raw.strip()
    if not _BASE64.fullmatch(word):
        return None
    padded = word.rstrip(b"=")
    if len(padded) % 4 == 1:
        return None
    alphabet = b"-_" if set(b"-_") & set(word) else b"+/"
    try:
        return base64.b64decode(padded + b"=" * (-len(padded) % 4), alphabet, validate=True)
    except (binascii.Error, ValueError):
        return None


def from_url(raw: bytes) -> bytes | None:
    """The JSON of a URL-encoded object or array; `None` if the text is something else.

    >>> from_url(b"%7B%22a%22%3A1%7D")
    b'{"a":1}'
    """
    return unquote_to_bytes(raw) if raw[:3].upper() in (b"%7B", b"%5B") else None


def meaning(text: str) -> str:
    """What a short text may mean, a UUID with its version or a time; empty if neither.

    >>> meaning("1769860800")
    '2026-01-31 12:00:00 UTC'
    >>> meaning("0198d3f0-5c00-7000-8000-000000000000")
    'UUID, version 7'
    """
    if len(text) == 36 and _UUID.fullmatch(text):
        version = UUID(text).version
        return f"UUID, version {version}" if version else "UUID"
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        if _SECONDS[0] <= seconds < _SECONDS[1]:
            precision = "milliseconds" if len(text) == 13 else "seconds"
            time = datetime.fromtimestamp(seconds, UTC).isoformat(" ", precision)
            return time.replace("+00:00", " UTC")
    return ""


def as_uuid(raw: bytes) -> str:
    """The UUID in 16 bytes, if its version and variant are valid; empty otherwise."""
    if len(raw) != 16 or raw[6] >> 4 not in range(1, 9) or raw[8] >> 6 != 2:
        return ""
    return str(UUID(bytes=raw))


def hex_dump(raw: bytes) -> str:
    r"""Bytes, 16 per line: offset, hexadecimal, and ASCII.

    >>> print(hex_dump(b"caf\xe9"))
    00000000  63 61 66 e9                                       |caf.|
    """
    lines = []
    for at in range(0, len(raw), 16):
        piece = raw[at : at + 16]
        digits = f"{piece[:8].hex(' ')}  {piece[8:].hex(' ')}"
        ascii_ = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        lines.append(f"{at:08x}  {digits:<48}  |{ascii_}|")
    return "\n".join(lines)
