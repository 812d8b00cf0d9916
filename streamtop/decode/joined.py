"""Decoders of others: asked, and never trusted."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from streamtop.decode.limits import SUMMARY
from streamtop.decode.values import Body, Decoded
from streamtop.model.text import printable

if TYPE_CHECKING:
    from streamtop.decode.values import Decoder
    from streamtop.model.entries import Entry

GROUP = "streamtop.decoders"
"""The group of entry points; each names a `Decoder`."""


@cache
def joined() -> tuple[Decoder, ...]:
    """The decoders of other packages that can be loaded.

    One that cannot is left out: it must not keep anybody from their entries.
    """
    found = []
    for point in entry_points(group=GROUP):
        try:
            found.append(point.load())
        except (Exception, SystemExit):  # noqa: BLE001 - whatever foreign code does then
            continue
    return tuple(found)


def asked(decoder: Decoder, entry: Entry) -> Decoded | None:
    """What a decoder of others makes of an entry; `None` if that is nothing one can use."""
    try:
        return _checked(decoder(entry))
    except (Exception, SystemExit):  # noqa: BLE001 - whatever it raises is its own
        return None


def _checked(found: object) -> Decoded | None:
    """The same, of the types that it says it has.

    Raises:
        Exception: If something else was returned than `Decoded` and `None`.
    """
    if not isinstance(found, Decoded):
        return None
    return Decoded(
        None if found.framework is None else printable(_text(found.framework))[:80],
        _text(found.summary)[:SUMMARY],
        tuple((_text(name), _text(value)) for name, value in found.facts),
        tuple((_text(name), _text(value)) for name, value in found.headers),
        tuple((_text(title), _body(body)) for title, body in found.bodies),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return str(value)


def _body(value: object) -> Body:
    if not isinstance(value, Body) or not isinstance(value.raw, bytes):
        raise TypeError("no body")
    return Body(bytes(value.raw))
