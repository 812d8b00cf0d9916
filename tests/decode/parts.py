"""An entry in parts, as the detail pane shows it."""

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
    """The payloads of an entry, out of their framework's envelope, then its headers."""
    decoded = decode(entry)
    label = LABELS.get(decoded.framework or "", decoded.framework or "")
    payloads = []
    for title, body in decoded.bodies:
        reading = body.reading
        plain = reading.formats in (("JSON",), ("text",), ("bytes",))
        formats = "" if plain else ", ".join(reading.formats)
        note = printable(", ".join(filter(None, (label, formats, reading.note))))
        payloads.append(Part(printable(title)[:300], reading.text, reading.language, note))
        label = ""
    headers = [Part(printable(name), printable(value)) for name, value in decoded.headers]
    return payloads + headers
