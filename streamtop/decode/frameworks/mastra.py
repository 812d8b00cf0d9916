"""Mastra: one field `event`, in JSON with a count of its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import as_text, encoded, facts, mapping, texts
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.model.entries import Entry


def read(entry: Entry) -> Decoded | None:
    """An event: its type, its data and its number of deliveries."""
    if len(entry.fields) != 1 or entry.fields[0][0] != b"event":
        return None
    event = mapping(entry.fields[0][1])
    if event is None or not ("deliveryAttempt" in event or {"type", "data", "runId"} <= set(event)):
        return None
    body = Body(encoded(event["data"]) if "data" in event else entry.fields[0][1])
    kind = as_text(event["type"]) if "type" in event else "event"
    return Decoded(
        "mastra",
        f"{kind} {body.line}"[:SUMMARY],
        facts(
            event,
            ("event", "type"),
            ("id", "id"),
            ("run", "runId"),
            ("attempt", "deliveryAttempt"),
        ),
        texts((name, value) for name, value in event.items() if name != "data"),
        (("data", body),),
    )
