"""Plans that change who holds pending entries: acknowledge, claim, release, hand over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.selection import Selection
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.handover import HandOver
from streamtop.operations.release import Release
from streamtop.planning.pending_search import count_missing, select
from streamtop.planning.plan import Plan

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group
    from streamtop.operations.release import Mode
    from streamtop.planning.pending_search import EntryChoice
    from streamtop.planning.plan import PlanContext

_DROPS_SINCE = (7, 0)
"""From this version on, a claim drops entries without a payload from the pending entries list."""


@dataclass(frozen=True, slots=True)
class AcknowledgeRequest:
    """Which entries to acknowledge."""

    stream: str
    group: str
    entries: EntryChoice


async def plan_acknowledge(context: PlanContext, request: AcknowledgeRequest) -> Plan:
    """Acknowledge pending entries."""
    entries, already, notes = await select(context, request.stream, request.group, request.entries)
    return Plan(Acknowledge(request.stream, request.group, entries), already, notes)


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Which entries to claim, for whom and how."""

    stream: str
    group: str
    entries: EntryChoice
    consumer: str
    """The new holder."""
    count_delivery: bool = False
    min_idle_ms: int = 0
    """Entries idle for less are skipped."""


async def plan_claim(context: PlanContext, request: ClaimRequest) -> Plan:
    """Claim pending entries for a consumer.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    entries, already, notes = await select(
        context, request.stream, request.group, request.entries, min_idle_ms=request.min_idle_ms
    )
    group, server = await context.group(request.stream, request.group)
    claim = Claim(
        request.stream,
        request.group,
        request.consumer,
        entries,
        new_consumer=is_new(request.consumer, group),
        without_payload=await count_missing(context, request.stream, entries.ids),
        drops_without_payload=server.api >= _DROPS_SINCE,
        count_delivery=request.count_delivery,
        min_idle_ms=request.min_idle_ms,
    )
    return Plan(claim, already, notes)


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """Which entries to release, and what becomes of their delivery counts."""

    stream: str
    group: str
    entries: EntryChoice
    mode: Mode = "fail"


async def plan_release(context: PlanContext, request: ReleaseRequest) -> Plan:
    """Release pending entries, so that no consumer holds them."""
    entries, already, notes = await select(context, request.stream, request.group, request.entries)
    return Plan(Release(request.stream, request.group, entries, request.mode), already, notes)


@dataclass(frozen=True, slots=True)
class HandOverRequest:
    """Whose pending entries go to whom."""

    stream: str
    group: str
    from_consumer: str
    to_consumer: str
    remove: bool = True
    """Whether to remove the consumer that gave them, once it holds none."""


async def plan_handover(context: PlanContext, request: HandOverRequest) -> Plan:
    """Give all pending entries of one consumer to another.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    held = Selection(consumer=request.from_consumer)
    entries, already, notes = await select(context, request.stream, request.group, held)
    group, _ = await context.group(request.stream, request.group)
    operation = HandOver(
        request.stream,
        request.group,
        request.from_consumer,
        request.to_consumer,
        entries,
        remove=request.remove and not is_new(request.from_consumer, group),
        new_consumer=is_new(request.to_consumer, group),
    )
    return Plan(operation, already, notes)


def is_new(consumer: str, group: Group) -> bool:
    """Whether a group has no such consumer; `False` where its consumers could not be read."""
    unread = bool(group.pending and not group.consumers)
    return not unread and all(each.name != consumer for each in group.consumers)
