"""The format of a value that no framework explains, found layer by layer."""

from __future__ import annotations

import codecs
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.decode.formats import (
    compressed,
    json_text,
    msgpack_cbor,
    php,
    protobuf,
    text_encodings,
)
from streamtop.decode.formats.java import java
from streamtop.decode.formats.json_values import plain
from streamtop.decode.limits import DEEPEST, LARGEST, LAYERS, SHOWN, SUMMARY
from streamtop.decode.values import EXTENTS, Reading
from streamtop.model.text import printable, printable_bytes, to_name

if TYPE_CHECKING:
    from streamtop.decode.values import Extent, Json

_BY_CHANCE = protobuf.GUESSED, "UUID"
"""Formats that almost any word has once it is decoded as base64."""
_LEAST_BASE64 = 16
"""Minimum bytes of a base64 text whose content is text."""


def read(raw: bytes) -> Reading:
    """A decoded value. Whatever the bytes are, the result has a text to show."""
    return _read(raw, LAYERS)


def _read(raw: bytes, layers: int) -> Reading:
    return _understood(raw, layers) or as_text_or_bytes(raw)


def _understood(raw: bytes, layers: int) -> Reading | None:
    """The decoded value; `None` for plain text and for unknown bytes."""
    if len(raw) > LARGEST:
        return None
    return (
        _compressed(raw, layers)
        or _json(raw, layers)
        or _php(raw)
        or _java(raw)
        or _wrapped(raw, layers)
        or _binary(raw)
    )


def line(raw: bytes) -> str:
    """A value on one line; JSON without its white space, other structures as JSON."""
    head = raw[:1]
    if head in (b"{", b"["):
        return _json_line(raw)
    if len(raw) > LARGEST:
        return printable_bytes(raw[:SUMMARY])
    if len(raw) < _LEAST_BASE64 and raw.isascii() and raw[1:2] != b":":
        return printable_bytes(raw)
    reading = read(raw)
    if reading.formats[-1] in ("text", "bytes"):
        text = reading.tree if isinstance(reading.tree, str) else printable_bytes(raw[:SUMMARY])
        return printable(text[:SUMMARY])
    if isinstance(reading.tree, str):
        return printable(reading.tree[:SUMMARY])
    return _compact(reading.tree)[:SUMMARY]


def _json_line(raw: bytes) -> str:
    if len(raw) <= 4 * SHOWN and b"\n" in raw and json_text.depth(raw) <= DEEPEST:
        with suppress(ValueError, RecursionError):
            json_text.parse(raw)
            raw = json_text.squeezed(raw)
    return printable(json_text.unescaped(to_name(raw[: 2 * SUMMARY])))[:SUMMARY]


def _compact(tree: Json) -> str:
    return printable(json.dumps(tree, ensure_ascii=False, separators=(",", ":")))


# Layers around something else


def _compressed(raw: bytes, layers: int) -> Reading | None:
    opened = compressed.opened(raw) if layers else None
    if opened is None:
        return None
    if not opened.raw and opened.extent != "whole":
        return Reading(
            (opened.format,),
            None,
            text_encodings.hex_dump(raw[:SHOWN]),
            "hex",
            opened.note,
            extent=opened.extent,
        )
    return _around(opened.format, _read(opened.raw, layers - 1), opened.note, opened.extent)


def _wrapped(raw: bytes, layers: int) -> Reading | None:
    """Text that stands for bytes: a JSON string, base64, URL encoding."""
    if not layers or not raw.isascii():
        return None
    url = text_encodings.from_url(raw)
    if url is not None and json_text.is_json(url):
        return _around("URL encoded", _read(url, layers - 1))
    if raw[:1] == b'"':
        return _json_string(raw, layers)
    inner = text_encodings.from_base64(raw)
    if inner is None:
        return None
    reading = _understood(inner, layers - 1)
    if reading is None and inner.isascii() and len(raw) >= _LEAST_BASE64:
        reading = as_text_or_bytes(inner)
    if reading is None or reading.formats[0] in _BY_CHANCE or reading.extent == "truncated":
        return None
    return _around("base64", reading)


def _json_string(raw: bytes, layers: int) -> Reading | None:
    try:
        value = json_text.parse(raw)
    except ValueError:
        return None
    if not isinstance(value, str):
        return None
    return _around("JSON", _read(value.encode("utf-8", "surrogatepass"), layers - 1))


def _around(outer: str, inner: Reading, note: str = "", extent: Extent = "whole") -> Reading:
    return replace(
        inner,
        formats=(outer, *inner.formats),
        note=", ".join(filter(None, (note, inner.note))),
        extent=max(extent, inner.extent, key=EXTENTS.index),
    )


# The innermost format


def _json(raw: bytes, layers: int) -> Reading | None:
    if not layers or raw.lstrip(b" \t\r\n")[:1] not in (b"{", b"["):
        return None
    try:
        tree = json_text.parse(raw)
        pretty = json_text.indented(raw)
    except (ValueError, RecursionError):
        return None
    return replace(_laid_out(("JSON",), plain(tree), pretty), inner=raw)


def _php(raw: bytes) -> Reading | None:
    if raw[1:2] not in (b":", b";") or raw[:1] not in (b"a", b"O", b"s", b"C", b"E"):
        return None
    with suppress(ValueError, OverflowError):
        return _structure("PHP", php.php(raw))
    return None


def _java(raw: bytes) -> Reading | None:
    content = java(raw)
    if content is None:
        return None
    dump = text_encodings.hex_dump(raw[:SHOWN])
    return Reading(("Java",), content, dump, "hex", content, extent="unopened")


def _binary(raw: bytes) -> Reading | None:
    """Bytes that are not text: MessagePack, CBOR, a UUID, a pickle, maybe protocol buffers."""
    if not raw or _is_text(raw):
        return None
    with suppress(ValueError):
        return _structure("MessagePack", msgpack_cbor.msgpack(raw))
    with suppress(ValueError, ImportError):
        return _structure("CBOR", msgpack_cbor.cbor(raw))
    if uuid := text_encodings.as_uuid(raw):
        return Reading(("UUID",), uuid, uuid)
    if (pickled := _pickle(raw)) is not None:
        return pickled
    with suppress(ValueError):
        return _structure(protobuf.GUESSED, protobuf.protobuf(raw))
    return None


def _pickle(raw: bytes) -> Reading | None:
    if not (raw[:1] == b"\x80" and raw[1:2] in (b"\2", b"\3", b"\4", b"\5") and raw[-1:] == b"."):
        return None
    dump = text_encodings.hex_dump(raw[:SHOWN])
    note = "never opened: it could execute anything"
    return Reading(("pickle",), None, dump, "hex", note, extent="unopened")


def _structure(name: str, tree: Json) -> Reading:
    return _laid_out((name,), tree, json.dumps(tree, ensure_ascii=False, indent=2))


def _laid_out(formats: tuple[str, ...], tree: Json, pretty: str) -> Reading:
    note = _not_shown(len(pretty) - SHOWN, "characters")
    lines = (printable(json_text.unescaped(row)) for row in pretty[:SHOWN].split("\n"))
    return Reading(formats, tree, "\n".join(lines), "json", note)


def as_text_or_bytes(raw: bytes) -> Reading:
    """The first `SHOWN` bytes of a value: as text if they are UTF-8, else as a dump."""
    shown = raw[:SHOWN]
    note = _not_shown(len(raw) - SHOWN, "bytes")
    if not _is_text(raw):
        return Reading(
            ("bytes",),
            printable_bytes(shown),
            text_encodings.hex_dump(shown),
            "hex",
            note,
            extent="unopened",
        )
    text = codecs.getincrementaldecoder("utf-8")().decode(shown)
    meaning = text_encodings.meaning(text) if len(text) < 40 else ""
    lines = "\n".join(map(printable, text.splitlines()))
    return Reading(("text",), text, lines, "text", ", ".join(filter(None, (meaning, note))))


def _is_text(raw: bytes) -> bool:
    """Whether the first `SHOWN` bytes are UTF-8; a character cut at their end is allowed."""
    shown: bytes | memoryview = raw[:SHOWN]
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(shown, final=len(raw) <= SHOWN)
    except UnicodeDecodeError:
        return False
    return True


def _not_shown(left_out: int, unit: str) -> str:
    return f"{left_out:,} more {unit} are not shown" if left_out > 0 else ""
