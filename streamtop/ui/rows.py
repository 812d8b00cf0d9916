"""The rows of the tables: parts of a snapshot with their verdicts, rates and ages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.ids import age_ms
from streamtop.model.lag import Lag
from streamtop.model.verdict import (
    KINDS,
    OK,
    Thresholds,
    Verdict,
    consumer_state,
    is_quiet,
    judge_group,
    worst,
)
from streamtop.planning.recoveries import FORMATTER, Recoveries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.delivery_bounds import Bounds
    from streamtop.model.entries import Entry, PendingEntry
    from streamtop.model.history import GroupRates, History
    from streamtop.model.observed_changes import ObservedChanges
    from streamtop.model.sentences import Finding
    from streamtop.model.snapshot import Consumer, Group, Snapshot, Stream

SPARKS = 12
"""Points of the lag's history that are drawn."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group, judged."""

    stream: str
    group: Group
    verdict: Verdict
    rates: GroupRates
    lags: tuple[int | None, ...]
    lost: Bounds | None
    """Entries that it was seen to lose in this session; `None` if that cannot be told."""
    lag_age_ms: int | None
    """How long the first undelivered entry has waited; `None` if unknown."""


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream, judged by the worst of its groups."""

    stream: Stream
    verdict: Verdict
    added: float | None
    """Entries a second."""
    last_entry_age_ms: int | None
    lag_age_ms: int | None
    """The longest known wait of an undelivered entry, among the groups."""

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
            return Lag(None, "unknown", "The lag of no group is known.")
        if any(lag.count is None for lag in lags):
            return Lag(known.count, "at_least", "The lag of another group is unknown.")
        return known

    @property
    def oldest_pending_ms(self) -> int | None:
        """The longest time since delivery among the groups' oldest pending entries.

        -1 if these are all released.
        """
        return max(
            (group.oldest_pending.idle_ms for group in self.stream.groups if group.oldest_pending),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class ConsumerRow:
    """One consumer with its state."""

    consumer: Consumer
    state: str
    """gone, active or idle; empty if unknown."""

    @property
    def gone(self) -> bool:
        """Whether it has stopped asking for entries."""
        return self.state == "gone"

    @property
    def holds(self) -> bool:
        """Whether any entry is pending with it."""
        return self.consumer.pending > 0


@dataclass(frozen=True, slots=True)
class Payload:
    """The payload of a pending entry."""

    summary: str
    gone: bool = False
    entry: Entry | None = None
    """The entry itself, if it is too large to be fetched twice."""


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A pending entry with its payload."""

    entry: PendingEntry
    payload: Payload | None
    """`None` while it is unknown."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A snapshot with the verdict on each group."""

    snapshot: Snapshot
    verdicts: dict[tuple[str, str], Verdict]
    """By the names of stream and group."""
    streams: list[StreamRow]
    """A row for each stream."""

    def verdict(self, stream: str, group: str) -> Verdict:
        """The verdict on a group."""
        return self.verdicts.get((stream, group), OK)


class Judge:
    """Judges each snapshot once, however many panes show it."""

    def __init__(
        self, history: History, limits: Thresholds, recoveries: Recoveries | None = None
    ) -> None:
        """Make the judge.

        Args:
            history: The snapshots before.
            limits: Limits above which a group is reported.
            recoveries: What operations of this session moved.
        """
        self.history = history
        self.limits = limits
        self.recoveries = recoveries or Recoveries()
        self._last: Judged | None = None

    def judged(self, snapshot: Snapshot) -> Judged:
        """The snapshot with its verdicts; it must be the latest in the history."""
        if self._last is None or self._last.snapshot is not snapshot:
            self._last = self._judge(snapshot)
        return self._last

    def _judge(self, snapshot: Snapshot) -> Judged:
        verdicts: dict[tuple[str, str], Verdict] = {}
        rows = []
        unfinished = self.recoveries.findings(self.limits.stuck_ms)
        for stream in snapshot.streams:
            of_stream = []
            for group in stream.groups:
                verdict = self._verdict(stream, group, snapshot)
                more = unfinished.get((stream.name, group.name), ())
                verdict = _with_findings(verdict, more) if more else verdict
                verdicts[stream.name, group.name] = verdict
                of_stream.append(verdict)
            age = age_ms(stream.edges.last_entry_id if stream.edges else None, snapshot.time_ms)
            added = self.history.added(stream.name)
            waiting = (group.lag_age_ms(snapshot.time_ms) for group in stream.groups)
            longest = max((ms for ms in waiting if ms is not None), default=None)
            rows.append(StreamRow(stream, worst(of_stream), added, age, longest))
        return Judged(snapshot, verdicts, rows)

    def _verdict(self, stream: Stream, group: Group, snapshot: Snapshot) -> Verdict:
        lost = self.history.lost(stream.name, group.name)
        if is_quiet(group) and (lost is None or not lost.low):
            return OK  # most groups, most of the time
        past = self.history.changes(stream.name, group.name)
        return judge_group(group, snapshot, self.limits, FORMATTER, past)


def _with_findings(verdict: Verdict, more: Sequence[Finding]) -> Verdict:
    """A verdict with further findings, which are more than a warm-up."""
    before = () if verdict.kind == "warming_up" else verdict.findings
    findings = sorted((*before, *more), key=lambda finding: KINDS.index(finding.kind))
    return Verdict(findings[0].kind, tuple(findings))


def group_rows(stream: Stream, judged: Judged, history: History) -> list[GroupRow]:
    """A row for each group of a stream."""
    return [
        GroupRow(
            stream.name,
            group,
            judged.verdict(stream.name, group.name),
            history.rates(stream.name, group),
            history.lags(stream.name, group.name, SPARKS),
            history.lost(stream.name, group.name),
            group.lag_age_ms(judged.snapshot.time_ms),
        )
        for group in stream.groups
    ]


def consumer_rows(
    group: Group, snapshot: Snapshot, limits: Thresholds, past: ObservedChanges | None = None
) -> list[ConsumerRow]:
    """A row for each consumer of a group."""
    return [
        ConsumerRow(consumer, consumer_state(consumer, group, snapshot, limits, past) or "")
        for consumer in group.consumers
    ]
