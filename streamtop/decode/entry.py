"""An entry as a line for a list, and as parts for a page."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from streamtop.decode import faststream
from streamtop.model.text import printable, printable_bytes

if TYPE_CHECKING:
    from streamtop.model.entries import Entry, Fields

SHOWN = 32_768
"""Bytes of one value that are shown, at most."""
_SUMMARY = 400
_PRETTY = 4 * SHOWN
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
    if value[:1] in b"{[" and len(value) <= _PRETTY and b"\n" in value:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            value = msgspec.json.encode(_json.decode(value))
    return printable_bytes(value[:_SUMMARY])


def _part(title: str, value: bytes, note: str = "") -> Part:
    left_out = len(value) - SHOWN
    if value[:1] in b"{[" and value and len(value) <= _PRETTY:
        try:
            pretty = msgspec.json.format(value, indent=2)
            _json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            pass
        else:
            text = "\n".join(map(printable, pretty.decode("utf-8", "surrogateescape").split("\n")))
            return Part(
                title, text[:SHOWN], "json", _cut_note(note, len(text) - SHOWN, "characters")
            )
    try:
        lines = value[:SHOWN].decode("utf-8").splitlines()
    except UnicodeDecodeError:
        lines = [printable_bytes(value[:SHOWN])]
    return Part(title, "\n".join(map(printable, lines)), "text", _cut_note(note, left_out, "bytes"))


def _cut_note(note: str, left_out: int, unit: str) -> str:
    cut = f"{left_out:,} more {unit} are not shown" if left_out > 0 else ""
    return ", ".join(filter(None, (note, cut)))
