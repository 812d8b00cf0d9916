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
    """One consumer of a group, from XINFO CONSUMERS."""

    name: str
    pending: int
    idle_ms: int
    """Since its last attempt to read or claim (Redis 7.2), or its last success (before)."""
    inactive_ms: int | None
    """Since it last received an entry. `None` before 7.2, and if it never received one."""
    never_active: bool = False
    """Whether the server says that it never received an entry (7.2 and later)."""


@dataclass(frozen=True, slots=True)
class OldestPending:
    """A pending entry as it stands out in a group: the oldest, or the most delivered."""

    id: EntryId
    consumer: str
    """Empty if the entry was released and nobody holds it."""
    idle_ms: int
    """Since it was last delivered, not since it was added; -1 if it was released."""
    deliveries: int


@dataclass(frozen=True, slots=True)
class Group:
    """One consumer group of a stream."""

    name: str
    last_delivered_id: EntryId
    entries_read: int | None
    """Entries ever delivered to it. `None` before Redis 7.0, and if unknown."""
    pending: int
    """Length of its pending entries list (PEL)."""
    lag: Lag
    """Entries not yet delivered to it, and how far that figure can be trusted."""
    oldest_pending: OldestPending | None = None
    """The pending entry with the lowest ID; `None` if nothing is pending."""
    consumers: tuple[Consumer, ...] = ()
    """Sorted by name."""
    lost: int | None = None
    """Entries trimmed unread, by the evidence of this look; `None` if not known."""
    undelivered_id: EntryId | None = None
    """The first entry not yet delivered to it; `None` if there is none or it is not known."""
    most_delivered: OldestPending | None = None
    """The pending entry that was delivered most often, among those seen so far."""
    error: str | None = None
    """Why some of these values are missing, in one sentence: a command was refused."""
    consistent: bool = True
    """Whether its number of pending entries fits its consumers and its oldest pending entry,
    which other commands return, at other moments."""

    @property
    def released(self) -> int:
        """Pending entries that no consumer holds (XNACK)."""
        return max(0, self.pending - sum(consumer.pending for consumer in self.consumers))

    def lag_age_ms(self, time_ms: int | None) -> int | None:
        """How long the first undelivered entry has been waiting, in milliseconds.

        0 if nothing is waiting; `None` if it is not known, or if IDs are not times.
        """
        if self.lag.count == 0 and self.lag.trust == "exact":
            return 0
        return age_ms(self.undelivered_id, time_ms)

    def pending_age_ms(self, time_ms: int | None) -> int | None:
        """How long ago the oldest pending entry was added, in milliseconds.

        0 if nothing is pending; `None` if it is not known, or if IDs are not times.
        """
        if self.oldest_pending is None:
            return 0 if self.pending == 0 else None
        return age_ms(self.oldest_pending.id, time_ms)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream. With an `error`, the other values are old or empty."""

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
        """The group of that name; `None` if there is none."""
        return next((group for group in self.groups if group.name == name), None)


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Which server this is."""

    url: str
    """Without its password."""
    flavour: Flavour = "unknown"
    version: str = ""
    """The version of the flavour: Valkey's own, not the redis_version that it reports."""
    role: Role = "master"
    api: tuple[int, int] = (0, 0)
    """The version of Redis that it is compatible with: (7, 2) for Valkey and redict."""
    cluster: bool = False
    """Whether it is one node of a cluster; only this node's streams are seen then."""

    @property
    def releases(self) -> bool:
        """Whether a pending entry may have no consumer (XNACK, Redis 8.8 and later)."""
        return self.api == (0, 0) or self.api >= (8, 8)

    @property
    def idle_means_attempt(self) -> bool:
        """Whether `idle` counts from the last attempt to read (Redis 7.2 and later).

        Only then can a dead consumer be told from a quiet stream.
        """
        return self.api >= (7, 2)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one look."""

    seconds: float = 0.0
    commands: int = 0
    received: int = 0
    """Bytes of all replies."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The result of one look. Snapshots that differ only in time and cost are equal."""

    taken_at: datetime = field(compare=False)
    at: float = field(compare=False)
    """The same moment in seconds of this machine's monotonic clock."""
    server: ServerInfo
    time_ms: int | None = field(default=None, compare=False)
    """The server's clock in milliseconds since 1970; `None` if TIME was refused."""
    streams: tuple[Stream, ...] = ()
    """Sorted by name."""
    complete: bool = True
    """False until the first scan has visited all keys: there may be more streams."""
    cost: Cost = field(default_factory=Cost, compare=False)

    def stream(self, name: str) -> Stream | None:
        """The stream of that name; `None` if there is none."""
        return next((stream for stream in self.streams if stream.name == name), None)
