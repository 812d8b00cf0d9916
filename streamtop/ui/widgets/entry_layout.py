"""The lines of an entry: decoded, as its fields, or as its bytes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

from streamtop.decode import decode
from streamtop.decode.decoded import Body
from streamtop.decode.formats.text_encodings import hex_dump
from streamtop.decode.limits import SHOWN
from streamtop.decode.registry import LABELS
from streamtop.figures import size
from streamtop.model.text import printable, printable_bytes
from streamtop.ui.widgets.text_lines import TextLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtop.decode.decoded import Decoded
    from streamtop.model.entries import Entry

View = Literal["decoded", "fields", "bytes"]
_FIELDS = 500
"""Fields of one entry that are laid out, at most."""
_LINES = 10_000
"""Lines of one entry, at most."""


def entry_lines(entry: Entry, view: View) -> Sequence[TextLine]:
    """The lines of an entry, safe to show."""
    match view:
        case "decoded":
            lines = _decoded(decode(entry))
        case "fields":
            lines = _fields(entry)
        case _:
            lines = _bytes(entry)
    first = list(islice(lines, _LINES))
    if next(lines, None) is not None:
        first.append(TextLine("… and more that is not shown", "dim"))
    return first


def _decoded(decoded: Decoded) -> Iterator[TextLine]:
    if decoded.framework is not None:
        label = LABELS.get(decoded.framework, decoded.framework)
        below = {value for _, value in decoded.headers}
        facts = "  ".join(f"{name} {value}" for name, value in decoded.facts if value not in below)
        yield TextLine(printable(f"{label}  {facts}"[:1000]).rstrip(), "title")
    for title, body in decoded.bodies[:_FIELDS]:
        yield from _body(title, body)
    yield from _more(len(decoded.bodies))
    if decoded.headers:
        yield TextLine("headers", "title")
        for name, value in decoded.headers[:_FIELDS]:
            shown = printable(value[:SHOWN])
            yield TextLine(f"  {printable(name)}  {shown}", value=shown)


def _fields(entry: Entry) -> Iterator[TextLine]:
    for name, value in entry.fields[:_FIELDS]:
        yield from _body(printable_bytes(name[:300]), Body(value))
    yield from _more(len(entry.fields))


def _body(title: str, body: Body) -> Iterator[TextLine]:
    reading = body.reading
    plain = reading.formats == ("text",)
    formats = "" if plain else ", ".join(reading.formats)
    note = printable(", ".join(filter(None, (formats, reading.note))))
    lines = reading.text.split("\n")
    if plain and not note and len(lines) == 1 and len(lines[0]) < 60:
        yield TextLine(f"{printable(title)}  {lines[0]}", value=lines[0])
        return
    yield TextLine(f"{printable(title)}  {note}".rstrip(), "title")
    for text in lines:
        yield TextLine(text, is_json=reading.language == "json")


def _bytes(entry: Entry) -> Iterator[TextLine]:
    for name, value in entry.fields[:_FIELDS]:
        left_out = f", the first {size(SHOWN)} of them" if len(value) > SHOWN else ""
        yield TextLine(f"{printable_bytes(name[:300])}  {size(len(value))}{left_out}", "title")
        for text in hex_dump(value[:SHOWN]).split("\n"):
            yield TextLine(text)
    yield from _more(len(entry.fields))


def _more(number: int) -> Iterator[TextLine]:
    if number > _FIELDS:
        yield TextLine(f"… and {number - _FIELDS:,} more", "dim")
