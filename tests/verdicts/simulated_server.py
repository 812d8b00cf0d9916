"""Streams and consumer groups in virtual time, in the dialect of each server generation.

The clock is a number that the caller moves. Entries have no payloads. Beside what a real
server keeps, each group records the truth that no server tells: what was lost, delivered for
the first time, acknowledged. tests/verdicts/test_simulation_is_real.py compares the model with
real servers, command by command.

Source:
    t_stream.c of Redis 6.2 to 8.10 and Valkey 9.1, and the replies of those servers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO, EntryId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtop.model.snapshot import Flavour

FATAL = 2**63 - 1
"""The delivery count of an entry that XNACK marked fatal."""


@dataclass(frozen=True)
class Dialect:
    """What a server generation counts, and how."""

    name: str
    version: str
    api: tuple[int, int]
    flavour: Flavour = "redis"
    leaps: bool = False
    """Whether entries-read becomes the position when a group reads on after a trim."""
    first_entry_rule: bool = False
    """Whether the lag is the length while the first entry is above the group's position."""
    xnack: bool = False

    @property
    def counts_entries(self) -> bool:
        """Whether entries-added, entries-read and lag exist (7.0)."""
        return self.api >= (7, 0)

    @property
    def idle_is_attempt(self) -> bool:
        """Whether idle counts from the last attempt, and inactive exists (7.2)."""
        return self.api >= (7, 2)

    @property
    def drops_missing(self) -> bool:
        """Whether XCLAIM and XAUTOCLAIM drop pending entries whose payload is gone (7.0)."""
        return self.api >= (7, 0)


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("6.2", "6.2.14", (6, 2)),
        Dialect("7.0", "7.0.15", (7, 0)),
        Dialect("7.2", "7.2.4", (7, 2)),
        Dialect("valkey-9", "9.1.2", (7, 2), "valkey", leaps=True),
        Dialect("8.2", "8.2.3", (8, 2), leaps=True, first_entry_rule=True),
        Dialect("8.10", "8.10.2", (8, 10), leaps=True, first_entry_rule=True, xnack=True),
    )
}


def dialect_of(server: str) -> Dialect | None:
    """The dialect of a server `redis-8.2.3`, `valkey-9.1.2` ...; `None` if none is known."""
    flavour, _, version = server.partition("-")
    for dialect in DIALECTS.values():
        minor = dialect.version.rpartition(".")[0]
        if dialect.flavour == flavour and version.startswith(f"{minor}."):
            return dialect
    return None


class Pending:
    """An entry of a pending entries list."""

    __slots__ = ("consumer", "delivered_ms", "deliveries")

    def __init__(self, consumer: str, delivered_ms: int, deliveries: int = 1) -> None:
        self.consumer = consumer
        """Empty when the entry was released."""
        self.delivered_ms = delivered_ms
        self.deliveries = deliveries


class Member:
    """A consumer of a group, as the server knows it."""

    __slots__ = ("active_ms", "pending", "renewal_ms", "replicated_ms", "seen_ms")

    def __init__(self, now: int) -> None:
        self.seen_ms = now
        self.active_ms: int | None = None
        self.replicated_ms: int | None = None
        """Its last success that a replica saw."""
        self.pending = 0
        self.renewal_ms = 0
        """While it blocks and asks again each so many milliseconds; 0 if it does not."""

    def last_seen_ms(self, now: int) -> int:
        """When it last asked, counting the renewals of its BLOCK."""
        if not self.renewal_ms:
            return self.seen_ms
        return now - (now - self.seen_ms) % self.renewal_ms


@dataclass(slots=True)
class Tally:
    """The truth about a group, counted since it was created."""

    delivered: int = 0
    """Entries that `>` gave it, NOACK included."""
    acknowledged: int = 0
    """Entries that left its pending list by XACK, and those that NOACK delivered."""
    lost: int = 0
    """Entries trimmed before it read them."""
    deleted_unread: int = 0
    """Entries removed by XDEL before it read them."""
    delivered_ms: int | None = None
    """When `>` last gave it an entry."""
    acknowledged_ms: int | None = None
    """When one was last acknowledged."""


class ConsumerGroup:
    """A consumer group of a simulated stream."""

    def __init__(self, stream: SimulatedStream, position: EntryId, read: int | None) -> None:
        self.stream = stream
        self.position = position
        self.entries_read = read
        self.members: dict[str, Member] = {}
        self.pel: dict[EntryId, Pending] = {}
        self._order: list[EntryId] = []
        """The IDs of `pel`, sorted, and some that were acknowledged meanwhile."""
        self.tally = Tally()

    @property
    def undelivered(self) -> int:
        """The true lag."""
        return len(self.stream.ids) - bisect_right(self.stream.ids, self.position)

    def pending_ids(self, start: EntryId = ZERO, count: int = 1) -> list[EntryId]:
        """The lowest pending IDs from `start` on."""
        order, pel = self._order, self.pel
        if len(order) > 2 * len(pel) + 64:
            order = self._order = [one for one in order if one in pel]
        found: list[EntryId] = []
        for index in range(bisect_left(order, start), len(order)):
            if order[index] in pel:
                found.append(order[index])
                if len(found) == count:
                    break
        return found

    def put(self, one: EntryId, pending: Pending) -> None:
        """Make an entry pending, or change whose it is."""
        old = self.pel.get(one)
        if old is None:
            at = bisect_left(self._order, one)
            if at == len(self._order):
                self._order.append(one)
            elif self._order[at] != one:
                self._order.insert(at, one)
        elif old.consumer:
            self.members[old.consumer].pending -= 1
        self.pel[one] = pending
        if pending.consumer:
            self.members[pending.consumer].pending += 1

    def drop(self, one: EntryId) -> bool:
        """Remove an entry from the pending list; whether it was there."""
        old = self.pel.pop(one, None)
        if old is not None and old.consumer:
            self.members[old.consumer].pending -= 1
        return old is not None


class SimulatedStream:
    """A stream: the IDs of its entries and the counters of XINFO STREAM."""

    def __init__(self) -> None:
        self.ids: list[EntryId] = []
        self.last_id = ZERO
        self.added = 0
        self.max_deleted = ZERO
        self.groups: dict[str, ConsumerGroup] = {}

    @property
    def first_id(self) -> EntryId:
        """The first entry's ID; 0-0 when there is none."""
        return self.ids[0] if self.ids else ZERO

    def exists(self, one: EntryId) -> bool:
        """Whether the entry is in the stream."""
        at = bisect_left(self.ids, one)
        return at < len(self.ids) and self.ids[at] == one

    def has_tombstone_from(self, start: EntryId) -> bool:
        """Whether an entry at or above `start` was removed by XDEL, for all the server knows."""
        if not self.ids or self.max_deleted == ZERO:
            return False
        return start <= self.max_deleted

    def place_of(self, one: EntryId, dialect: Dialect) -> int | None:
        """How many entries were ever added up to this one, if the server can tell."""
        if not self.added:
            return 0
        if not self.ids and one <= self.last_id:
            return self.added
        if dialect.leaps and one != ZERO and one < self.max_deleted:
            return None
        if one == self.last_id:
            return self.added
        if one > self.last_id:
            return None
        if self.max_deleted == ZERO or self.max_deleted < self.first_id:
            if one < self.first_id:
                return self.added - len(self.ids)
            if one == self.first_id:
                return self.added - len(self.ids) + 1
        return None


@dataclass(slots=True)
class Claimed:
    """What XAUTOCLAIM answers."""

    cursor: EntryId
    ids: list[EntryId] = field(default_factory=list)


class SimulatedServer:
    """One server: its clock, its streams, and the commands that change them."""

    def __init__(self, dialect: Dialect, now: int) -> None:
        self.dialect = dialect
        self.now = now
        """Milliseconds since 1970."""
        self.streams: dict[str, SimulatedStream] = {}

    # -- entries ---------------------------------------------------------------

    def xadd(self, key: str, one: EntryId | None = None, maxlen: int | None = None) -> EntryId:
        """Add an entry, with the ID that the clock gives unless one is named."""
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = SimulatedStream()
        if one is None:
            last = stream.last_id
            one = EntryId(self.now, 0) if self.now > last.ms else EntryId(last.ms, last.seq + 1)
        if one <= stream.last_id:
            raise ValueError("the ID is not above the last one")
        stream.ids.append(one)
        stream.last_id = one
        stream.added += 1
        if maxlen is not None and len(stream.ids) > maxlen:
            self._trim(stream, len(stream.ids) - maxlen)
        return one

    def xtrim(self, key: str, maxlen: int) -> int:
        """Remove the oldest entries beyond `maxlen`; how many they were."""
        stream = self.streams[key]
        surplus = max(0, len(stream.ids) - maxlen)
        self._trim(stream, surplus)
        return surplus

    def xtrim_minid(self, key: str, lowest: EntryId) -> int:
        """Remove the entries below an ID; how many they were."""
        stream = self.streams[key]
        surplus = bisect_left(stream.ids, lowest)
        self._trim(stream, surplus)
        return surplus

    def _trim(self, stream: SimulatedStream, surplus: int) -> None:
        if not surplus:
            return
        for group in stream.groups.values():
            if stream.ids[surplus - 1] > group.position:
                group.tally.lost += surplus - bisect_right(stream.ids, group.position, 0, surplus)
        del stream.ids[:surplus]

    def xdel(self, key: str, ids: Iterable[EntryId]) -> int:
        """Delete entries by ID; how many were there."""
        stream = self.streams[key]
        deleted = 0
        for one in ids:
            at = bisect_left(stream.ids, one)
            if at == len(stream.ids) or stream.ids[at] != one:
                continue
            del stream.ids[at]
            deleted += 1
            stream.max_deleted = max(stream.max_deleted, one)
            for group in stream.groups.values():
                if one > group.position:
                    group.tally.deleted_unread += 1
        return deleted

    # -- groups ----------------------------------------------------------------

    def xgroup_create(
        self, key: str, name: str, position: EntryId | None = ZERO, entries_read: int | None = None
    ) -> ConsumerGroup:
        """Create a group, and the stream if need be; position `None` is `$`."""
        stream = self.streams.setdefault(key, SimulatedStream())
        group = ConsumerGroup(
            stream, stream.last_id if position is None else position, entries_read
        )
        stream.groups[name] = group
        return group

    def xgroup_setid(
        self, key: str, name: str, position: EntryId | None, entries_read: int | None = None
    ) -> None:
        """Move a group's position; `None` is `$`."""
        group = self.group(key, name)
        group.position = group.stream.last_id if position is None else position
        group.entries_read = entries_read

    def xgroup_destroy(self, key: str, name: str) -> None:
        """Destroy a group."""
        del self.streams[key].groups[name]

    def xgroup_createconsumer(self, key: str, name: str, consumer: str) -> None:
        """Create a consumer unless it is there."""
        members = self.group(key, name).members
        if consumer not in members:
            members[consumer] = Member(self.now)

    def xgroup_delconsumer(self, key: str, name: str, consumer: str) -> int:
        """Delete a consumer and its pending entries; how many those were."""
        group = self.group(key, name)
        if consumer not in group.members:
            return 0
        gone = [one for one, pending in group.pel.items() if pending.consumer == consumer]
        for one in gone:
            group.drop(one)
        del group.members[consumer]
        return len(gone)

    # -- reading ---------------------------------------------------------------

    def xreadgroup(
        self, key: str, name: str, consumer: str, count: int, *, noack: bool = False
    ) -> list[EntryId]:
        """Deliver entries that were never delivered (`>`); none if there are none."""
        group = self.group(key, name)
        stream = group.stream
        start = bisect_right(stream.ids, group.position)
        ids = stream.ids[start : start + count]
        member = group.members.get(consumer)
        if self.dialect.idle_is_attempt:
            if member is None:
                member = group.members[consumer] = Member(self.now)
            member.seen_ms = self.now
        if not ids:
            return ids
        if member is None:
            member = group.members[consumer] = Member(self.now)
        member.seen_ms = self.now
        if not noack:
            member.active_ms = self.now
        member.replicated_ms = self.now
        self._advance(group, ids)
        group.tally.delivered += len(ids)
        group.tally.delivered_ms = self.now
        if noack:
            group.tally.acknowledged += len(ids)
            group.tally.acknowledged_ms = self.now
        else:
            for one in ids:
                group.put(one, Pending(consumer, self.now))
        return ids

    def _advance(self, group: ConsumerGroup, ids: Sequence[EntryId]) -> None:
        """Move the position over these entries, and entries-read as this dialect does."""
        stream, dialect = group.stream, self.dialect
        if not dialect.counts_entries:
            group.position = ids[-1]
            return
        for one in ids:
            valid = group.entries_read is not None
            if dialect.leaps:
                valid = (
                    valid
                    and group.position >= stream.first_id
                    and not stream.has_tombstone_from(group.position)
                )
            else:
                valid = valid and not stream.has_tombstone_from(one)
            if valid and group.entries_read is not None:
                group.entries_read += 1
            elif stream.added:
                group.entries_read = stream.place_of(one, dialect)
            group.position = one

    def xreadgroup_history(
        self, key: str, name: str, consumer: str, count: int, after: EntryId = ZERO
    ) -> list[EntryId]:
        """The consumer's own pending entries above `after`, which count as delivered once more.

        Those without a payload come along, and do not count.
        """
        group = self.group(key, name)
        member = group.members.get(consumer)
        if member is None:
            member = group.members[consumer] = Member(self.now)
        member.seen_ms = self.now
        if not member.pending:
            return []
        ids: list[EntryId] = []
        for one in group.pending_ids(after.next(), len(group.pel)):
            pending = group.pel[one]
            if pending.consumer == consumer:
                ids.append(one)
                if group.stream.exists(one):
                    pending.delivered_ms = self.now
                    pending.deliveries += 1
                if len(ids) == count:
                    break
        return ids

    def touch_blocked(self, key: str, name: str, consumer: str) -> None:
        """An entry came in while this consumer blocked: since 7.2 its command runs again."""
        if self.dialect.idle_is_attempt:
            self.group(key, name).members[consumer].seen_ms = self.now

    # -- pending entries -------------------------------------------------------

    def xack(self, key: str, name: str, ids: Iterable[EntryId]) -> int:
        """Acknowledge entries; how many were pending."""
        group = self.group(key, name)
        done = 0
        for one in ids:
            if group.drop(one):
                done += 1
        if done:
            group.tally.acknowledged += done
            group.tally.acknowledged_ms = self.now
        return done

    def xclaim(
        self,
        key: str,
        name: str,
        consumer: str,
        min_idle: int,
        ids: Iterable[EntryId],
        *,
        justid: bool = False,
        idle: int | None = None,
        retrycount: int | None = None,
        force: bool = False,
    ) -> list[EntryId]:
        """Claim entries; those that were claimed and exist (before 7.0: all claimed)."""
        group = self.group(key, name)
        self._attempt(group, consumer)
        claimed: list[EntryId] = []
        for one in ids:
            old = group.pel.get(one)
            exists = group.stream.exists(one)
            if not exists and self.dialect.drops_missing:
                group.drop(one)
                continue
            if old is None:
                if not force or not exists:
                    continue
                deliveries = 1
            else:
                if old.consumer and min_idle and self.now - old.delivered_ms < min_idle:
                    continue
                deliveries = old.deliveries
            self._touch(group, consumer)
            if retrycount is not None:
                deliveries = retrycount
            elif not justid and deliveries < FATAL:
                deliveries += 1
            group.put(one, Pending(consumer, self.now - (idle or 0), deliveries))
            if exists:
                claimed.append(one)
        return claimed

    def xautoclaim(
        self,
        key: str,
        name: str,
        consumer: str,
        min_idle: int,
        start: EntryId = ZERO,
        count: int = 100,
        *,
        justid: bool = False,
    ) -> Claimed:
        """Claim what is idle for long enough, from `start` on, at most ten times `count` seen."""
        group = self.group(key, name)
        self._attempt(group, consumer)
        answer = Claimed(ZERO)
        seen = group.pending_ids(start, 10 * count + 1)
        left = count
        for index, one in enumerate(seen):
            if index == 10 * count or not left:
                answer.cursor = one
                break
            pending = group.pel[one]
            exists = group.stream.exists(one)
            if not exists and self.dialect.drops_missing:
                group.drop(one)
                left -= 1
                continue
            if pending.consumer and min_idle and self.now - pending.delivered_ms < min_idle:
                continue
            left -= 1
            self._touch(group, consumer)
            deliveries = pending.deliveries
            if not justid and deliveries < FATAL:
                deliveries += 1
            group.put(one, Pending(consumer, self.now, deliveries))
            if exists:
                answer.ids.append(one)
        return answer

    def xnack(self, key: str, name: str, ids: Iterable[EntryId], mode: str = "FAIL") -> int:
        """Release entries (8.8): nobody holds them, anybody may claim them."""
        group = self.group(key, name)
        done = 0
        for one in ids:
            old = group.pel.get(one)
            if old is None:
                continue
            deliveries = {"SILENT": max(0, old.deliveries - 1), "FATAL": FATAL}.get(
                mode, old.deliveries
            )
            group.put(one, Pending("", 0, deliveries))
            done += 1
        return done

    def _attempt(self, group: ConsumerGroup, consumer: str) -> None:
        """XCLAIM and XAUTOCLAIM touch their consumer since 7.2, and create it."""
        if self.dialect.idle_is_attempt:
            member = group.members.get(consumer)
            if member is None:
                member = group.members[consumer] = Member(self.now)
            member.seen_ms = self.now

    def _touch(self, group: ConsumerGroup, consumer: str) -> None:
        """An entry was claimed."""
        member = group.members.get(consumer)
        if member is None:
            member = group.members[consumer] = Member(self.now)
        member.seen_ms = member.active_ms = member.replicated_ms = self.now

    # -- what it answers -------------------------------------------------------

    def group(self, key: str, name: str) -> ConsumerGroup:
        """A group that is there."""
        return self.streams[key].groups[name]

    def reported_lag(self, group: ConsumerGroup) -> int | None:
        """The lag of XINFO GROUPS, with the errors of this dialect; `None` where it is nil."""
        stream = group.stream
        if not self.dialect.counts_entries:
            return None
        if not stream.added:
            return 0
        if self.dialect.first_entry_rule:
            if not stream.ids:
                return 0
            if group.position < stream.first_id and stream.max_deleted < stream.first_id:
                return len(stream.ids)
        if group.entries_read is not None and not stream.has_tombstone_from(group.position):
            return stream.added - group.entries_read
        place = stream.place_of(group.position, self.dialect)
        return None if place is None else stream.added - place
