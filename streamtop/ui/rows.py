"""What the tables show: values of a snapshot beside what the past and the rules say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.ids import age_ms
from streamtop.model.lag import Lag
from streamtop.model.verdict import Spell, Thresholds, Verdict, is_gone, judge, worst

if TYPE_CHECKING:
    from streamtop.model.entries import PendingEntry
    from streamtop.model.rates import GroupRates, History
    from streamtop.model.snapshot import Consumer, Group, Snapshot, Stream

SPELL = Spell(count=figures.count, duration=figures.duration)
SPARKS = 15
"""Points of a lag's history that are drawn."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group, judged."""

    stream: str
    group: Group
    verdict: Verdict
    rates: GroupRates
    lags: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream, judged by the worst of its groups."""

    stream: Stream
    verdict: Verdict
    added: float | None
    """Entries a second."""
    last_entry_age_ms: int | None

    @property
    def worst_lag(self) -> Lag | None:
        """The largest lag of its groups; `None` without groups.

        While the lag of one is unknown, the largest known one is a lower bound.
        """
        if not self.stream.groups:
            return None
        lags = [group.lag for group in self.stream.groups]
        known = max(
            (lag for lag in lags if lag.count is not None),
            key=lambda lag: lag.count or 0,
            default=None,
        )
        if known is None or (not known.count and any(lag.count is None for lag in lags)):
            return Lag(None, "unknown", "The server tells the lag of no group.")
        if any(lag.count is None for lag in lags):
            return Lag(known.count, "at_least", "The lag of another group is unknown.")
        return known

    @property
    def oldest_pending_ms(self) -> int | None:
        """The longest time since delivery among the groups' oldest pending entries."""
        return max(
            (group.oldest_pending.idle_ms for group in self.stream.groups if group.oldest_pending),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class ConsumerRow:
    """One consumer, and whether it is gone."""

    consumer: Consumer
    gone: bool
    idle_tells: bool
    """Whether idle counts from the last attempt (7.2 and later)."""

    @property
    def state(self) -> str:
        """In one word: gone, active or idle; empty where it cannot be told."""
        if not self.idle_tells:
            return ""
        return "gone" if self.gone else "active" if self.consumer.idle_ms < 10_000 else "idle"


@dataclass(frozen=True, slots=True)
class Payload:
    """What is known of a pending entry's payload."""

    summary: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A pending entry beside its payload."""

    entry: PendingEntry
    payload: Payload | None
    """`None` while it is not known."""


def stream_rows(snapshot: Snapshot, history: History, limits: Thresholds) -> list[StreamRow]:
    """A row for each stream."""
    return [
        StreamRow(
            stream,
            worst(
                judge(group, snapshot, limits, SPELL, history.past(stream.name, group.name))
                for group in stream.groups
            ),
            history.added(stream.name),
            age_ms(stream.edges.last_entry_id if stream.edges else None, snapshot.time_ms),
        )
        for stream in snapshot.streams
    ]


def group_rows(
    stream: Stream, snapshot: Snapshot, history: History, limits: Thresholds
) -> list[GroupRow]:
    """A row for each group of a stream."""
    return [
        GroupRow(
            stream.name,
            group,
            judge(group, snapshot, limits, SPELL, history.past(stream.name, group.name)),
            history.rates(stream.name, group),
            history.lags(stream.name, group.name, SPARKS),
        )
        for group in stream.groups
    ]


def consumer_rows(group: Group, snapshot: Snapshot, limits: Thresholds) -> list[ConsumerRow]:
    """A row for each consumer of a group."""
    server = snapshot.server
    return [
        ConsumerRow(
            consumer,
            is_gone(consumer, server, limits),
            server.idle_means_attempt and server.role != "slave",
        )
        for consumer in group.consumers
    ]
