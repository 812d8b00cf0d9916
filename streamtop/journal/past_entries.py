"""The entries of one operation, as the journal tells of them: seen, sent, answered."""

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
_BECAME: dict[records.OutcomeCode, PastOutcome] = {
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
    """`None` where it is no entry: a group, a consumer, a stream."""
    became: PastOutcome
    """Unknown where no answer came, or none was recorded."""
    at: datetime
    """When it was answered; when it was sent, if it was not."""
    consumer: str | None = None
    """Who held it, where it was pending; "" for nobody."""
    idle_ms: int | None = None
    """How long it had been idle by the time of the record, as far as is known."""
    deliveries: int | None = None
    copy: EntryId | None = None
    to: str | None = None
    reason: str | None = None
    fields: Fields | None = None
    count: int = 1


def read_entries(path: Path, operation_id: str) -> Iterator[PastEntry]:
    """The entries of an operation, batch by batch, as the journal is read.

    Records that cannot be understood are left out; `read_operations` counts them.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    mark = b'"operation":' + msgspec.json.encode(operation_id)
    open_batches: dict[int, records.Sending] = {}
    for line in lines_of(path):
        if mark not in line[: len(mark) + 100]:
            continue
        try:
            rows = _read(line, operation_id, open_batches)
        except (msgspec.DecodeError, ValueError, IndexError):
            continue
        yield from rows
    for sending in open_batches.values():
        yield from _unanswered(sending)


def _read(
    line: bytes, operation_id: str, open_batches: dict[int, records.Sending]
) -> Sequence[PastEntry]:
    """The entries that a record answers for."""
    head = _HEADS.decode(line)
    if head.schema > records.SCHEMA or head.operation != operation_id:
        return ()
    match head.record:
        case "sending":
            sending = _SENDINGS.decode(line)
            _unanswered(sending)  # tried here, where what is wrong with it is expected
            open_batches[sending.batch] = sending
        case "sent":
            sent = _SENT.decode(line)
            rows = list(_answered(sent, open_batches.get(sent.batch)))
            open_batches.pop(sent.batch, None)
            return rows
        case "end" if (unsent := _ENDS.decode(line).unsent) is not None:
            open_batches.pop(unsent, None)
    return ()


def _unanswered(sending: records.Sending) -> list[PastEntry]:
    rows = [_seen(sending, number) for number in range(len(_ids(sending)))]
    return rows or [PastEntry(None, "unknown", records.parse_time(sending.at))]


def _answered(sent: records.Sent, sending: records.Sending | None) -> Iterator[PastEntry]:
    at = records.parse_time(sent.at)
    ids: Sequence[str | None] = sent.ids or (_ids(sending) if sending is not None else ())
    places = {text: place for place, text in enumerate(_ids(sending))} if sending else {}
    to = [to_name(records.bytes_from_json(name)) for name in sent.to]
    for number, told in enumerate(sent.outcomes):
        text = ids[number] if number < len(ids) else None
        place = places.get(text or "")
        seen = None if sending is None or place is None else _seen(sending, place)
        known = told.idle_ms is not None and told.deliveries is not None
        yield PastEntry(
            id=None if text is None else EntryId.parse(text),
            became=_BECAME[told.code],
            at=seen.at if seen is not None and not known else at,
            consumer=None if seen is None else seen.consumer,
            idle_ms=told.idle_ms if known or seen is None else seen.idle_ms,
            deliveries=told.deliveries if known or seen is None else seen.deliveries,
            copy=None if told.copy is None else EntryId.parse(told.copy),
            to=None if told.to is None else to[told.to],
            reason=None if told.reason is None else sent.reasons[told.reason],
            fields=None if told.fields is None else records.fields_from_json(told.fields),
            count=told.count or 1,
        )


def _ids(sending: records.Sending) -> Sequence[str]:
    return [row[0] for row in sending.rows] or sending.ids


def _seen(sending: records.Sending, place: int) -> PastEntry:
    """An entry as it was seen when its batch was sent."""
    at = records.parse_time(sending.at)
    if not sending.rows:
        return PastEntry(EntryId.parse(sending.ids[place]), "unknown", at)
    text, consumer, idle_ms, deliveries = sending.rows[place]
    odd = sending.consumers_hex[consumer] if sending.consumers_hex else None
    name = records.name_from_json(sending.consumers[consumer], odd)
    return PastEntry(EntryId.parse(text), "unknown", at, name, idle_ms, deliveries)
