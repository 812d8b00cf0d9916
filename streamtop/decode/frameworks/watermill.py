"""Watermill (Go): a UUID, metadata in MessagePack, and the payload."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import TRACING, by_name, facts, text, texts
from streamtop.decode.formats import msgpack_cbor
from streamtop.decode.limits import LARGEST

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_ID, _METADATA, _PAYLOAD = b"_watermill_message_uuid", b"metadata", b"payload"


def read(entry: Entry) -> Decoded | None:
    """A message: its UUID, its payload, and the reason if it was poisoned."""
    fields = by_name(entry)
    if fields is None or not fields.keys() >= {_ID, _PAYLOAD}:
        return None
    metadata = _metadata(fields.get(_METADATA, b""))
    body = Body(fields[_PAYLOAD])
    return Decoded(
        "watermill",
        body.line,
        (
            ("id", text(fields[_ID])),
            *facts(
                metadata,
                ("poisoned", "reason_poisoned"),
                ("from", "topic_poisoned"),
                ("name", "name"),
                *TRACING,
            ),
        ),
        texts(metadata.items()),
        (("payload", body),),
    )


def _metadata(raw: bytes) -> dict[str, Json]:
    if not raw or len(raw) > LARGEST:
        return {}
    with suppress(ValueError):
        tree = msgpack_cbor.msgpack(raw)
        return tree if isinstance(tree, dict) else {}
    return {}
