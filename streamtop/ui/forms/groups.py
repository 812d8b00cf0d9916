"""Forms about a stream's groups and their consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.text import printable
from streamtop.model.verdict import idle_tells
from streamtop.planning.groups import (
    ConsumerRequest,
    CreateGroupRequest,
    DestroyGroupRequest,
    SetIdRequest,
    parse_group_position,
    plan_create_consumer,
    plan_create_group,
    plan_destroy_group,
    plan_remove_consumer,
    plan_set_id,
)
from streamtop.planning.plan import UnsuitableError
from streamtop.planning.prune_consumers import PruneRequest, idle_in_words, plan_prune_consumers
from streamtop.ui.dialogs.form import Checkbox, TextField, as_typed, duration, new_name

if TYPE_CHECKING:
    from streamtop.planning.groups import Position
    from streamtop.planning.plan import Plan
    from streamtop.ui.forms.context import FormContext

_POSITIONS = (
    "Where: $ (the end), 0 (before the first entry), the ID of the last entry that counts as "
    "delivered, a time (10:32, 2026-01-31T10:32) or an age (-15m)."
)


async def create_group(context: FormContext) -> Plan | None:
    """Ask for its name and position."""
    stream = context.stream
    taken = {group.name for group in stream.groups} if stream is not None else set[str]()
    name, begins = new_name("Name", taken), _position(context, "Begins after", "$")
    heading = f"Create a group of {printable(context.request.stream)}"
    answers = await context.form(heading, name, begins, notes=(_POSITIONS,))
    if answers is None:
        return None
    request = CreateGroupRequest(context.request.stream, answers[name], answers[begins])
    return await context.plan(plan_create_group, request)


async def set_id(context: FormContext) -> Plan | None:
    """Ask for its new position."""
    group = context.group
    if group is None:
        await context.tell("Set ID", "The group is gone.")
        return None
    to = _position(context, "To")
    moving = Checkbox("Also if it is read from meanwhile")
    name, position = printable(group.name), group.last_delivered_id
    heading = f"Move the group {name} to which position? It is at {position}"
    answers = await context.form(heading, to, moving, notes=(_POSITIONS,))
    if answers is None:
        return None
    request = SetIdRequest(context.request.stream, group.name, answers[to], moving=answers[moving])
    return await context.plan(plan_set_id, request)


def _position(context: FormContext, label: str, preset: str = "") -> TextField[Position]:
    """A field for a position."""
    return TextField(label, lambda text: parse_group_position(text, context.now_ms), preset=preset)


async def destroy_group(context: FormContext) -> Plan | None:
    """Nothing is left to choose."""
    request = DestroyGroupRequest(context.request.stream, context.group_name)
    return await context.plan(plan_destroy_group, request)


async def create_consumer(context: FormContext) -> Plan | None:
    """Ask for its name."""
    name = new_name("Name", {name for name, _ in context.consumers()})
    heading = f"Create a consumer in the group {printable(context.group_name)}"
    answers = await context.form(heading, name)
    if answers is None:
        return None
    request = ConsumerRequest(context.request.stream, context.group_name, answers[name])
    return await context.plan(plan_create_consumer, request)


async def remove_consumer(context: FormContext) -> Plan | None:
    """Nothing is left to choose."""
    requested = context.request
    request = ConsumerRequest(requested.stream, context.group_name, requested.consumer or "")
    return await context.plan(plan_remove_consumer, request)


async def prune_consumers(context: FormContext) -> Plan | None:
    """Show who holds nothing, and ask how long they must have been idle."""
    requested, tells = context.request, idle_tells(context.snapshot.server)
    empty = [row for row in context.consumer_rows if not row.consumer.pending]
    gone = [row.consumer for row in empty if row.gone]
    others = [row.consumer for row in empty if not row.gone]
    notes = (
        *((f"Gone, and idle for: {idle_in_words(gone)}.",) if gone else ()),
        *((f"Others that hold nothing, idle for: {idle_in_words(others)}.",) if others else ()),
    )
    heading = f"Remove which consumers of {printable(context.group_name)} that hold nothing?"
    problem, preset = "", ""
    while True:
        over = duration(
            "Idle longer than", preset=preset, hint="those that are gone" if tells else "1d, 2h, …"
        )
        answers = await context.form(heading, over, notes=notes, problem=problem)
        if answers is None:
            return None
        preset = as_typed(answers[over] or 0)
        request = PruneRequest(
            requested.stream,
            context.group_name,
            answers[over],
            context.judge.limits,
            context.judge.history.changes(requested.stream, context.group_name),
        )
        try:
            plan = await context.plan(plan_prune_consumers, request)
        except UnsuitableError as error:
            problem = str(error)
            continue
        if plan is None or plan.operation.total:
            return plan
        [problem] = plan.notes
