"""Forms that add copies of entries: replay, dead-letter, redrive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import printable
from streamtop.operations.operation import entries_in_words
from streamtop.operations.redrive import Redrive
from streamtop.planning.copies import (
    DeadLetterRequest,
    RedriveRequest,
    ReplayRequest,
    dead_letter_stream,
    plan_dead_letter,
    plan_redrive,
    plan_replay,
)
from streamtop.ui.dialogs.form import Checkbox, number, text

if TYPE_CHECKING:
    from streamtop.planning.plan import Plan
    from streamtop.ui.forms.context import FormContext

_LISTED = 8
"""Destinations of a redrive that are listed one by one."""


async def replay(context: FormContext) -> Plan | None:
    """Ask for the destination, and how to replay."""
    requested, group = context.request, context.request.group
    to = context.stream_field("To stream", requested.stream)
    acknowledge = Checkbox(f"Acknowledge the originals for {printable(group or '')}")
    origin = Checkbox("Write into each copy where it came from (streamtop-origin-…)")
    why_not = None if context.abilities.idempotent else "this needs Redis 8.6 or later"
    once = Checkbox("Only once: a repeat of this replay adds nothing", greyed=why_not)
    rate = number("Entries a second", hint="as fast as the server takes them")
    boxes = (origin, once) if group is None else (acknowledge, origin, once)
    heading = f"Replay {entries_in_words(len(requested.entries))} to which stream?"
    answers = await context.form(heading, to, *boxes, rate)
    if answers is None:
        return None
    request = ReplayRequest(
        requested.stream,
        requested.entries,
        answers[to].name,
        group,
        acknowledge=group is not None and answers[acknowledge],
        origin=answers[origin],
        once=answers[once],
        rate=answers[rate],
    )
    return await context.plan(plan_replay, request)


async def dead_letter(context: FormContext) -> Plan | None:
    """Ask for the destination and the reason."""
    stream, entries = context.request.stream, context.pending
    preset = dead_letter_stream(stream, cluster=context.snapshot.server.cluster)
    to = context.stream_field("To stream", preset, but=stream)
    reason = text("Reason", hint="for whoever finds them there")
    heading = f"Dead-letter {entries_in_words(len(entries))} to which stream?"
    answers = await context.form(heading, to, reason)
    if answers is None:
        return None
    request = DeadLetterRequest(
        stream, context.group_name, entries, answers[to].name, answers[reason]
    )
    return await context.plan(plan_dead_letter, request)


async def redrive(context: FormContext) -> Plan | None:
    """Find where the entries came from, show it, and ask how to redrive them."""
    entries, stream = context.request.entries, context.stream
    ids = tuple(entries.ids if isinstance(entries, PendingEntries) else entries)
    plan = await context.plan(
        plan_redrive,
        RedriveRequest(context.request.stream, ids),
        "Redrive",
        "Looking where the entries came from",
        len(ids) or (stream.length if stream is not None else 0),
    )
    if plan is None:
        return None
    name = printable(context.request.stream)
    if not isinstance(plan.operation, Redrive) or not plan.operation.total:
        await context.tell(f"Redrive {name}", "No entry tells where it came from.")
        return None
    remove = Checkbox(f"Delete them from {name}", preset=True)
    make = Checkbox("Create streams that no longer exist")
    rate = number("Entries a second", hint="as fast as the server takes them")
    count = entries_in_words(plan.operation.total)
    answers = await context.form(
        f"Redrive {count} of {name} to where they came from?",
        *(remove, make, rate),
        notes=("\n".join(_destinations(plan.operation)), *plan.notes),
    )
    if answers is None:
        return None
    operation = replace(
        plan.operation, remove=answers[remove], make_streams=answers[make], rate=answers[rate]
    )
    return replace(plan, operation=operation)


def _destinations(operation: Redrive) -> list[str]:
    """How many entries go to which stream, a line each."""
    counts = list(operation.histogram.items())
    widest = len(f"{counts[0][1]:,}")
    lines = [f"{count:>{widest},}  to {printable(name)}" for name, count in counts[:_LISTED]]
    if more := counts[_LISTED:]:
        lines.append(f"{sum(count for _, count in more):>{widest},}  to {len(more):,} more streams")
    return lines
