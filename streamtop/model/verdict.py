"""What is wrong with a group: from one look, or from what a window of looks saw."""

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
"""A consumer that asked less than so long ago is active."""
MARKED_FATAL = 2**62
"""From so many deliveries on, the count is a mark (XNACK FATAL), not a number."""
_NAMED = 10
"""Gone consumers that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is trouble."""

    stuck_ms: int = 60_000
    """A pending entry that nobody was given for so long is stuck, unless others are
    acknowledged."""
    gone_ms: int = 60_000
    """A consumer that did not ask for entries for so long is gone, if it would have got
    some. Longer than its BLOCK and than its work on an entry, or three times what those
    are seen to be."""
    poison_deliveries: int = 5
    """An entry that was delivered so often and is still pending is poison."""
    window_ms: int = 60_000
    """The time over which it is judged what moves and what does not."""
    forgotten_ms: int = 600_000
    """A pending entry that nobody was given for so long is stuck, even if others are
    acknowledged."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The worst that holds, and why: sentences an operator can act on, worst first."""

    kind: Kind = "ok"
    reasons: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """0 for the worst kind."""
        return KINDS.index(self.kind)

    @property
    def is_trouble(self) -> bool:
        """Whether there is something to act upon."""
        return self.kind not in {"warming_up", "ok"}


OK = Verdict()


def judge_group(
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    spell: Formatter,
    past: ObservedChanges | None = None,
) -> Verdict:
    """The verdict on one group.

    Args:
        group: What the snapshot saw of it.
        snapshot: Says whose it is, what idle times mean there, and the server's clock.
        limits: From when on something is trouble.
        spell: How numbers and durations are written.
        past: What earlier looks saw of the group, and this one; `None` when there was one
            look only, and then only what one look can show is judged.
    """
    case = _Case(group, snapshot, limits, spell, past)
    found = [(kind, reason) for kind, rule in _RULES for reason in rule(case)]
    if found:
        return Verdict(found[0][0], tuple(reason for _, reason in found))
    if past is not None and not case.full and (group.pending or waits(group)):
        reason = sentences.warming_up(past.watched_ms, limits.window_ms, spell)
        return Verdict("warming_up", (reason,))
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
    past: ObservedChanges | None = None,
) -> bool:
    """Whether a consumer has stopped asking for entries, for all that can be seen.

    It has not asked for long, and longer than any that came back; and there have been
    entries to be had since it last asked. One that waits in BLOCK would have been given
    them, so on a quiet stream nobody is gone, however long it waits.
    """
    if not idle_tells(snapshot.server):
        return False
    returned = 0 if past is None else 3 * past.returned_idle_ms
    if consumer.idle_ms < max(limits.gone_ms, returned):
        return False
    return waits(group) or _others_were_served(consumer, group, snapshot, past)


def consumer_state(
    consumer: Consumer,
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    past: ObservedChanges | None = None,
) -> ConsumerState | None:
    """How a consumer is; `None` where that cannot be told: before 7.2 and on a replica."""
    if not idle_tells(snapshot.server):
        return None
    if is_gone(consumer, group, snapshot, limits, past):
        return "gone"
    return "active" if consumer.idle_ms < ACTIVE_MS else "idle"


def _others_were_served(
    consumer: Consumer, group: Group, snapshot: Snapshot, past: ObservedChanges | None
) -> bool:
    """Whether the group was given entries after the consumer last asked.

    Either seen, or told by the ID of the last one, if IDs are times. The server's clock
    is asked before idle times are, so it may be behind by as long as the look took.
    """
    if past is not None and past.moved_ms is not None and past.moved_ms < consumer.idle_ms:
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
    spell: Formatter
    past: ObservedChanges | None

    @property
    def full(self) -> bool:
        """Whether there is a past that fills the window."""
        return self.past is not None and self.past.watched_ms >= self.limits.window_ms

    def gone(self, consumer: Consumer) -> bool:
        """Whether this consumer is gone."""
        return is_gone(consumer, self.group, self.snapshot, self.limits, self.past)


def _loss(case: _Case) -> Iterator[str]:
    lost = case.group.lost if case.past is None else case.past.lost
    if lost:
        yield sentences.loss(lost, case.group.name, case.spell)


def _stalled(case: _Case) -> Iterator[str]:
    past, group = case.past, case.group
    if past is None or min(past.lagging_ms, past.unmoved_ms) < case.limits.window_ms:
        return
    gone = sum(map(case.gone, group.consumers))
    asking = ConsumerActivity(group.consumers, gone, case.snapshot.server)
    since = min(past.lagging_ms, past.unmoved_ms)
    yield sentences.stalled(since, group.lag, asking, case.spell)


def _stuck(case: _Case) -> Iterator[str]:
    oldest, past, limits = case.group.oldest_pending, case.past, case.limits
    if oldest is None:
        return
    if past is None or not case.full:
        if oldest.idle_ms < limits.stuck_ms:
            return
        told = sentences.stuck(oldest, None, case.spell)
    elif past.held_ms >= limits.window_ms:
        if max(past.held_ms, oldest.idle_ms) < limits.stuck_ms:
            return
        told = sentences.stuck(oldest, past.held_ms, case.spell)
    elif oldest.idle_ms >= max(limits.stuck_ms, limits.forgotten_ms):
        told = sentences.forgotten(oldest, case.spell)
    else:
        return
    yield " ".join((told, *_doubt(case, oldest.consumer)))


def _doubt(case: _Case, holder: str) -> Iterator[str]:
    """What the server cannot tell of the consumer that holds an entry."""
    server = case.snapshot.server
    consumers = case.group.consumers
    idle = next((each.idle_ms for each in consumers if each.name == holder), None)
    if server.role == "slave" and holder:
        yield sentences.ON_A_REPLICA
    elif not server.idle_means_attempt and idle is not None and idle >= case.limits.gone_ms:
        yield sentences.cannot_tell(holder, server)


def _poison(case: _Case) -> Iterator[str]:
    told = set()
    for entry in (case.group.most_delivered, case.group.oldest_pending):
        if entry is None or entry.id in told:
            continue
        told.add(entry.id)
        if entry.deliveries >= MARKED_FATAL:
            yield sentences.fatal(entry)
        elif entry.deliveries >= case.limits.poison_deliveries:
            yield sentences.poison(entry, case.spell)


def _orphaned(case: _Case) -> Iterator[str]:
    gone = [each for each in case.group.consumers if each.pending and case.gone(each)]
    gone.sort(key=lambda each: -each.pending)
    for consumer in gone[:_NAMED]:
        yield sentences.orphaned(consumer, case.spell)
    if gone[_NAMED:]:
        yield sentences.more_orphaned(gone[_NAMED:], case.spell)


def _behind(case: _Case) -> Iterator[str]:
    past, window = case.past, case.limits.window_ms
    if past is None or past.risen_ms is None or not case.group.lag.count:
        return
    held = min(past.lagging_ms, max(past.unfallen_ms, past.climbing_ms)) >= window
    if held and past.unmoved_ms < window and past.risen_ms < window:
        lag = case.group.lag.count
        yield sentences.behind(lag, window, past.added, past.delivered, case.spell)


_RULES: tuple[tuple[Kind, Callable[[_Case], Iterator[str]]], ...] = (
    ("loss", _loss),
    ("stalled", _stalled),
    ("stuck", _stuck),
    ("poison", _poison),
    ("orphaned", _orphaned),
    ("behind", _behind),
)
