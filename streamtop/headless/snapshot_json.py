"""A snapshot as JSON. The keys are a contract: more may come, none may change or go."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import msgspec

from streamtop.headless.evaluation import lost_of, most_deliveries, released_of, verdict_of
from streamtop.model.lag import Trust
from streamtop.model.snapshot import Flavour, Role
from streamtop.model.text import from_name
from streamtop.model.verdict import ConsumerState, Kind, consumer_state

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Consumer, Group, Snapshot, Stream
    from streamtop.model.verdict import Thresholds

SCHEMA = 1


class ConsumerRecord(msgspec.Struct, frozen=True):
    """A consumer. `inactive_ms` and `state` are null where the server does not report them."""

    name: str
    pending: int
    idle_ms: int
    inactive_ms: int | None
    state: ConsumerState | None
    name_hex: str | msgspec.UnsetType = msgspec.UNSET


class GroupRecord(msgspec.Struct, frozen=True):
    """A group. Unknown figures are null, never 0."""

    name: str
    last_delivered_id: str
    entries_read: int | None
    pending: int
    released: int | None
    lag: int | None
    lag_trust: Trust
    lag_age_ms: int | None
    lost: int | None
    """Null unless `lost_at_least` and `lost_at_most` are equal."""
    oldest_pending_id: str | None
    oldest_pending_idle_ms: int | None
    oldest_pending_deliveries: int | None
    verdict: Kind
    reasons: tuple[str, ...]
    consumers: tuple[ConsumerRecord, ...]
    lag_because: str
    oldest_pending_age_ms: int | None
    most_deliveries: int | None
    lost_at_least: int
    lost_at_most: int | None
    lost_since: str | None
    """When counting losses began; null for since the stream was created."""
    consistent: bool
    """False if `pending`, the consumers and the oldest pending entry do not fit together."""
    error: str | None
    """Why some of these values are missing: a command was refused."""
    name_hex: str | msgspec.UnsetType = msgspec.UNSET


class StreamRecord(msgspec.Struct, frozen=True):
    """A stream. Where it has an error, its figures are null and its groups empty."""

    name: str
    length: int | None
    entries_added: int | None
    first_entry_id: str | None
    last_entry_id: str | None
    last_generated_id: str | None
    max_deleted_entry_id: str | None
    error: str | None
    groups: tuple[GroupRecord, ...]
    name_hex: str | msgspec.UnsetType = msgspec.UNSET


class ServerRecord(msgspec.Struct, frozen=True):
    """The server; its URL without the password."""

    url: str
    flavour: Flavour
    version: str
    role: Role
    time_ms: int | None


class Document(msgspec.Struct, frozen=True):
    """A snapshot."""

    schema: int
    taken_at: str
    server: ServerRecord
    streams: tuple[StreamRecord, ...]
    complete: bool
    """False if the search for streams ran out of time: there may be more."""


def to_document(snapshot: Snapshot, limits: Thresholds) -> Document:
    """A snapshot as the structure that is encoded."""
    taken_at = snapshot.taken_at.astimezone(UTC).replace(tzinfo=None)
    server = snapshot.server
    return Document(
        schema=SCHEMA,
        taken_at=taken_at.isoformat(timespec="milliseconds") + "Z",
        server=ServerRecord(
            server.url, server.flavour, server.version, server.role, snapshot.time_ms
        ),
        streams=tuple(_stream(stream, snapshot, limits) for stream in snapshot.streams),
        complete=snapshot.complete,
    )


def _stream(stream: Stream, snapshot: Snapshot, limits: Thresholds) -> StreamRecord:
    name, name_hex = name_with_hex(stream.name)
    edges = stream.edges
    length: int | None = stream.length
    if stream.error is not None:
        length, edges = None, None
    groups = () if stream.error is not None else stream.groups
    return StreamRecord(
        name=name,
        length=length,
        entries_added=None if edges is None else edges.entries_added,
        first_entry_id=None if edges is None else _id(edges.first_entry_id),
        last_entry_id=None if edges is None else _id(edges.last_entry_id),
        last_generated_id=None if edges is None else _id(edges.last_generated_id),
        max_deleted_entry_id=None if edges is None else _id(edges.max_deleted_entry_id),
        error=stream.error,
        groups=tuple(_group(group, stream, snapshot, limits) for group in groups),
        name_hex=name_hex,
    )


def _group(group: Group, stream: Stream, snapshot: Snapshot, limits: Thresholds) -> GroupRecord:
    name, name_hex = name_with_hex(group.name)
    verdict = verdict_of(group, snapshot, limits)
    oldest = group.oldest_pending
    lost = lost_of(group, stream)
    return GroupRecord(
        name=name,
        last_delivered_id=str(group.last_delivered_id),
        entries_read=group.entries_read,
        pending=group.pending,
        released=released_of(group, snapshot.server),
        lag=group.lag.count,
        lag_trust=group.lag.trust,
        lag_age_ms=group.lag_age_ms(snapshot.time_ms),
        lost=lost.exact,
        oldest_pending_id=None if oldest is None else _id(oldest.id),
        oldest_pending_idle_ms=None if oldest is None or oldest.idle_ms < 0 else oldest.idle_ms,
        oldest_pending_deliveries=None if oldest is None else oldest.deliveries,
        verdict=verdict.kind,
        reasons=verdict.reasons,
        consumers=tuple(
            _consumer(consumer, group, snapshot, limits) for consumer in group.consumers
        ),
        lag_because=group.lag.because,
        oldest_pending_age_ms=(None if oldest is None else group.pending_age_ms(snapshot.time_ms)),
        most_deliveries=most_deliveries(group),
        lost_at_least=lost.low,
        lost_at_most=lost.high,
        lost_since=None,
        consistent=group.consistent,
        error=group.error,
        name_hex=name_hex,
    )


def _consumer(
    consumer: Consumer, group: Group, snapshot: Snapshot, limits: Thresholds
) -> ConsumerRecord:
    name, name_hex = name_with_hex(consumer.name)
    return ConsumerRecord(
        name=name,
        pending=consumer.pending,
        idle_ms=consumer.idle_ms,
        inactive_ms=consumer.inactive_ms,
        state=consumer_state(consumer, group, snapshot, limits),
        name_hex=name_hex,
    )


def name_with_hex(name: str) -> tuple[str, str | msgspec.UnsetType]:
    r"""A name as JSON text, and its bytes in hex if they are not UTF-8.

    >>> from streamtop.model.text import to_name
    >>> name_with_hex(to_name(b"caf\xe9")), name_with_hex("注文")[0]
    (('caf\\xe9', '636166e9'), '注文')
    """
    raw = from_name(name)
    try:
        return raw.decode(), msgspec.UNSET
    except UnicodeDecodeError:
        return raw.decode(errors="backslashreplace"), raw.hex()


def _id(entry_id: EntryId | None) -> str | None:
    return None if entry_id is None else str(entry_id)
