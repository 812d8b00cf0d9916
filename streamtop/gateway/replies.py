"""Raw reply shapes → model values; pure.

Under RESP2 what other clients show as a mapping is a flat list, name and value in turn.
Servers differ in the order of the names and in how many there are: all of it is tolerated.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from streamtop.model import lag as lags
from streamtop.model.entries import Entry, PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.snapshot import Consumer, Edges, Group, OldestPending
from streamtop.model.text import to_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """Bytes of the first and the last entry, which came along."""


class GroupReply(NamedTuple):
    """One row of XINFO GROUPS."""

    name: bytes
    pending: int
    last_delivered_id: EntryId
    entries_read: int | None
    """`None` before 7.0, and when the server does not know."""
    lag: int | None
    """`None` before 7.0, and when the server cannot tell. Never proof."""


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
    [(length, last_generated, first, last, added, deleted)] = _table([reply], _STREAM)
    return EdgesReply(
        Edges(
            _number(length),
            _id(last_generated),
            _id(first[0]) if isinstance(first, list) else None,
            _id(last[0]) if isinstance(last, list) else None,
            cast("int | None", added),
            None if deleted is None else _id(deleted),
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
    for name, pending, last_delivered_id, entries_read, lag in _table(reply, _GROUP):
        groups.append(
            GroupReply(
                _bytes(name),
                _number(pending),
                _id(last_delivered_id),
                cast("int | None", entries_read),
                cast("int | None", lag),
            )
        )
    return groups


def to_group(
    group: GroupReply,
    *,
    name: str,
    length: int,
    edges: Edges | None,
    oldest_pending: OldestPending | None,
    consumers: tuple[Consumer, ...],
) -> Group:
    """A group, with its lag judged.

    Args:
        group: Its row of XINFO GROUPS.
        name: Its name as text.
        length: Of its stream.
        edges: XINFO STREAM of the same look, asked after XINFO GROUPS; otherwise `None`.
        oldest_pending: Its lowest pending entry.
        consumers: Sorted by name.
    """
    return Group(
        name,
        group.last_delivered_id,
        group.entries_read,
        group.pending,
        lags.judge(
            reported=group.lag,
            last_delivered_id=group.last_delivered_id,
            length=length,
            edges=edges,
        ),
        oldest_pending,
        consumers,
        lags.lost(
            last_delivered_id=group.last_delivered_id,
            entries_read=group.entries_read,
            edges=edges,
        ),
    )


def to_consumers(reply: Reply) -> tuple[Consumer, ...]:
    """The consumers of a group from XINFO CONSUMERS, sorted by name.

    Args:
        reply: Rows of name, pending, idle, and since 7.2 inactive, -1 for one that never
            got an entry; times in milliseconds.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.

    Source:
        https://redis.io/docs/latest/commands/xinfo-consumers/
    """
    consumers = []
    for name, pending, idle, inactive in _table(reply, _CONSUMER):
        active = isinstance(inactive, int) and inactive >= 0
        consumers.append(
            Consumer(
                to_name(_bytes(name)),
                _number(pending),
                _number(idle),
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
    for row in _rows(reply):
        return OldestPending(*_pending(row))
    return None


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
    return tuple(PendingEntry(*_pending(row), seen_at) for row in _rows(reply))


def to_entries(reply: Reply) -> list[Entry]:
    """Entries from XRANGE or XREVRANGE, in the server's order.

    Args:
        reply: Rows of ID and fields; the fields a flat list of name and value in turn, in
            the order of the XADD, duplicates and all. A row whose fields are nil has lost
            its payload and is left out.

    Raises:
        ValueError: If the reply has another shape: the server is not one we know.
    """
    entries = []
    for row in _rows(reply):
        match row:
            case [raw_id, list() as fields]:
                words = cast("list[bytes]", fields)
                pairs = tuple(zip(words[::2], words[1::2], strict=True))
                entries.append(Entry(_id(raw_id), pairs))
            case [_, None] | None:
                continue
            case _:
                raise ValueError("not an entry")
    return entries


def to_time_ms(reply: Reply) -> int | None:
    """The server's clock from TIME, milliseconds since 1970; `None` if it was refused."""
    match reply:
        case [bytes(seconds), bytes(micros)]:
            return int(seconds) * 1000 + int(micros) // 1000
    return None


def _pending(row: Reply) -> tuple[EntryId, str, int, int]:
    if not isinstance(row, list) or len(row) < 4:
        raise ValueError("not a pending entry")
    raw_id, consumer, idle, deliveries = row[:4]
    return _id(raw_id), to_name(_bytes(consumer)), _number(idle), _number(deliveries)


def _rows(reply: Reply) -> list[Reply]:
    if not isinstance(reply, list):
        raise ValueError("not a list")
    return reply


def _table(reply: Reply, names: tuple[bytes, ...]) -> Iterator[tuple[Reply, ...]]:
    """The values under some names, for each row; `None` under a name that is not there.

    The rows of one reply have the names in one order.
    """
    rows = _rows(reply)
    if not rows:
        return iter(())
    layout = tuple(_rows(rows[0])[::2])
    for row in rows:
        _rows(row).append(None)  # what stands at -1
    try:
        pick = _picker(names, layout)
        return iter([pick(row) for row in rows])
    except (IndexError, TypeError):
        raise ValueError("not rows of names and values") from None


@lru_cache(maxsize=64)
def _picker(
    names: tuple[bytes, ...], layout: tuple[Reply, ...]
) -> Callable[[Reply], tuple[Reply, ...]]:
    """What takes the values under some names from a row; at -1 those that it has not.

    Args:
        names: Two at least.
        layout: The names that the row has, in its order.
    """
    places = [layout.index(name) * 2 + 1 if name in layout else -1 for name in names]
    return cast("Callable[[Reply], tuple[Reply, ...]]", itemgetter(*places))


@lru_cache(maxsize=1 << 15)
def _parsed(raw: bytes) -> EntryId:
    """An ID as the server writes it. Most are the same from look to look."""
    ms, _, seq = raw.partition(b"-")
    return EntryId(int(ms), int(seq))


def _id(raw: Reply) -> EntryId:
    if not isinstance(raw, bytes):
        raise ValueError("not an entry ID")
    return _parsed(raw)


def _number(number: Reply) -> int:
    if not isinstance(number, int):
        raise ValueError("not a number")
    return number


def _bytes(raw: Reply) -> bytes:
    if not isinstance(raw, bytes):
        raise ValueError("not a name")
    return raw


def _size(entry: Reply) -> int:
    """Bytes of an entry `[id, fields]`."""
    if not isinstance(entry, list) or not isinstance(entry[1], list):
        return 0
    return sum(map(len, cast("list[bytes]", entry[1])))


def _consumer_name(consumer: Consumer) -> str:
    return consumer.name
