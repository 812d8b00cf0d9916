"""What streamtop sees of a simulated server: the values its gateway would make of the replies."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtop.gateway import replies
from streamtop.gateway.most_delivered import PAGE as SWEEP_PAGE
from streamtop.gateway.recount import ROUNDS, ROWS, ROWS_A_LOOK
from streamtop.model.edges import Edges
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.lag import in_doubt, judge_lag, lost
from streamtop.model.lag_counter import BOUND, LagCounter
from streamtop.model.snapshot import (
    Consumer,
    Cost,
    Group,
    OldestPending,
    ServerInfo,
    Snapshot,
    Stream,
)

if TYPE_CHECKING:
    from tests.verdicts.simulated_server import (
        ConsumerGroup,
        Dialect,
        SimulatedServer,
        SimulatedStream,
    )

_COST = Cost(0.002, 8, 2_000)


def edges(stream: SimulatedStream, dialect: Dialect) -> Edges:
    """XINFO STREAM."""
    ids = stream.ids
    return Edges(
        len(ids),
        stream.last_id,
        ids[0] if ids else None,
        ids[-1] if ids else None,
        stream.added if dialect.counts_entries else None,
        stream.max_deleted if dialect.counts_entries else None,
    )


def group_row(server: SimulatedServer, name: str, group: ConsumerGroup) -> replies.GroupReply:
    """A row of XINFO GROUPS."""
    return replies.GroupReply(
        name.encode(),
        len(group.pel),
        group.position,
        group.entries_read if server.dialect.counts_entries else None,
        server.reported_lag(group),
    )


def consumers(
    server: SimulatedServer, group: ConsumerGroup, *, replica: bool = False
) -> tuple[Consumer, ...]:
    """XINFO CONSUMERS; a replica knows only what was replicated: successes."""
    now, inactive_known = server.now, server.dialect.idle_is_attempt
    seen = []
    for name in sorted(group.members):
        member = group.members[name]
        if replica:
            if member.replicated_ms is None:
                continue
            idle = now - member.replicated_ms
            seen.append(Consumer(name, member.pending, idle, idle if inactive_known else None))
            continue
        active = member.active_ms
        seen.append(
            Consumer(
                name,
                member.pending,
                now - (member.last_seen_ms(now) if inactive_known else member.seen_ms),
                now - active if inactive_known and active is not None else None,
                inactive_known and active is None,
            )
        )
    return tuple(seen)


def pending_row(server: SimulatedServer, group: ConsumerGroup, one: EntryId) -> OldestPending:
    """A row of XPENDING with a range."""
    pending = group.pel[one]
    idle = server.now - pending.delivered_ms if pending.consumer else -1
    return OldestPending(one, pending.consumer, idle, pending.deliveries)


RESTS = 4
"""Looks between two counts in one go, about."""


class _WatchedGroup:
    """What the gateway remembers of a group from look to look."""

    __slots__ = ("after", "counter", "most", "rests")

    def __init__(self) -> None:
        self.counter: LagCounter | None = None
        self.rests = 0
        self.after = ZERO
        self.most: EntryId | None = None

    def count(self, group: ConsumerGroup, seen: Edges, room: int) -> int:
        """Count undelivered entries as the gateway does; returns how many rows it read."""
        if not in_doubt(group.position, seen.length, seen):
            self.counter = None
            return 0
        if self.counter is None:
            self.counter = LagCounter()
        self.counter.observe(group.position, seen)
        ids, used = group.stream.ids, 0
        rounds, left = ROUNDS, room
        if not self.counter.proven:
            self.rests -= 1
            if self.counter.need <= room:
                self.counter.restart()
            elif self.rests <= 0:
                self.counter.restart()
                self.rests, rounds, room = RESTS, 2 * ROUNDS, 2 * BOUND
        for _ in range(rounds):
            span = self.counter.next_span(min(ROWS, room - used))
            if span is None:
                break
            start = bisect_right(ids, span.beyond)
            end = min(bisect_right(ids, span.upto), start + span.count)
            self.counter.take(span, ids[start:end])
            used += span.count
        return min(used, left)

    def sweep(self, group: ConsumerGroup) -> None:
        """Look through a page of pending entries for the one that was delivered most often."""
        pel = group.pel
        if len(pel) < 2:
            self.most, self.after = None, ZERO
            return
        page = group.pending_ids(self.after, SWEEP_PAGE)
        if self.most is not None and self.most not in pel:
            self.most = None
        for one in page:
            if self.most is None or pel[one].deliveries > pel[self.most].deliveries:
                self.most = one
        self.after = page[-1].next() if len(page) == SWEEP_PAGE else ZERO


class Observer:
    """Takes looks at a simulated server."""

    def __init__(self, server: SimulatedServer, *, replica: bool = False) -> None:
        dialect = server.dialect
        self._server = server
        self._replica = replica
        self._info = ServerInfo(
            "redis://simulated",
            dialect.flavour,
            dialect.version,
            "slave" if replica else "master",
            dialect.api,
        )
        self._watched: dict[tuple[str, str], _WatchedGroup] = {}

    def look(self) -> Snapshot:
        """A look now."""
        server = self._server
        room = ROWS_A_LOOK
        streams = []
        for key in sorted(server.streams):
            stream = server.streams[key]
            seen = edges(stream, server.dialect)
            groups = []
            for name in sorted(stream.groups):
                group = stream.groups[name]
                watched = self._watched.get((key, name))
                if watched is None:
                    watched = self._watched[key, name] = _WatchedGroup()
                room -= watched.count(group, seen, room)
                watched.sweep(group)
                groups.append(self._group(name, group, seen, watched))
            streams.append(Stream(key, seen.length, seen, True, tuple(groups)))
        return Snapshot(
            taken_at=datetime.fromtimestamp(server.now / 1000, UTC),
            at=server.now / 1000,
            server=self._info,
            time_ms=server.now,
            streams=tuple(streams),
            cost=_COST,
        )

    def _group(self, name: str, group: ConsumerGroup, seen: Edges, watched: _WatchedGroup) -> Group:
        server = self._server
        oldest = None
        if group.pel:
            oldest = pending_row(server, group, group.pending_ids()[0])
        most = oldest
        if watched.most is not None and oldest is not None:
            most = max(
                oldest,
                pending_row(server, group, watched.most),
                key=lambda entry: entry.deliveries,
            )
        row = group_row(server, name, group)
        counted = None if watched.counter is None else watched.counter.counted()
        undelivered_id = None if counted is None else counted.first
        if seen.first_entry_id is not None and seen.first_entry_id > group.position:
            undelivered_id = seen.first_entry_id
        return Group(
            name=name,
            last_delivered_id=group.position,
            entries_read=row.entries_read,
            pending=row.pending,
            lag=judge_lag(
                reported=row.lag,
                last_delivered_id=group.position,
                length=seen.length,
                edges=seen,
                counted=counted,
            ),
            oldest_pending=oldest,
            consumers=consumers(server, group, replica=self._replica),
            lost=lost(last_delivered_id=group.position, entries_read=row.entries_read, edges=seen),
            undelivered_id=undelivered_id,
            most_delivered=most,
        )
