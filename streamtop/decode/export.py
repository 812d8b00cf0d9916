"""Entries for other programs: JSON lines, CSV rows, and commands for redis-cli."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import msgspec

from streamtop.decode.registry import decode
from streamtop.model.quoting import as_redis_cli
from streamtop.model.text import from_name, printable, printable_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.decode.decoded import Decoded
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_BEFORE_FORMULAS = "=", "+", "-", "@", "＝", "＋", "－", "＠"
CSV_HEADING = ("id", "framework", "summary", "fields")


class EntryRecord(msgspec.Struct, frozen=True):
    r"""An entry in JSON. Bytes that are not UTF-8 are written \xNN."""

    id: str
    fields: tuple[tuple[str, str], ...]
    """Fields and values in their order, duplicates kept."""
    framework: str | None
    summary: str
    decoded: object
    """Facts, headers and payloads by title; payloads as structures."""
    fields_hex: tuple[tuple[str, str], ...] | msgspec.UnsetType = msgspec.UNSET
    """The bytes of all fields and values in hexadecimal, unless all are UTF-8."""


def record(entry: Entry, decoded: Decoded | None = None) -> EntryRecord:
    """An entry as a record; decoded here unless `decoded` is passed."""
    decoded = decoded or decode(entry)
    exact = all(_is_utf8(word) for pair in entry.fields for word in pair)
    return EntryRecord(
        id=str(entry.id),
        fields=tuple((_text(name), _text(value)) for name, value in entry.fields),
        framework=decoded.framework,
        summary=printable(decoded.summary),
        decoded=_clean(decoded.as_json()),
        fields_hex=msgspec.UNSET
        if exact
        else tuple((name.hex(), value.hex()) for name, value in entry.fields),
    )


def json_line(entry: Entry) -> bytes:
    """An entry as one line of JSON, without characters that a terminal acts on."""
    return _visible(msgspec.json.encode(record(entry))) + b"\n"


def csv_lines(entries: Sequence[Entry], *, heading: bool = False) -> bytes:
    r"""Entries as rows of CSV: ID, framework, summary, and the fields as JSON.

    A text that a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    output = io.StringIO()
    writer = csv.writer(output)
    if heading:
        writer.writerow(CSV_HEADING)
    for entry in entries:
        row = record(entry)
        fields = _visible(msgspec.json.encode(row.fields)).decode()
        framework = _no_formula(row.framework or "")
        writer.writerow((row.id, framework, _no_formula(row.summary), fields))
    return output.getvalue().encode()


def xadd_line(stream: str, entry: Entry) -> bytes:
    """The command that adds an equal entry, in the syntax of redis-cli."""
    words = (word for pair in entry.fields for word in pair)
    return as_redis_cli((b"XADD", from_name(stream), b"*", *words)).encode() + b"\n"


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_BEFORE_FORMULAS) else text


def _visible(raw: bytes) -> bytes:
    r"""The same JSON, with invisible characters escaped.

    >>> print(_visible('"\u202eabc\x7f"'.encode()).decode())
    "\u202eabc\u007f"
    """
    if raw.isascii() and b"\x7f" not in raw:
        return raw
    text = raw.decode()
    escapes = {ord(char): _as_escape(char) for char in set(text) if printable(char) != char}
    return text.translate(escapes).encode() if escapes else raw


def _as_escape(character: str) -> str:
    raw = character.encode("utf-16-be")
    return "".join(f"\\u{raw[at : at + 2].hex()}" for at in range(0, len(raw), 2))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(raw: bytes) -> str:
    return raw.decode() if _is_utf8(raw) else printable_bytes(raw)


def _clean(tree: Json) -> Json:
    """The structure with numbers and texts that JSON can hold; odd bytes are escaped."""
    match tree:
        case int() if not -(2**63) <= tree < 2**64:
            return str(tree)
        case str():
            return tree if _has_no_odd_bytes(tree) else printable(tree)
        case list():
            return [_clean(item) for item in tree]
        case dict():
            cleaned: dict[str, Json] = {}
            for name, value in tree.items():
                known = name if _has_no_odd_bytes(name) else printable(name)
                cleaned[known] = _clean(value)
            return cleaned
        case _:
            return tree


def _has_no_odd_bytes(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
