"""Plans about groups and consumers: create, set ID, destroy, remove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtop.model.entry_position import is_entry_id, parse_position
from streamtop.model.ids import ZERO, EntryId
from streamtop.operations.create_consumer import CreateConsumer
from streamtop.operations.create_group import CreateGroup
from streamtop.operations.destroy_group import DestroyGroup
from streamtop.operations.remove_consumer import RemoveConsumer
from streamtop.operations.set_id import SetId
from streamtop.planning.entry_count import entries_between
from streamtop.planning.plan import Plan

if TYPE_CHECKING:
    from streamtop.planning.plan import PlanContext

Position = EntryId | Literal["$"]
"""The last entry that counts as delivered; $ for the stream's last."""


def parse_group_position(text: str, now_ms: int) -> Position:
    """A group's position from $, 0, an entry ID or a time; a time means the entries before it.

    Raises:
        ValueError: If the text is no position; its text is one sentence.

    >>> str(parse_group_position("5-1", 0)), parse_group_position("$", 0)
    ('5-1', '$')
    >>> str(parse_group_position("-1s", 2000))
    '999-18446744073709551615'
    """
    text = text.strip()
    if text == "$":
        return "$"
    position = parse_position(text, now_ms)
    return position if is_entry_id(text) else position.previous() or ZERO


@dataclass(frozen=True, slots=True)
class CreateGroupRequest:
    """A new group, and where it begins."""

    stream: str
    group: str
    position: Position
    make_stream: bool = False


async def plan_create_group(context: PlanContext, request: CreateGroupRequest) -> Plan:
    """Create a group.

    Raises:
        SourceError: If the entries after its position cannot be counted.
    """
    behind, counted = None, True
    if request.position != "$":
        behind, counted = await entries_between(
            context.source, request.stream, request.position, None
        )
    return Plan(
        CreateGroup(
            request.stream,
            request.group,
            request.position,
            request.make_stream,
            behind=behind,
            behind_counted=counted,
        )
    )


@dataclass(frozen=True, slots=True)
class SetIdRequest:
    """A group, and its new position."""

    stream: str
    group: str
    position: Position
    moving: bool = False
    """Whether to move it even if it was read from meanwhile."""


async def plan_set_id(context: PlanContext, request: SetIdRequest) -> Plan:
    """Move the position of a group.

    Raises:
        SourceError: MissingError if the group is gone.
    """
    group, _ = await context.group(request.stream, request.group)
    operation = SetId(
        request.stream,
        request.group,
        request.position,
        group.last_delivered_id,
        group.entries_read,
        pending=group.pending,
        moving=request.moving,
    )
    return Plan(await counted(context, operation))


async def counted(context: PlanContext, operation: SetId) -> SetId:
    """The same operation with the number of entries between the two positions.

    Raises:
        SourceError: If they cannot be counted.
    """
    low, high = operation.was, None
    if operation.position != "$":
        low, high = sorted((operation.was, operation.position))
    count, complete = await entries_between(context.source, operation.stream, low, high)
    return operation.with_count(count, complete=complete)


@dataclass(frozen=True, slots=True)
class DestroyGroupRequest:
    """The group to destroy."""

    stream: str
    group: str


async def plan_destroy_group(context: PlanContext, request: DestroyGroupRequest) -> Plan:
    """Destroy a group.

    Raises:
        SourceError: MissingError if the group is gone.
    """
    group, _ = await context.group(request.stream, request.group)
    return Plan(
        DestroyGroup(
            request.stream,
            request.group,
            group.last_delivered_id,
            group.pending,
            sum(consumer.pending > 0 for consumer in group.consumers),
            group.lag.count,
        )
    )


@dataclass(frozen=True, slots=True)
class ConsumerRequest:
    """A consumer to create or to remove."""

    stream: str
    group: str
    consumer: str


async def plan_create_consumer(context: PlanContext, request: ConsumerRequest) -> Plan:
    """Create a consumer."""
    return Plan(CreateConsumer(request.stream, request.group, request.consumer))


async def plan_remove_consumer(context: PlanContext, request: ConsumerRequest) -> Plan:
    """Remove a consumer with the entries it holds.

    Raises:
        SourceError: MissingError if the group is gone.
    """
    group, _ = await context.group(request.stream, request.group)
    holds = sum(each.pending for each in group.consumers if each.name == request.consumer)
    return Plan(RemoveConsumer(request.stream, request.group, request.consumer, holds))
