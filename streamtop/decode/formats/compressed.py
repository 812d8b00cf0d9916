"""gzip, zlib, zstd and lz4, expanded only up to a limit, so that a bomb stays small."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from streamtop.decode.limits import EXPANDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.decode.values import Extent


class Opened(NamedTuple):
    """The content of a compressed value."""

    format: str
    raw: bytes
    extent: Extent = "whole"

    @property
    def note(self) -> str:
        """What is missing from the content, in words; empty when it is whole."""
        match self.extent:
            case "bounded":
                return f"opened as far as its first {len(self.raw):,} bytes"
            case "truncated":
                return "cut short"
            case "unopened":
                return f"{self.format} can be read once streamtop[formats] is installed"
        return ""


def opened(raw: bytes) -> Opened | None:
    """The content of a compressed value; `None` if its bytes are something else."""
    for name, magic, opener in _FORMATS:
        if raw.startswith(magic):
            return opener(name, raw)
    if len(raw) > 2 and raw[0] == 0x78 and int.from_bytes(raw[:2], "big") % 31 == 0:
        return _zlib("zlib", raw)
    return None


def _zlib(name: str, raw: bytes) -> Opened | None:
    inflater = zlib.decompressobj(wbits=47)
    try:
        content = inflater.decompress(raw, EXPANDED)
    except zlib.error:
        return None
    if not inflater.eof and not content:
        return None
    return Opened(name, content, "whole" if inflater.eof else _unfinished(content))


def _zstd(name: str, raw: bytes) -> Opened | None:
    try:
        import zstandard
    except ImportError:
        return Opened(name, b"", "unopened")
    try:
        stream = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(raw)
        content: bytes = stream.read(EXPANDED)
        more = bool(stream.read(1))
    except (zstandard.ZstdError, MemoryError):
        return None
    return Opened(name, content, _unfinished(content) if more else "whole")


def _lz4(name: str, raw: bytes) -> Opened | None:
    try:
        import lz4.frame
    except ImportError:
        return Opened(name, b"", "unopened")
    inflater = lz4.frame.LZ4FrameDecompressor()
    try:
        content: bytes = inflater.decompress(raw, EXPANDED)
    except (RuntimeError, EOFError, MemoryError):
        return None
    return Opened(name, content, "whole" if inflater.eof else _unfinished(content))


def _unfinished(content: bytes) -> Extent:
    """Why there is more: our own limit, or else the end of the data."""
    return "bounded" if len(content) >= EXPANDED else "truncated"


_FORMATS: tuple[tuple[str, bytes, Callable[[str, bytes], Opened | None]], ...] = (
    ("gzip", b"\x1f\x8b\x08", _zlib),
    ("zstd", b"\x28\xb5\x2f\xfd", _zstd),
    ("lz4", b"\x04\x22\x4d\x18", _lz4),
)
