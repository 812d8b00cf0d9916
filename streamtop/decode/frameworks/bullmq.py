"""Events of BullMQ: `event` and its details, all of them strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import by_name, text
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

_EVENTS = {
    *("active", "added", "cleaned", "completed", "debounced", "deduplicated", "delayed"),
    *("drained", "duplicated", "error", "failed", "paused", "progress", "removed", "resumed"),
    *("retries-exhausted", "stalled", "waiting", "waiting-children"),
}


def read(entry: Entry) -> Decoded | None:
    """An event of a queue: what happened, and to which job."""
    fields = by_name(entry)
    if fields is None or b"event" not in fields or text(fields[b"event"]) not in _EVENTS:
        return None
    if b"jobId" not in fields and fields.keys() - {b"event", b"count"}:
        return None
    event = text(fields[b"event"])
    job = text(fields.get(b"jobId", b""))
    rest = {text(n): Body(v) for n, v in fields.items() if n not in (b"event", b"jobId")}
    words = " ".join(f"{name}={body.line[:120]}" for name, body in rest.items())
    return Decoded(
        "bullmq",
        " ".join(filter(None, (event, job and f"job {job}", words)))[:SUMMARY],
        tuple((name, value) for name, value in (("event", event), ("job", job)) if value),
        bodies=tuple(rest.items()),
    )
