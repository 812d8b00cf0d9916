"""CloudEvents as Dapr writes them: `data`, and possibly `metadata`, in JSON.

Source:
    https://github.com/cloudevents/spec/blob/main/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import as_text, by_name, encoded, facts, mapping, texts
from streamtop.decode.formats import text_encodings as plain_texts
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_FACTS = (
    ("event", "type"),
    ("id", "id"),
    ("subject", "subject"),
    ("source", "source"),
    ("topic", "topic"),
    ("trace", "traceparent"),
    ("trace", "traceid"),
)
_DATA = "data", "data_base64"


def read(entry: Entry) -> Decoded | None:
    """An event: its type, origin and data."""
    fields = by_name(entry)
    if fields is None or b"data" not in fields or fields.keys() - {b"data", b"metadata"}:
        return None
    event = mapping(fields[b"data"])
    if event is None or not {"specversion", "type", "id"} <= set(event):
        return None
    body = _data(event)
    headers = texts((name, value) for name, value in event.items() if name not in _DATA)
    metadata = mapping(fields.get(b"metadata", b"")) or {}
    return Decoded(
        "dapr" if "pubsubname" in event else "cloudevents",
        f"{as_text(event['type'])} {body.line}"[:SUMMARY],
        facts(event, *_FACTS),
        (*headers, *texts(metadata.items())),
        (("data", body),),
    )


def _data(event: dict[str, Json]) -> Body:
    if isinstance(event.get("data_base64"), str):
        raw = as_text(event["data_base64"]).encode("utf-8", "surrogatepass")
        return Body(plain_texts.from_base64(raw) or raw)
    data = event.get("data")
    if isinstance(data, str):
        return Body(data.encode("utf-8", "surrogatepass"))
    return Body(encoded(data))
