"""Spring Data Redis: `_class` beside the properties, or `payload` with `_raw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import by_name, text
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

_CLASS, _RAW, _PAYLOAD = b"_class", b"_raw", b"payload"


def read(entry: Entry) -> Decoded | None:
    """An object: its class, and its properties by path."""
    fields = by_name(entry)
    if fields is None:
        return None
    if fields.keys() == {_PAYLOAD, _RAW} or (fields.keys() == {_RAW}):
        name = _PAYLOAD if _PAYLOAD in fields else _RAW
        body = Body(fields[name])
        return Decoded("spring", body.line, bodies=((text(name), body),))
    if _CLASS not in fields:
        return None
    kind = text(fields[_CLASS])
    short = kind.rpartition(".")[2]
    bodies = {text(name): Body(value) for name, value in fields.items() if name != _CLASS}
    properties = " ".join(f"{path}={body.line[:80]}" for path, body in list(bodies.items())[:20])
    return Decoded(
        "spring",
        f"{short} {properties}".strip()[:SUMMARY],
        (("class", short), *((path, body.line[:80]) for path, body in list(bodies.items())[:6])),
        (("_class", kind),),
        tuple(bodies.items()),
    )
