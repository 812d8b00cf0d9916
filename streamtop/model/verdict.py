"""What is wrong with a group, judged from one snapshot or from a window of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtop.model import sentences
from streamtop.model.ids import looks_like_time
from streamtop.model.observed_changes import waits
from streamtop.model.sentences import ConsumerActivity, Formatter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streamtop.model.observed_changes import ObservedChanges
    from streamtop.model.snapshot import Consumer, Group, ServerInfo, Snapshot

__all__ = [
    "KINDS",
    "OK",
    "ConsumerState",
    "Formatter",
    "Kind",
    "Thresholds",
    "Verdict",
    "consumer_state",
    "idle_tells",
    "is_gone",
    "is_quiet",
    "judge_group",
    "worst",
]

Kind = Literal["loss", "stalled", "stuck", "poison", "orphaned", "behind", "warming_up", "ok"]
KINDS: tuple[Kind, ...] = (
    *("loss", "stalled", "stuck", "poison", "orphaned", "behind", "warming_up", "ok"),
)
"""Worst first."""
ConsumerState = Literal["active", "idle", "gone"]

ACTIVE_MS = 10_000
"""A consumer that asked for entries less than this long ago is active."""
MARKED_FATAL = 2**62
"""A delivery count this high is a mark (XNACK FATAL), not a number."""
_NAMED = 10
"""How many gone consumers are named; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds above which a group is reported."""

    stuck_ms: int = 60_000
    """A pending entry delivered this long ago is stuck, unless others are acknowledged."""
    gone_ms: int = 60_000
    """A consumer that has not asked for entries for this long is gone if it would have
    received some. Longer than its BLOCK and its work on an entry, or three times as long
    as those were observed to be."""
    poison_deliveries: int = 5
    """An entry that is still pending after this many deliveries is poison."""
    window_ms: int = 60_000
    """The time over which movement is judged."""
    forgotten_ms: int = 600_000
    """A pending entry delivered this long ago is stuck even if others are acknowledged."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The worst kind of trouble, and the reasons for all kinds, worst first."""

    kind: Kind = "ok"
    reasons: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """0 for the worst kind."""
        return KINDS.index(self.kind)

    @property
    def is_trouble(self) -> bool:
        """Whether there is something to act on."""
        return self.kind not in {"warming_up", "ok"}


OK = Verdict()


def judge_group(
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    fmt: Formatter,
    changes: ObservedChanges | None = None,
) -> Verdict:
    """The verdict on one group.

    Args:
        group: The group as the snapshot shows it.
        snapshot: The snapshot, for the server, its clock and the meaning of idle times.
        limits: The thresholds.
        fmt: How numbers and durations are written.
        changes: What earlier snapshots and this one have shown of the group. `None` if
            there is only this one: then only what it proves by itself is judged.
    """
    case = _Case(group, snapshot, limits, fmt, changes)
    reasons = [(kind, reason) for kind, rule in _RULES for reason in rule(case)]
    if reasons:
        return Verdict(reasons[0][0], tuple(reason for _, reason in reasons))
    if changes is not None and not case.full and (group.pending or waits(group)):
        reason = sentences.warming_up(changes.watched_ms, limits.window_ms, fmt)
        return Verdict("warming_up", (reason,))
    return OK


def is_quiet(group: Group) -> bool:
    """Whether nothing is waiting and nothing pending, so that only a loss could be wrong."""
    return not (group.pending or group.lost or waits(group))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; ok when there are none."""
    return min(verdicts, key=lambda verdict: verdict.rank, default=OK)


def idle_tells(server: ServerInfo) -> bool:
    """Whether idle times tell a dead consumer from a quiet stream.

    Not before Redis 7.2, and not on a replica, which does not see who asks.
    """
    return server.idle_means_attempt and server.role != "slave"


def is_gone(
    consumer: Consumer,
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    changes: ObservedChanges | None = None,
) -> bool:
    """Whether a consumer has stopped asking for entries.

    That is so if it has not asked for long, and for longer than any consumer that came
    back, although there have been entries since. One that waits in BLOCK would have
    received them; on a quiet stream nobody is gone, however long it waits.
    """
    if not idle_tells(snapshot.server):
        return False
    returned = 0 if changes is None else 3 * changes.returned_idle_ms
    if consumer.idle_ms < max(limits.gone_ms, returned):
        return False
    return waits(group) or _others_were_served(consumer, group, snapshot, changes)


def consumer_state(
    consumer: Consumer,
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    changes: ObservedChanges | None = None,
) -> ConsumerState | None:
    """The state of a consumer; `None` where it is unknown: before 7.2 and on a replica."""
    if not idle_tells(snapshot.server):
        return None
    if is_gone(consumer, group, snapshot, limits, changes):
        return "gone"
    return "active" if consumer.idle_ms < ACTIVE_MS else "idle"


def _others_were_served(
    consumer: Consumer, group: Group, snapshot: Snapshot, changes: ObservedChanges | None
) -> bool:
    """Whether the group received entries after the consumer last asked.

    Either that was observed, or the last delivered ID shows it, if IDs are times. The
    server's clock is read before the idle times, so it may lag by the duration of the look.
    """
    moved_ms = None if changes is None else changes.moved_ms
    if moved_ms is not None and moved_ms < consumer.idle_ms:
        return True
    position, now = group.last_delivered_id, snapshot.time_ms
    if now is None or not looks_like_time(position, now):
        return False
    asked = now - consumer.idle_ms + int(snapshot.cost.seconds * 1000)
    return asked < position.ms <= now


class _Case(NamedTuple):
    """The arguments of `judge_group`, as the rules take them."""

    group: Group
    snapshot: Snapshot
    limits: Thresholds
    fmt: Formatter
    changes: ObservedChanges | None

    @property
    def full(self) -> bool:
        """Whether the group was watched for the whole window."""
        return self.changes is not None and self.changes.watched_ms >= self.limits.window_ms

    def gone(self, consumer: Consumer) -> bool:
        """Whether this consumer is gone."""
        return is_gone(consumer, self.group, self.snapshot, self.limits, self.changes)


def _loss(case: _Case) -> Iterator[str]:
    lost = case.group.lost if case.changes is None else case.changes.lost
    if lost:
        yield sentences.loss(lost, case.group.name, case.fmt)


def _stalled(case: _Case) -> Iterator[str]:
    changes, group = case.changes, case.group
    if changes is None:
        return
    stalled_ms = min(changes.lagging_ms, changes.unmoved_ms)
    if stalled_ms >= case.limits.window_ms:
        gone = sum(map(case.gone, group.consumers))
        activity = ConsumerActivity(group.consumers, gone, case.snapshot.server)
        yield sentences.stalled(stalled_ms, group.lag, activity, case.fmt)


def _stuck(case: _Case) -> Iterator[str]:
    oldest, changes, limits = case.group.oldest_pending, case.changes, case.limits
    if oldest is None:
        return
    if changes is None or not case.full:
        if oldest.idle_ms < limits.stuck_ms:
            return
        reason = sentences.stuck(oldest, None, case.fmt)
    elif changes.held_ms >= limits.window_ms:
        if max(changes.held_ms, oldest.idle_ms) < limits.stuck_ms:
            return
        reason = sentences.stuck(oldest, changes.held_ms, case.fmt)
    elif oldest.idle_ms >= max(limits.stuck_ms, limits.forgotten_ms):
        reason = sentences.forgotten(oldest, case.fmt)
    else:
        return
    yield " ".join((reason, *_doubt(case, oldest.consumer)))


def _doubt(case: _Case, holder: str) -> Iterator[str]:
    """What the server cannot tell about the consumer that holds an entry."""
    server = case.snapshot.server
    idle = next((c.idle_ms for c in case.group.consumers if c.name == holder), None)
    if server.role == "slave" and holder:
        yield sentences.ON_A_REPLICA
    elif not server.idle_means_attempt and idle is not None and idle >= case.limits.gone_ms:
        yield sentences.cannot_tell(holder, server)


def _poison(case: _Case) -> Iterator[str]:
    most, oldest = case.group.most_delivered, case.group.oldest_pending
    entries = [] if most is None else [most]
    if oldest is not None and (most is None or oldest.id != most.id):
        entries.append(oldest)
    for entry in entries:
        if entry.deliveries >= MARKED_FATAL:
            yield sentences.fatal(entry)
        elif entry.deliveries >= case.limits.poison_deliveries:
            yield sentences.poison(entry, case.fmt)


def _orphaned(case: _Case) -> Iterator[str]:
    gone = [c for c in case.group.consumers if c.pending and case.gone(c)]
    gone.sort(key=lambda consumer: -consumer.pending)
    for consumer in gone[:_NAMED]:
        yield sentences.orphaned(consumer, case.fmt)
    if gone[_NAMED:]:
        yield sentences.more_orphaned(gone[_NAMED:], case.fmt)


def _behind(case: _Case) -> Iterator[str]:
    changes, window, lag = case.changes, case.limits.window_ms, case.group.lag.count
    if changes is None or changes.risen_ms is None or not lag:
        return
    grows = min(changes.lagging_ms, max(changes.unfallen_ms, changes.climbing_ms)) >= window
    if grows and changes.unmoved_ms < window and changes.risen_ms < window:
        yield sentences.behind(lag, window, changes.added, changes.delivered, case.fmt)


_RULES: tuple[tuple[Kind, Callable[[_Case], Iterator[str]]], ...] = (
    ("loss", _loss),
    ("stalled", _stalled),
    ("stuck", _stuck),
    ("poison", _poison),
    ("orphaned", _orphaned),
    ("behind", _behind),
)
