"""An entry as a line for a list, and as parts for a page."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from streamtop.decode import faststream
from streamtop.model.text import printable, printable_bytes, to_name

if TYPE_CHECKING:
    from streamtop.model.entries import Entry, Fields

SHOWN = 32_768
"""Bytes of one value that are shown, at most."""
_SUMMARY = 400
_PRETTY = 4 * SHOWN
_DEEPEST = 50
"""Levels of JSON that are laid out, at most: each indents all that is in it."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)"
)
"""An escape in JSON: a pair of surrogates, any other character, or one that is no character."""
_json = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Part:
    """One field, or one piece of what a framework put into it, ready to be read."""

    title: str
    text: str
    """Lines ending in a line feed; otherwise without control characters."""
    language: Literal["json", "text"] = "text"
    note: str = ""
    """What the text leaves out, if anything."""


def summary(entry: Entry) -> str:
    """An entry on one line: its payload if a framework wrote it, else its fields and values.

    Returns:
        At most some hundred characters, none of them a control character.
    """
    message = _faststream(entry.fields)
    if message is not None:
        return _line(message.body)
    if len(entry.fields) == 1:
        return _line(entry.fields[0][1])
    told, length = [], 0
    for name, value in entry.fields:
        told.append(f"{printable_bytes(name[:80])}={_line(value[:200])}")
        length += len(told[-1])
        if length > _SUMMARY:
            break
    return " ".join(told)[:_SUMMARY]


def parts(entry: Entry) -> list[Part]:
    """All that an entry holds, in its own order; what a framework wrapped stands unwrapped."""
    message = _faststream(entry.fields)
    if message is None:
        return [_part(printable_bytes(name[:300]), value) for name, value in entry.fields]
    headers = [Part(printable(name), printable(value)) for name, value in message.headers]
    return [_part("body", message.body, note="FastStream"), *headers]


def _faststream(fields: Fields) -> faststream.Message | None:
    if len(fields) == 1 and fields[0][0] == faststream.FIELD:
        return faststream.parse(fields[0][1])
    return None


def _line(value: bytes) -> str:
    """A value on one line; JSON without its white space."""
    if value[:1] not in b"{[" or not value:
        return printable_bytes(value[:_SUMMARY])
    if len(value) <= _PRETTY and b"\n" in value and _depth(value) <= _DEEPEST:
        with suppress(ValueError, RecursionError):
            _json.decode(value)
            value = msgspec.json.format(value, indent=-1)
    return printable(_unescaped(to_name(value[: 2 * _SUMMARY])))[:_SUMMARY]


def _part(title: str, value: bytes, note: str = "") -> Part:
    pretty = _laid_out(value)
    if pretty is not None:
        left_out = _cut_note(note, len(pretty) - SHOWN, "characters")
        return Part(title, pretty[:SHOWN], "json", left_out)
    shown = value[:SHOWN]
    try:
        # What was cut in the middle of a character lacks only that character.
        text = codecs.getincrementaldecoder("utf-8")().decode(shown, final=shown is value)
    except UnicodeDecodeError:
        lines = [printable_bytes(shown)]
    else:
        lines = list(map(printable, text.splitlines()))
    return Part(title, "\n".join(lines), "text", _cut_note(note, len(value) - SHOWN, "bytes"))


def _laid_out(value: bytes) -> str | None:
    """A JSON object or array with a line for each value; `None` if it is none, or too large."""
    if not value or value[:1] not in b"{[" or len(value) > _PRETTY or _depth(value) > _DEEPEST:
        return None
    try:
        _json.decode(value)
        pretty = msgspec.json.format(value, indent=2).decode()
    except (ValueError, RecursionError):
        return None
    return "\n".join(printable(_unescaped(line)) for line in pretty.split("\n"))


def _unescaped(text: str) -> str:
    r"""JSON with the characters that need no escape written out; numbers stay as they are.

    >>> _unescaped(r'{"\u6ce8\u6587": "\ud83d\ude00 \u0022 \\u6ce8 \u001b"}')
    '{"注文": "😀 \\u0022 \\\\u6ce8 \\u001b"}'
    """
    return _ESCAPE.sub(_character, text) if "\\u" in text else text


def _character(escape: re.Match[str]) -> str:
    high, low, single = escape.groups()
    if high is not None:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    code = int(single, 16) if single is not None else 0
    keep = code < 0x80 or 0xD800 <= code <= 0xDFFF
    return escape[0] if keep else chr(code)


def _depth(value: bytes) -> int:
    """How deep brackets are nested at most; those in strings count too."""
    depth = deepest = 0
    for bracket in value.translate(None, delete=_NO_BRACKETS):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _cut_note(note: str, left_out: int, unit: str) -> str:
    cut = f"{left_out:,} more {unit} are not shown" if left_out > 0 else ""
    return ", ".join(filter(None, (note, cut)))
