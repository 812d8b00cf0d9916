"""An entry in pieces, as the pane of one entry shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtop.decode import decode
from streamtop.decode.registry import LABELS
from streamtop.model.text import printable

if TYPE_CHECKING:
    from streamtop.model.entries import Entry


class Part(NamedTuple):
    """One payload, or one header."""

    title: str
    text: str
    language: str = "text"
    note: str = ""


def parts(entry: Entry) -> list[Part]:
    """All that an entry holds; what a framework wrapped stands unwrapped, its headers after it."""
    found = decode(entry)
    label = LABELS.get(found.framework or "", found.framework or "")
    told = []
    for title, body in found.bodies:
        reading = body.reading
        plain = reading.formats in (("JSON",), ("text",), ("bytes",))
        formats = "" if plain else ", ".join(reading.formats)
        note = ", ".join(filter(None, (label, formats, reading.note)))
        told.append(Part(printable(title)[:300], reading.text, reading.language, printable(note)))
        label = ""
    return told + [Part(printable(name), printable(value)) for name, value in found.headers]
