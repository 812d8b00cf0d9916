"""The entries of one operation, as the journal records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from streamtop.journal import records
from streamtop.journal.past_operations import lines_of
from streamtop.model.ids import EntryId
from streamtop.model.text import to_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from streamtop.model.entries import Fields

PastOutcome = Literal["done", "skipped", "failed", "unknown"]
_OUTCOMES: dict[records.OutcomeCode, PastOutcome] = {
    "d": "done",
    "s": "skipped",
    "f": "failed",
    "u": "unknown",
}
_HEADS = msgspec.json.Decoder(records.Head)
_SENDINGS = msgspec.json.Decoder(records.Sending)
_SENT = msgspec.json.Decoder(records.Sent)
_ENDS = msgspec.json.Decoder(records.End)


@dataclass(frozen=True, slots=True)
class PastEntry:
    """One entry of an operation."""

    id: EntryId | None
    """`None` where the operation is on a group, a consumer or a stream."""
    outcome: PastOutcome
    """Unknown where no answer came or none was recorded."""
    at: datetime
    """When it was answered, or sent if there was no answer."""
    consumer: str | None = None
    """Its consumer, if it was pending; "" for none."""
    idle_ms: int | None = None
    """How long it had been idle at that time, if known."""
    deliveries: int | None = None
    copy: EntryId | None = None
    to: str | None = None
    reason: str | None = None
    fields: Fields | None = None
    count: int = 1


def read_entries(path: Path, operation_id: str) -> Iterator[PastEntry]:
    """The entries of an operation, in the order of its batches.

    Unreadable records are skipped; `read_operations` counts them.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    mark = b'"operation":' + msgspec.json.encode(operation_id)
    unanswered: dict[int, records.Sending] = {}
    for line in lines_of(path):
        if mark not in line[: len(mark) + 100]:
            continue
        try:
            entries = _read(line, operation_id, unanswered)
        except (msgspec.DecodeError, ValueError, IndexError):
            continue
        yield from entries
    for sending in unanswered.values():
        yield from _unanswered(sending)


def _read(
    line: bytes, operation_id: str, unanswered: dict[int, records.Sending]
) -> Sequence[PastEntry]:
    """The entries whose outcome a record holds."""
    head = _HEADS.decode(line)
    if head.schema > records.SCHEMA or head.operation != operation_id:
        return ()
    match head.record:
        case "sending":
            sending = _SENDINGS.decode(line)
            _unanswered(sending)  # raises here, where the caller expects errors
            unanswered[sending.batch] = sending
        case "sent":
            sent = _SENT.decode(line)
            entries = list(_answered(sent, unanswered.get(sent.batch)))
            unanswered.pop(sent.batch, None)
            return entries
        case "end" if (unsent := _ENDS.decode(line).unsent) is not None:
            unanswered.pop(unsent, None)
    return ()


def _unanswered(sending: records.Sending) -> list[PastEntry]:
    at = records.parse_time(sending.at)
    entries = [_sent(sending, index) for index in range(len(_ids(sending)))]
    consumers = () if entries else _consumers(sending)
    return entries or [PastEntry(None, "unknown", at, name) for name in consumers or (None,)]


def _answered(sent: records.Sent, sending: records.Sending | None) -> Iterator[PastEntry]:
    at = records.parse_time(sent.at)
    sent_ids = () if sending is None else _ids(sending)
    consumers = () if sending is None or sent_ids else _consumers(sending)
    ids: Sequence[str | None] = sent.ids or sent_ids
    index_of = {text: index for index, text in enumerate(sent_ids)}
    to = [to_name(records.bytes_from_json(name)) for name in sent.to]
    for number, record in enumerate(sent.outcomes):
        text = ids[number] if number < len(ids) else None
        index = index_of.get(text or "")
        before = None if sending is None or index is None else _sent(sending, index)
        name = None if before is None else before.consumer
        if number < len(consumers):
            name = consumers[number]
        known = record.idle_ms is not None and record.deliveries is not None
        yield PastEntry(
            id=None if text is None else EntryId.parse(text),
            outcome=_OUTCOMES[record.code],
            at=before.at if before is not None and not known else at,
            consumer=name,
            idle_ms=record.idle_ms if known or before is None else before.idle_ms,
            deliveries=record.deliveries if known or before is None else before.deliveries,
            copy=None if record.copy is None else EntryId.parse(record.copy),
            to=None if record.to is None else to[record.to],
            reason=None if record.reason is None else sent.reasons[record.reason],
            fields=None if record.fields is None else records.fields_from_json(record.fields),
            count=record.count or 1,
        )


def _consumers(sending: records.Sending) -> Sequence[str]:
    """The names of the consumers of a batch."""
    return [_consumer(sending, at) for at in range(len(sending.consumers))]


def _consumer(sending: records.Sending, at: int) -> str:
    odd = sending.consumers_hex[at] if sending.consumers_hex else None
    return records.name_from_json(sending.consumers[at], odd)


def _ids(sending: records.Sending) -> Sequence[str]:
    return [row[0] for row in sending.rows] or sending.ids


def _sent(sending: records.Sending, index: int) -> PastEntry:
    """An entry as it was when its batch was sent."""
    at = records.parse_time(sending.at)
    if not sending.rows:
        return PastEntry(EntryId.parse(sending.ids[index]), "unknown", at)
    text, consumer, idle_ms, deliveries = sending.rows[index]
    name = _consumer(sending, consumer)
    return PastEntry(EntryId.parse(text), "unknown", at, name, idle_ms, deliveries)
