"""A value without a framework: what its bytes are, found layer by layer."""

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
from streamtop.decode.values import Reading
from streamtop.model.text import printable, printable_bytes, to_name

if TYPE_CHECKING:
    from streamtop.decode.values import Json

_BY_CHANCE = "maybe protobuf", "UUID"
"""What almost any word may be taken for once it is read as base64."""
_LEAST_BASE64 = 16
"""Bytes of a base64 text that is taken for one if text comes out of it."""


def read(raw: bytes) -> Reading:
    """A value as it is understood; whatever the bytes, something to read comes out."""
    return _read(raw, LAYERS)


def _read(raw: bytes, layers: int) -> Reading:
    return _understood(raw, layers) or as_text_or_bytes(raw)


def _understood(raw: bytes, layers: int) -> Reading | None:
    """A value that is more than a text or bytes."""
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
        told = reading.tree if isinstance(reading.tree, str) else printable_bytes(raw[:SUMMARY])
        return printable(told[:SUMMARY])
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
    found = compressed.opened(raw) if layers else None
    if found is None:
        return None
    if not found.raw and found.note:
        return Reading(
            (found.format,), None, text_encodings.hex_dump(raw[:SHOWN]), "hex", found.note
        )
    return _around(found.format, _read(found.raw, layers - 1), found.note)


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
    found = _understood(inner, layers - 1)
    if found is None and inner.isascii() and len(raw) >= _LEAST_BASE64:
        found = as_text_or_bytes(inner)
    if found is None or found.formats[0] in _BY_CHANCE or "cut short" in found.note:
        return None
    return _around("base64", found)


def _json_string(raw: bytes, layers: int) -> Reading | None:
    try:
        value = json_text.parse(raw)
    except ValueError:
        return None
    if not isinstance(value, str):
        return None
    return _around("JSON", _read(value.encode("utf-8", "surrogatepass"), layers - 1))


def _around(outer: str, inner: Reading, note: str = "") -> Reading:
    notes = ", ".join(filter(None, (note, inner.note)))
    return replace(inner, formats=(outer, *inner.formats), note=notes)


# What it is in the end


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
    told = java(raw)
    if told is None:
        return None
    return Reading(("Java",), told, text_encodings.hex_dump(raw[:SHOWN]), "hex", told)


def _binary(raw: bytes) -> Reading | None:
    """What is no text: MessagePack, CBOR, a UUID, perhaps a message of protocol buffers."""
    if not raw or _is_text(raw):
        return None
    with suppress(ValueError):
        return _structure("MessagePack", msgpack_cbor.msgpack(raw))
    with suppress(ValueError, ImportError):
        return _structure("CBOR", msgpack_cbor.cbor(raw))
    told = text_encodings.as_uuid(raw)
    if told:
        return Reading(("UUID",), told, told)
    pickled = _pickle(raw)
    if pickled is not None:
        return pickled
    with suppress(ValueError):
        return _structure("maybe protobuf", protobuf.protobuf(raw))
    return None


def _pickle(raw: bytes) -> Reading | None:
    if not (raw[:1] == b"\x80" and raw[1:2] in (b"\2", b"\3", b"\4", b"\5") and raw[-1:] == b"."):
        return None
    dump = text_encodings.hex_dump(raw[:SHOWN])
    return Reading(("pickle",), None, dump, "hex", "never opened: it could execute anything")


def _structure(name: str, tree: Json) -> Reading:
    return _laid_out((name,), tree, json.dumps(tree, ensure_ascii=False, indent=2))


def _laid_out(formats: tuple[str, ...], tree: Json, pretty: str) -> Reading:
    note = _not_shown(len(pretty) - SHOWN, "characters")
    lines = (printable(json_text.unescaped(each)) for each in pretty[:SHOWN].split("\n"))
    return Reading(formats, tree, "\n".join(lines), "json", note)


def as_text_or_bytes(raw: bytes) -> Reading:
    """A value as text if it is UTF-8, else as a dump of its bytes; the first of it."""
    shown = raw[:SHOWN]
    note = _not_shown(len(raw) - SHOWN, "bytes")
    if not _is_text(raw):
        return Reading(
            ("bytes",), printable_bytes(shown), text_encodings.hex_dump(shown), "hex", note
        )
    text = codecs.getincrementaldecoder("utf-8")().decode(shown)
    told = text_encodings.meaning(text) if len(text) < 40 else ""
    lines = "\n".join(map(printable, text.splitlines()))
    return Reading(("text",), text, lines, "text", ", ".join(filter(None, (told, note))))


def _is_text(raw: bytes) -> bool:
    """Whether the first of it is UTF-8; what was cut within a character counts."""
    shown: bytes | memoryview = raw[:SHOWN]
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(shown, final=len(raw) <= SHOWN)
    except UnicodeDecodeError:
        return False
    return True


def _not_shown(left_out: int, unit: str) -> str:
    return f"{left_out:,} more {unit} are not shown" if left_out > 0 else ""
