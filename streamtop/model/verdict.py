"""What is wrong with a group: from one look, or from what many looks saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from streamtop.model import sentences
from streamtop.model.delivery_bounds import Bounds
from streamtop.model.ids import looks_like_time
from streamtop.model.observed_changes import ObservedChanges, waits
from streamtop.model.sentences import Finding, Formatter, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from streamtop.model.snapshot import Consumer, Group, OldestPending, ServerInfo, Snapshot

__all__ = [
    "KINDS",
    "OK",
    "ConsumerState",
    "Finding",
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

KINDS: tuple[Kind, ...] = get_args(Kind)
"""Worst first."""
ConsumerState = Literal["active", "idle", "gone"]

ACTIVE_MS = 10_000
"""A consumer that read less than so long ago is active."""
PATIENCE_MS = 180_000
"""For how long entries may be pending before that is called stuck, while the group was never
seen to acknowledge any: nothing tells how long its work takes."""
MARKED_FATAL = 2**62
"""A delivery count from here on is a mark (XNACK FATAL), not a number."""
_SAME_MS = 1_500
"""By how much two idle times of one moment may differ."""
_NAMED = 10
"""Gone consumers that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits from which a group is reported, unless its own habits are longer."""

    stuck_ms: int = 60_000
    """An entry that stays pending for so long is stuck, or unrecovered if others are
    acknowledged."""
    gone_ms: int = 60_000
    """A consumer that did not read for so long is gone, if it would have received entries."""
    poison_deliveries: int = 5
    """An entry delivered so often and still pending is poison."""
    window_ms: int = 60_000
    """Entries that wait so long while none is delivered are stalled; a group watched for less
    is warming up."""
    forgotten_ms: int = 600_000
    """What lasts so long is reported from one look alone, which shows no habits."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The worst that holds, and why; worst first."""

    kind: Kind = "ok"
    findings: tuple[Finding, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The findings' sentences."""
        return tuple(finding.sentence for finding in self.findings)

    @property
    def rank(self) -> int:
        """0 for the worst kind."""
        return KINDS.index(self.kind)

    @property
    def is_trouble(self) -> bool:
        """Whether there is something to act upon."""
        return self.kind not in {"slow", "warming_up", "ok"}


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
        group: What the snapshot saw of it.
        snapshot: Says whose it is, what idle times mean there, and the server's clock.
        limits: Limits, where the group's own habits are not longer.
        fmt: Writes numbers and durations.
        changes: What earlier looks saw of the group, and this one; `None` when there was one
            look only: then only what one look can prove is judged.
    """
    known = changes or ObservedChanges()
    if known.watched_ms >= limits.window_ms and _all_is_brief(group, snapshot, limits, known):
        return OK
    gone = [each for each in group.consumers if is_gone(each, group, snapshot, limits, known)]
    case = _Case(group, snapshot, limits, fmt, known, gone)
    findings = [finding for rule in _RULES for finding in rule(case)]
    findings.sort(key=lambda finding: KINDS.index(finding.kind))
    if findings:
        return Verdict(findings[0].kind, tuple(findings))
    full = case.changes.watched_ms >= limits.window_ms
    if changes is not None and not full and (group.pending or waits(group)):
        return Verdict(
            "warming_up", (sentences.warming_up(changes.watched_ms, limits.window_ms, fmt),)
        )
    return OK


def is_quiet(group: Group) -> bool:
    """Whether nothing waits and nothing is pending: all that can be wrong is what it lost."""
    return not (group.pending or group.lost or waits(group))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; ok when there are none."""
    return min(verdicts, key=lambda verdict: verdict.rank, default=OK)


def idle_tells(server: ServerInfo) -> bool:
    """Whether idle times tell a dead consumer from a quiet stream: not before 7.2, and not
    on a replica, which does not see who asks.
    """  # noqa: D205 - one sentence
    return server.idle_means_attempt and server.role != "slave"


def is_gone(
    consumer: Consumer,
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    changes: ObservedChanges | None = None,
) -> bool:
    """Whether a consumer has stopped reading, as far as can be seen.

    It has not read for long, and longer than any that came back, and there were entries to be
    had since. One that waits in BLOCK would have received them, so on a quiet stream nobody is
    gone, however long it waits. One that has not read since it received what it holds may be
    working on it: for as long as work is usual in the group, or, where one look is all there is,
    for as long as `forgotten_ms`.
    """
    if consumer.idle_ms < limits.gone_ms or not idle_tells(snapshot.server):
        return False
    changes = changes or ObservedChanges()
    usual = 3 * changes.returned_idle_ms
    if _may_work(consumer):
        work = 2 * max(changes.habits.working_ms, changes.habits.pending_ms)
        if not changes.habits.completed:
            work = PATIENCE_MS if changes.watched_ms else limits.forgotten_ms
        usual = max(usual, work)
    if consumer.idle_ms < usual:
        return False
    return waits(group) or _others_were_served(consumer, group, snapshot, changes)


def _may_work(consumer: Consumer) -> bool:
    """Whether a consumer has not read again since it received what it holds."""
    if not consumer.pending or consumer.inactive_ms is None:
        return bool(consumer.pending)
    return consumer.inactive_ms - consumer.idle_ms < _SAME_MS


def consumer_state(
    consumer: Consumer,
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    changes: ObservedChanges | None = None,
) -> ConsumerState | None:
    """How a consumer is; `None` where that cannot be told: before 7.2 and on a replica."""
    if not idle_tells(snapshot.server):
        return None
    if is_gone(consumer, group, snapshot, limits, changes):
        return "gone"
    return "active" if consumer.idle_ms < ACTIVE_MS else "idle"


def _others_were_served(
    consumer: Consumer, group: Group, snapshot: Snapshot, changes: ObservedChanges
) -> bool:
    """Whether the group received entries after the consumer last asked.

    Either that was observed, or the last delivered ID shows it, if IDs are times. The
    server's clock is read before the idle times, so it may lag by the duration of the look.
    """
    if changes.moved_ms is not None and changes.moved_ms < consumer.idle_ms:
        return True
    position, now = group.last_delivered_id, snapshot.time_ms
    if now is None or not looks_like_time(position, now):
        return False
    asked = now - consumer.idle_ms + int(snapshot.cost.seconds * 1000)
    return asked < position.ms <= now


class _Case(NamedTuple):
    """All that the rules look at."""

    group: Group
    snapshot: Snapshot
    limits: Thresholds
    fmt: Formatter
    changes: ObservedChanges
    gone: Sequence[Consumer]
    """Its consumers that are gone."""

    def doubt(self, holder: str) -> str:
        """What the server cannot tell of the consumer that holds an entry; may be empty."""
        server = self.snapshot.server
        idle = next((each.idle_ms for each in self.group.consumers if each.name == holder), None)
        if server.role == "slave" and holder:
            return sentences.ON_A_REPLICA
        if not server.idle_means_attempt and idle is not None and idle >= self.limits.gone_ms:
            return sentences.cannot_tell(holder, server)
        return ""

    def held_ms(self, oldest: OldestPending) -> int:
        """For how long the oldest pending entry has been with its holder, as far as is known."""
        return max(self.changes.held_ms, oldest.idle_ms)


def _all_is_brief(
    group: Group, snapshot: Snapshot, limits: Thresholds, changes: ObservedChanges
) -> bool:
    """Whether no duration reaches a limit and nothing else is reported, so that no rule holds."""
    brief = min(limits.stuck_ms, limits.gone_ms, limits.window_ms, limits.forgotten_ms)
    oldest, most = group.oldest_pending, group.most_delivered
    if group.lost or changes.lost.low or 2 * changes.overtaken_ms >= brief:
        return False
    if oldest is not None:
        if oldest.deliveries >= limits.poison_deliveries or not oldest.consumer:
            return False
        if max(oldest.idle_ms, changes.held_ms, changes.carried_ms) >= brief:
            return False
    if most is not None and most.deliveries >= limits.poison_deliveries:
        return False
    if max(changes.waiting_ms, changes.falling_behind_ms) >= brief:
        return False
    if (group.lag_age_ms(snapshot.time_ms) or 0) >= limits.forgotten_ms:
        return False
    return all(each.idle_ms < brief or not each.pending for each in group.consumers)


def _loss(case: _Case) -> Iterator[Finding]:
    lost = case.changes.lost
    evident = case.group.lost or 0
    if evident > lost.low:  # what was lost before the first look still shows
        yield sentences.loss(Bounds(evident, None), case.group.name, case.fmt)
    elif lost.low:
        yield sentences.loss(lost, case.group.name, case.fmt)
    elif case.changes.overtaken_ms >= case.limits.window_ms // 2:
        yield sentences.overtaken(case.changes.overtaken_ms, case.group.name, case.fmt)


def _stalled(case: _Case) -> Iterator[Finding]:
    changes, group = case.changes, case.group
    since = max(changes.waiting_ms, _undelivered_ms(case))
    if since < max(case.limits.window_ms, 2 * changes.habits.waiting_ms):
        return
    if changes.waiting_ms < case.limits.window_ms and since < case.limits.forgotten_ms:
        return
    holders = [consumer for consumer in group.consumers if consumer.pending]
    work = 2 * max(changes.habits.working_ms, changes.habits.pending_ms)
    patience = (
        max(PATIENCE_MS, work) if not changes.habits.completed else max(case.limits.window_ms, work)
    )
    if since < patience and _all_busy(case):
        yield sentences.slow_to_read(since, group.lag, holders, case.fmt)
        return
    yield sentences.stalled(since, group, len(case.gone), case.snapshot.server, case.fmt)


def _undelivered_ms(case: _Case) -> int:
    """For how long this look alone proves that entries wait and none is delivered."""
    age = case.group.lag_age_ms(case.snapshot.time_ms)
    if not age or case.snapshot.server.role == "slave":
        return 0
    shortest = age
    for consumer in case.group.consumers:
        received = consumer.inactive_ms
        if received is None and not consumer.never_active:
            received = consumer.idle_ms
        shortest = min(shortest, age if received is None else received)
    return shortest


def _all_busy(case: _Case) -> bool:
    """Whether nobody reads who holds nothing, and those that hold entries may be at work."""
    if not case.group.pending:
        return False
    consumers = [each for each in case.group.consumers if each not in case.gone]
    if not idle_tells(case.snapshot.server):
        return any(consumer.pending for consumer in consumers)
    asking = [each for each in consumers if each.idle_ms < ACTIVE_MS and not _may_work(each)]
    return any(map(_may_work, consumers)) and not asking


def _pending(case: _Case) -> Iterator[Finding]:
    """What stays pending for too long: stuck, unrecovered, or slow."""
    oldest, changes, limits = case.group.oldest_pending, case.changes, case.limits
    if oldest is None:
        return
    habits = changes.habits
    held = case.held_ms(oldest)
    limit = max(limits.stuck_ms, 3 * habits.pending_ms, 2 * habits.retry_ms)
    carried = changes.carried_ms >= limit
    if not oldest.consumer:
        age = case.group.pending_age_ms(case.snapshot.time_ms) or 0
        if (
            carried
            or changes.held_ms >= limit
            or (not changes.watched_ms and age >= limits.forgotten_ms)
        ):
            yield sentences.released(oldest, changes.held_ms, case.fmt)
        return
    if carried:
        yield sentences.passed_on(oldest, changes.carried_ms, changes.held_ms, case.fmt)
        return
    if changes.renews:
        return
    retried = 2 * habits.retry_ms
    doubt = case.doubt(oldest.consumer)
    nothing = changes.unacknowledged_ms
    work = max(limits.stuck_ms, 2 * habits.working_ms, retried)
    if nothing >= work and held >= work:
        if habits.completed or nothing >= PATIENCE_MS or held >= limits.forgotten_ms:
            yield sentences.stuck(oldest, held, nothing, doubt, case.fmt)
        else:
            yield sentences.slow(oldest, held, case.fmt)
    elif (
        held >= max(limits.stuck_ms, 3 * habits.pending_ms, retried)
        and changes.watched_ms >= limits.stuck_ms
    ):
        others = changes.acknowledged_ms is not None and changes.acknowledged_ms < held
        if others or held >= PATIENCE_MS:
            yield sentences.unrecovered(oldest, held, others, doubt, case.fmt)
        else:
            yield sentences.slow(oldest, held, case.fmt)
    elif oldest.idle_ms >= max(limits.forgotten_ms, retried, 2 * habits.working_ms):
        if changes.acknowledged_ms is None:
            yield sentences.stuck(oldest, oldest.idle_ms, None, doubt, case.fmt)
        else:
            yield sentences.unrecovered(oldest, oldest.idle_ms, True, doubt, case.fmt)


def _poison(case: _Case) -> Iterator[Finding]:
    seen = set()
    for entry in (case.group.most_delivered, case.group.oldest_pending):
        if entry is None or entry.id in seen:
            continue
        seen.add(entry.id)
        if entry.deliveries >= MARKED_FATAL:
            yield sentences.fatal(entry)
        elif entry.deliveries >= case.limits.poison_deliveries:
            yield sentences.poison(entry, case.fmt)


def _orphaned(case: _Case) -> Iterator[Finding]:
    gone = [each for each in case.gone if each.pending]
    oldest = case.group.oldest_pending
    if case.changes.carried_ms and oldest is not None:  # reported as unrecovered
        gone = [each for each in gone if each.name != oldest.consumer]
    gone.sort(key=lambda consumer: -consumer.pending)
    for consumer in gone[:_NAMED]:
        yield sentences.orphaned(consumer, case.fmt)
    if gone[_NAMED:]:
        yield sentences.more_orphaned(gone[_NAMED:], case.fmt)


def _behind(case: _Case) -> Iterator[Finding]:
    changes = case.changes
    usual = 2 * max(case.limits.window_ms, changes.habits.waiting_ms)
    late = changes.late_ms is not None and changes.late_ms <= usual
    if late and changes.falling_behind_ms >= usual and changes.waiting_ms < usual:
        yield sentences.behind(case.group, changes.lag_before, changes.falling_behind_ms, case.fmt)


_RULES: tuple[Callable[[_Case], Iterator[Finding]], ...] = (
    *(_loss, _stalled, _pending, _poison, _orphaned, _behind),
)
