"""gzip, zlib, zstd and lz4, opened no further than is shown: a bomb stays small."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from streamtop.decode.limits import EXPANDED

if TYPE_CHECKING:
    from collections.abc import Callable


class Opened(NamedTuple):
    """What was in a compressed value."""

    format: str
    raw: bytes
    note: str = ""


def opened(raw: bytes) -> Opened | None:
    """What is in a compressed value, `None` when it is none; empty if it cannot be opened."""
    for name, magic, opener in _FORMATS:
        if raw.startswith(magic):
            return opener(name, raw)
    if len(raw) > 2 and raw[0] == 0x78 and int.from_bytes(raw[:2], "big") % 31 == 0:
        return _zlib("zlib", raw)
    return None


def _zlib(name: str, raw: bytes) -> Opened | None:
    inflater = zlib.decompressobj(wbits=47)
    try:
        found = inflater.decompress(raw, EXPANDED)
    except zlib.error:
        return None
    if not inflater.eof and not found:
        return None
    return Opened(name, found, "" if inflater.eof else _cut(len(found)))


def _zstd(name: str, raw: bytes) -> Opened | None:
    try:
        import zstandard
    except ImportError:
        return Opened(name, b"", _missing(name))
    try:
        stream = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(raw)
        found: bytes = stream.read(EXPANDED)
        more = bool(stream.read(1))
    except (zstandard.ZstdError, MemoryError):
        return None
    return Opened(name, found, _cut(len(found)) if more else "")


def _lz4(name: str, raw: bytes) -> Opened | None:
    try:
        import lz4.frame
    except ImportError:
        return Opened(name, b"", _missing(name))
    inflater = lz4.frame.LZ4FrameDecompressor()
    try:
        found: bytes = inflater.decompress(raw, EXPANDED)
    except (RuntimeError, EOFError, MemoryError):
        return None
    return Opened(name, found, "" if inflater.eof else _cut(len(found)))


def _cut(length: int) -> str:
    return f"opened as far as its first {length:,} bytes" if length >= EXPANDED else "cut short"


def _missing(name: str) -> str:
    return f"{name} can be read once streamtop[formats] is installed"


_FORMATS: tuple[tuple[str, bytes, Callable[[str, bytes], Opened | None]], ...] = (
    ("gzip", b"\x1f\x8b\x08", _zlib),
    ("zstd", b"\x28\xb5\x2f\xfd", _zstd),
    ("lz4", b"\x04\x22\x4d\x18", _lz4),
)
