"""Benthos (Redpanda Connect): `body`, and metadata in further fields.

Nothing marks its entries, so they are recognised by metadata that only its inputs add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import by_name, text

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

_INPUTS = (
    *(b"amqp_", b"aws_", b"benthos_", b"gcp_", b"http_server_", b"kafka_", b"mqtt_", b"nats_"),
    *(b"nsq_", b"pulsar_", b"redis_stream", b"s3_", b"sqs_"),
)


def read(entry: Entry) -> Decoded | None:
    """A message: its body and its origin."""
    fields = by_name(entry)
    if fields is None or b"body" not in fields:
        return None
    if not any(name.startswith(_INPUTS) for name in fields):
        return None
    body = Body(fields[b"body"])
    metadata = tuple((text(n), text(v)) for n, v in fields.items() if n != b"body")
    return Decoded("benthos", body.line, metadata[:6], metadata, (("body", body),))
