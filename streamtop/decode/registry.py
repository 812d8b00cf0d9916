"""The decoders of streamtop itself, in the order in which they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from streamtop.decode.values import Decoder

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
"""How frameworks are written."""
