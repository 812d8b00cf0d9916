"""One look at a server: Snapshot > Stream > Group > Consumer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from streamtop.model.ids import age_ms

if TYPE_CHECKING:
    from datetime import datetime

    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.lag import Lag

Flavour = Literal["redis", "valkey", "redict", "unknown"]
Role = Literal["master", "slave", "sentinel", "cluster"]


@dataclass(frozen=True, slots=True)
class Consumer:
    """One consumer of a group, as XINFO CONSUMERS tells it."""

    name: str
    pending: int
    idle_ms: int
    """Since its last attempt to read or claim (7.2 and later), or its last success (before)."""
    inactive_ms: int | None
    """Since it last got an entry. `None` before 7.2, and when it never got one."""
    never_active: bool = False
    """Whether the server says that it never got an entry (7.2 and later)."""


@dataclass(frozen=True, slots=True)
class OldestPending:
    """The pending entry with the lowest ID, as `XPENDING key group - + 1` tells it."""

    id: EntryId
    consumer: str
    """Empty when the entry was released and nobody holds it."""
    idle_ms: int
    """Since it was last delivered, not since it was added; -1 when it was released."""
    deliveries: int


@dataclass(frozen=True, slots=True)
class Group:
    """One consumer group of a stream."""

    name: str
    last_delivered_id: EntryId
    entries_read: int | None
    """How many entries were ever delivered to it. `None` before 7.0 and when unknown."""
    pending: int
    """Length of its pending entries list (PEL)."""
    lag: Lag
    """Entries not yet delivered to it, and how far that figure can be trusted."""
    oldest_pending: OldestPending | None = None
    """`None` when nothing is pending."""
    consumers: tuple[Consumer, ...] = ()
    """Sorted by name."""
    lost: int | None = None
    """Entries that were trimmed unread, seen at this look: `None` when that cannot be told."""
    undelivered_id: EntryId | None = None
    """The first entry not yet delivered to it; `None` when there is none, or it is not known."""
    most_delivered: OldestPending | None = None
    """The pending entry that was delivered most often, among those that were looked at."""

    @property
    def released(self) -> int:
        """Pending entries that no consumer holds (XNACK)."""
        return max(0, self.pending - sum(consumer.pending for consumer in self.consumers))

    def lag_age_ms(self, time_ms: int | None) -> int | None:
        """How long the first undelivered entry has been waiting, in milliseconds.

        0 when nothing waits; `None` when it is not known, or when IDs are no times.
        """
        if self.lag.count == 0 and self.lag.trust == "exact":
            return 0
        return age_ms(self.undelivered_id, time_ms)

    def pending_age_ms(self, time_ms: int | None) -> int | None:
        """How long ago the oldest pending entry was added, in milliseconds.

        0 when nothing is pending; `None` when IDs are no times.
        """
        if self.oldest_pending is None:
            return 0 if self.pending == 0 else None
        return age_ms(self.oldest_pending.id, time_ms)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream. With an `error`, the rest is what was known before, or nothing."""

    name: str
    length: int = 0
    edges: Edges | None = None
    """From this look, or from an earlier one when `edges_fresh` is false."""
    edges_fresh: bool = False
    groups: tuple[Group, ...] = ()
    """Sorted by name."""
    error: str | None = None
    """Why the stream could not be read, in one sentence."""

    @property
    def pending(self) -> int:
        """Pending entries of all groups."""
        return sum(group.pending for group in self.groups)

    def group(self, name: str) -> Group | None:
        """The group of that name, if it is there."""
        return next((group for group in self.groups if group.name == name), None)


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Which server this is."""

    url: str
    """Without its password."""
    flavour: Flavour = "unknown"
    version: str = ""
    """Of the flavour: Valkey's own, not the redis_version it answers."""
    role: Role = "master"
    api: tuple[int, int] = (0, 0)
    """The version of Redis whose replies it gives: (7, 2) for Valkey and redict."""
    cluster: bool = False
    """Whether it is one node of a cluster; only this node's streams are seen then."""

    @property
    def idle_means_attempt(self) -> bool:
        """Whether `idle` counts from the last attempt (7.2 and later), so that a dead
        consumer can be told from a quiet stream.
        """  # noqa: D205 - one sentence
        return self.api >= (7, 2)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one look cost."""

    seconds: float = 0.0
    commands: int = 0
    received: int = 0
    """Bytes of all replies."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one look saw. Two looks that saw the same are equal."""

    taken_at: datetime = field(compare=False)
    at: float = field(compare=False)
    """When it was taken: seconds of this machine's monotonic clock."""
    server: ServerInfo
    time_ms: int | None = field(default=None, compare=False)
    """The server's clock, milliseconds since 1970; `None` if TIME was refused."""
    streams: tuple[Stream, ...] = ()
    """Sorted by name."""
    complete: bool = True
    """False while the first scan for streams is still under way: there may be more."""
    cost: Cost = field(default_factory=Cost, compare=False)

    def stream(self, name: str) -> Stream | None:
        """The stream of that name, if it was seen."""
        return next((stream for stream in self.streams if stream.name == name), None)
