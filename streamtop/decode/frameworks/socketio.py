"""The socket.io adapter: `uid`, `nsp`, `type`, `data`.

Source:
    https://github.com/socketio/socket.io/tree/main/packages/socket.io-cluster-adapter
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import as_text, by_name, text
from streamtop.decode.limits import LARGEST, SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_TYPES = (
    "",
    "initial heartbeat",
    "heartbeat",
    "broadcast",
    "join",
    "leave",
    "disconnect",
    "fetch",
    "fetch response",
    "emit to servers",
    "emit response",
    "client count",
    "acknowledge",
    "close",
)
"""The types of messages by number."""


def read(entry: Entry) -> Decoded | None:
    """A message between servers: its type, namespace and event."""
    fields = by_name(entry)
    if fields is None or not {b"uid", b"nsp", b"type"} <= fields.keys() <= _FIELDS:
        return None
    number = text(fields[b"type"])
    known = number.isascii() and number.isdigit() and 0 < int(number) < len(_TYPES)
    kind = _TYPES[int(number)] if known else f"type {number}"
    body = Body(fields.get(b"data", b""))
    event = _event(body.reading.tree) if len(body.raw) <= LARGEST else ""
    namespace = text(fields[b"nsp"])
    return Decoded(
        "socket.io",
        f"{kind} {namespace} {event or body.line}".strip()[:SUMMARY],
        (
            ("kind", kind),
            ("namespace", namespace),
            ("event", event),
            ("server", text(fields[b"uid"])),
        ),
        bodies=(("data", body),) if body.raw else (),
    )


_FIELDS = {b"uid", b"nsp", b"type", b"data"}


def _event(tree: Json) -> str:
    """The name of the event in a broadcast; empty if there is none."""
    packet = tree.get("packet") if isinstance(tree, dict) else None
    data = packet.get("data") if isinstance(packet, dict) else None
    return as_text(data[0]) if isinstance(data, list) and data else ""
