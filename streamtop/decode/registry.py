"""The decoders, and which of them decodes an entry: plugins first, then streamtop's own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import text
from streamtop.decode.frameworks import (
    benthos,
    bullmq,
    cap,
    cloudevents,
    debezium,
    faststream,
    mastra,
    moleculer,
    socketio,
    spring,
    symfony,
    taskiq,
    watermill,
    wolverine,
)
from streamtop.decode.limits import SUMMARY
from streamtop.model.entries import Entry
from streamtop.model.text import printable, printable_bytes

if TYPE_CHECKING:
    from streamtop.decode.decoded import Decoder

ENTRY_POINTS = "streamtop.decoders"
"""The group of entry points under which other packages offer a `Decoder`."""
OWN: tuple[Decoder, ...] = (
    faststream.read,
    taskiq.read,
    symfony.read,
    watermill.read,
    wolverine.read,
    mastra.read,
    cloudevents.read,
    cap.read,
    spring.read,
    debezium.read,
    moleculer.read,
    socketio.read,
    bullmq.read,
    benthos.read,
)
"""streamtop's decoders, in the order in which they are tried."""
LABELS = {
    "faststream": "FastStream",
    "taskiq": "taskiq",
    "symfony": "Symfony Messenger",
    "watermill": "Watermill",
    "wolverine": "Wolverine",
    "mastra": "Mastra",
    "dapr": "Dapr CloudEvents",
    "cloudevents": "CloudEvents",
    "cap": "CAP",
    "spring": "Spring Data Redis",
    "debezium": "Debezium",
    "moleculer": "Moleculer",
    "socket.io": "socket.io",
    "bullmq": "BullMQ",
    "benthos": "Benthos",
}
"""How the names of frameworks are written on the screen."""
ORIGIN = b"streamtop-origin-"
"""Prefix of the fields that a replay adds."""
_MOST_FACTS = 8
"""An entry without a framework has facts only if it has no more fields than this."""
_FACT = 80
"""Maximum bytes of a field that is shown as a fact."""


def decode(entry: Entry) -> Decoded:
    """An entry in the terms of its framework; its plain fields if none is recognised."""
    added = [pair for pair in entry.fields if pair[0].startswith(ORIGIN)]
    if not added:
        return _decoded(entry)
    original = tuple(pair for pair in entry.fields if not pair[0].startswith(ORIGIN))
    decoded = _decoded(Entry(entry.id, original))
    origin = tuple((text(name.removeprefix(ORIGIN)), text(value)) for name, value in added)
    known = dict(origin)
    facts = [("origin", f"{known.get('stream', '')} {known.get('id', '')}".strip())]
    if "reason" in known:
        facts.append(("reason", known["reason"]))
    headers = tuple((f"origin {name}", value) for name, value in origin)
    return replace(decoded, facts=(*facts, *decoded.facts), headers=(*decoded.headers, *headers))


def summary(entry: Entry) -> str:
    """An entry on one line of up to `SUMMARY` characters, without control characters."""
    return printable(decode(entry).summary[:SUMMARY])


def _decoded(entry: Entry) -> Decoded:
    for plugin in plugins():  # first, so that they can be more specific
        if (decoded := _checked_result(plugin, entry)) is not None:
            return decoded
    for decoder in OWN:
        if (decoded := decoder(entry)) is not None:
            return decoded
    return _plain(entry)


def _plain(entry: Entry) -> Decoded:
    bodies = tuple((text(name), Body(value)) for name, value in entry.fields)
    if len(bodies) == 1:
        return Decoded(None, bodies[0][1].line, bodies=bodies)
    words, length = [], 0
    for name, value in entry.fields:
        words.append(f"{printable_bytes(name[:80])}={Body(value[:200]).line}")
        length += len(words[-1])
        if length > SUMMARY:
            break
    few = [(name, body.raw) for name, body in bodies] if len(bodies) <= _MOST_FACTS else []
    facts = tuple(
        (name[:80], printable_bytes(raw))
        for name, raw in few
        if len(raw) <= _FACT and raw[:1] not in (b"{", b"[")
    )
    return Decoded(None, " ".join(words)[:SUMMARY], facts, bodies=bodies)


@cache
def plugins() -> tuple[Decoder, ...]:
    """The decoders of other packages; those that fail to load are left out."""
    decoders = []
    for point in entry_points(group=ENTRY_POINTS):
        try:
            decoders.append(point.load())
        except (Exception, SystemExit):  # noqa: BLE001 - foreign code may raise anything
            continue
    return tuple(decoders)


def _checked_result(plugin: Decoder, entry: Entry) -> Decoded | None:
    """What a plugin returns; `None` if it raises, or returns values of other types."""
    try:
        return _checked(plugin(entry))
    except (Exception, SystemExit):  # noqa: BLE001 - foreign code may raise anything
        return None


def _checked(result: object) -> Decoded | None:
    """The result with all types checked.

    Raises:
        Exception: If a part of it has another type than `Decoded` declares.
    """
    if not isinstance(result, Decoded):
        return None
    return Decoded(
        None if result.framework is None else printable(_text(result.framework))[:80],
        _text(result.summary)[:SUMMARY],
        tuple((_text(name), _text(value)) for name, value in result.facts),
        tuple((_text(name), _text(value)) for name, value in result.headers),
        tuple((_text(title), _body(body)) for title, body in result.bodies),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return str(value)


def _body(value: object) -> Body:
    if not isinstance(value, Body) or not isinstance(value.raw, bytes):
        raise TypeError("no body")
    return Body(bytes(value.raw))
