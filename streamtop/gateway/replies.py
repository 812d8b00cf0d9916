"""Raw reply shapes → model values; pure.

Under RESP2 a mapping is a flat list of alternating names and values. Servers differ in the
order and the number of names; any are accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from streamtop.gateway.reply_values import (
    to_bytes,
    to_id,
    to_new_id,
    to_number,
    to_rows,
    to_table,
)
from streamtop.model.edges import Edges
from streamtop.model.entries import Entry, PendingEntry
from streamtop.model.snapshot import Consumer, OldestPending
from streamtop.model.text import to_name

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.source import Reply

_STREAM = (
    *(b"length", b"last-generated-id", b"first-entry", b"last-entry"),
    *(b"entries-added", b"max-deleted-entry-id"),
)
_GROUP = (b"name", b"pending", b"last-delivered-id", b"entries-read", b"lag")
_CONSUMER = (b"name", b"pending", b"idle", b"inactive")


class EdgesReply(NamedTuple):
    """XINFO STREAM."""

    edges: Edges
    payload: int
    """Bytes of the first and last entry, which the reply includes."""


class GroupReply(NamedTuple):
    """One row of XINFO GROUPS."""

    name: bytes
    pending: int
    last_delivered_id: EntryId
    entries_read: int | None
    """`None` before Redis 7.0, and if the server does not know."""
    lag: int | None
    """`None` before Redis 7.0, and if the server does not know. Never proof."""


def to_edges(reply: Reply) -> EdgesReply:
    """The edges of a stream from XINFO STREAM.

    Args:
        reply: length, last-generated-id, first-entry, last-entry (each `[id, fields]` or
            nil), and since 7.0 entries-added and max-deleted-entry-id, among others.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.

    Source:
        https://redis.io/docs/latest/commands/xinfo-stream/
    """
    [(length, last_generated, first, last, added, deleted)] = to_table([reply], _STREAM)
    return EdgesReply(
        Edges(
            to_number(length),
            to_id(last_generated),
            to_id(first[0]) if isinstance(first, list) else None,
            to_id(last[0]) if isinstance(last, list) else None,
            cast("int | None", added),
            None if deleted is None else to_id(deleted),
        ),
        _size(first) + _size(last),
    )


def to_groups(reply: Reply) -> list[GroupReply]:
    """The groups of a stream from XINFO GROUPS, in the server's order.

    Args:
        reply: Rows of name, consumers, pending, last-delivered-id, and since 7.0
            entries-read and lag, either of which may be nil.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.

    Source:
        https://redis.io/docs/latest/commands/xinfo-groups/
    """
    groups = []
    for name, pending, last_delivered_id, entries_read, lag in to_table(reply, _GROUP):
        groups.append(
            GroupReply(
                to_bytes(name),
                to_number(pending),
                to_id(last_delivered_id),
                cast("int | None", entries_read),
                cast("int | None", lag),
            )
        )
    return groups


def to_consumers(reply: Reply) -> tuple[Consumer, ...]:
    """The consumers of a group from XINFO CONSUMERS, sorted by name.

    Args:
        reply: Rows of name, pending, idle, and since 7.2 inactive, which is -1 for a
            consumer that never received an entry; times in milliseconds.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.

    Source:
        https://redis.io/docs/latest/commands/xinfo-consumers/
    """
    consumers = []
    for name, pending, idle, inactive in to_table(reply, _CONSUMER):
        active = isinstance(inactive, int) and inactive >= 0
        consumers.append(
            Consumer(
                to_name(to_bytes(name)),
                to_number(pending),
                to_number(idle),
                cast("int", inactive) if active else None,
                inactive is not None and not active,
            )
        )
    if len(consumers) > 1:
        consumers.sort(key=_consumer_name)
    return tuple(consumers)


def to_oldest_pending(reply: Reply) -> OldestPending | None:
    """The lowest pending entry from `XPENDING key group - + 1`; `None` if nothing is pending.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.
    """
    for row in to_rows(reply):
        return OldestPending(*_pending(row))
    return None


class PendingPage(NamedTuple):
    """The summary of a page of XPENDING."""

    length: int
    last: EntryId | None
    most: OldestPending | None
    """The entry with the most deliveries; fatal ones (XNACK) count as the most."""


def to_most_delivered(reply: Reply) -> PendingPage:
    """The summary of a page of XPENDING key group start end count.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.
    """
    rows = [_pending(row) for row in to_rows(reply)]
    if not rows:
        return PendingPage(0, None, None)
    return PendingPage(len(rows), rows[-1][0], OldestPending(*max(rows, key=lambda row: row[3])))


def to_ids(reply: Reply) -> list[EntryId]:
    """The IDs of the rows of XRANGE.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.
    """
    return [to_new_id(to_rows(row)[0]) for row in to_rows(reply)]


def to_pending(reply: Reply, seen_at: float) -> tuple[PendingEntry, ...]:
    """Pending entries from XPENDING with a range.

    Args:
        reply: Rows of ID, consumer, milliseconds since the last delivery, and deliveries.
            A released entry has the consumer "" and the time -1.
        seen_at: Seconds of the monotonic clock, taken after the reply.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.

    Source:
        https://redis.io/docs/latest/commands/xpending/
    """
    return tuple(PendingEntry(*_pending(row), seen_at) for row in to_rows(reply))


def to_entries(reply: Reply) -> list[Entry]:
    """Entries from XRANGE or XREVRANGE, in the server's order.

    Args:
        reply: Rows of ID and fields. The fields are a flat list of alternating names and
            values in the order of the XADD, duplicates included. Rows without a payload
            (nil) are skipped.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.
    """
    entries = []
    for row in to_rows(reply):
        match row:
            case [raw_id, list() as fields]:
                words = cast("list[bytes]", fields)
                pairs = tuple(zip(words[::2], words[1::2], strict=True))
                entries.append(Entry(to_id(raw_id), pairs))
            case [_, None] | None:
                continue
            case _:
                raise ValueError("not an entry")
    return entries


def to_time_ms(reply: Reply) -> int | None:
    """The server's clock from TIME in milliseconds since 1970; `None` if it was refused."""
    match reply:
        case [bytes(seconds), bytes(micros)]:
            return int(seconds) * 1000 + int(micros) // 1000
    return None


def _pending(row: Reply) -> tuple[EntryId, str, int, int]:
    if not isinstance(row, list) or len(row) < 4:
        raise ValueError("not a pending entry")
    raw_id, consumer, idle, deliveries = row[:4]
    return to_id(raw_id), to_name(to_bytes(consumer)), to_number(idle), to_number(deliveries)


def _size(entry: Reply) -> int:
    """Bytes of an entry `[id, fields]`."""
    if not isinstance(entry, list) or not isinstance(entry[1], list):
        return 0
    return sum(map(len, cast("list[bytes]", entry[1])))


def _consumer_name(consumer: Consumer) -> str:
    return consumer.name
