"""The plan that removes the consumers of a group that are gone and hold nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.text import printable
from streamtop.model.verdict import Thresholds, idle_tells, is_gone
from streamtop.operations.prune_consumers import EmptyConsumer, PruneConsumers
from streamtop.planning.plan import Plan, UnsuitableError, group_of
from streamtop.source import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.observed_changes import ObservedChanges
    from streamtop.model.snapshot import Consumer
    from streamtop.planning.plan import PlanContext

NAMED = 20
"""Consumers that are named with their idle times."""


@dataclass(frozen=True, slots=True)
class PruneRequest:
    """Which empty consumers of a group to remove: those that are gone, or idle for long."""

    stream: str
    group: str
    idle_over_ms: int | None = None
    """Those idle for longer, whether gone or not; `None` for those that are gone."""
    limits: Thresholds = field(default_factory=Thresholds)
    changes: ObservedChanges | None = None
    """What was observed of the group before; `None` to judge by one look."""


async def plan_prune_consumers(context: PlanContext, request: PruneRequest) -> Plan:
    """Remove the consumers of a group that hold nothing and are gone, or idle for long.

    Raises:
        UnsuitableError: If the server does not tell who is gone and no idle time is given.
        SourceError: MissingError if the stream or group is gone; RefusedError if its consumers
            may not be read.
    """
    stream, snapshot = await context.look(request.stream)
    group, server = group_of(stream, request.group), snapshot.server
    if not group.consumers:
        able = replace(await context.source.abilities(), read_only=None)
        if (why_not := able.why_not("XINFO CONSUMERS")) is not None:
            raise RefusedError(why_not)
    over = request.idle_over_ms
    if over is None and not idle_tells(server):
        raise UnsuitableError(
            "This server does not tell which consumers are gone: choose by idle time (idle over)."
        )
    chosen = tuple(
        EmptyConsumer(consumer.name, consumer.idle_ms, snapshot.at)
        for consumer in group.consumers
        if not consumer.pending
        and (
            is_gone(consumer, group, snapshot, request.limits, request.changes)
            if over is None
            else consumer.idle_ms > over
        )
    )
    operation = PruneConsumers(
        request.stream, request.group, chosen, idle_means_attempt=server.idle_means_attempt
    )
    if chosen:
        return Plan(operation, notes=(f"Idle when seen: {idle_in_words(chosen)}.",))
    how = "gone" if over is None else f"idle for longer than {figures.duration(over)}"
    name = printable(request.group)
    return Plan(operation, notes=(f"No consumer of {name} that holds nothing is {how}.",))


def idle_in_words(consumers: Sequence[EmptyConsumer | Consumer]) -> str:
    """Consumers with their idle times, the longest first.

    >>> idle_in_words([EmptyConsumer("w1", 90_000, 0.0), EmptyConsumer("w2", 7_200_000, 0.0)])
    'w2 2 h, w1 1 m 30s'
    """
    ordered = sorted(consumers, key=lambda consumer: -consumer.idle_ms)
    named = [f"{printable(each.name)} {figures.duration(each.idle_ms)}" for each in ordered[:NAMED]]
    more = len(ordered) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")
