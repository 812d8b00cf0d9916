"""Forms that change who holds pending entries: acknowledge, claim, release, hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from streamtop import figures
from streamtop.model.selection import Selection
from streamtop.model.text import printable
from streamtop.operations.catalogue import CATALOGUE
from streamtop.operations.operation import entries_in_words
from streamtop.planning.copies import ReplayRequest, plan_replay
from streamtop.planning.pending_entries import (
    AcknowledgeRequest,
    ClaimRequest,
    HandOverRequest,
    ReleaseRequest,
    plan_acknowledge,
    plan_claim,
    plan_handover,
    plan_release,
)
from streamtop.planning.plan import UnsuitableError
from streamtop.ui.dialogs.form import (
    Checkbox,
    Choice,
    Form,
    NameField,
    Option,
    as_typed,
    duration,
)

if TYPE_CHECKING:
    from streamtop.operations.release import Mode
    from streamtop.planning.pending_entries import EntryChoice
    from streamtop.planning.plan import Plan
    from streamtop.ui.dialogs.form import Answers, Field
    from streamtop.ui.forms.context import FormContext

_MODES = (
    Option("fail", "fail", "the delivery count stays"),
    Option("silent", "silent", "as if not delivered: the delivery count falls by one"),
    Option("fatal", "fatal", "nobody can work on it: the largest delivery count"),
)


_NEVER_RETRIED = (
    "Nobody in this group was seen to take pending entries over, or to read its own: what is "
    "only moved may never be processed. Replay and acknowledge (ctrl+r) always works: the copies "
    "are delivered as new entries."
)
Instead = Literal["replay"]


async def _ask(
    context: FormContext, heading: str, *fields: Field[object], problem: str = ""
) -> Answers | Instead | None:
    """The answers to these fields, or that the entries are to be replayed instead.

    That is proposed where the group was never seen to retry pending entries.
    """
    replay = CATALOGUE["replay"].needs, CATALOGUE["acknowledge"].needs
    able = context.abilities.why_not(*replay[0], *replay[1]) is None
    proposed = able and context.never_retried
    form = Form(
        heading,
        fields,
        notes=(_NEVER_RETRIED,) if proposed else (),
        problem=problem,
        instead="Replay and acknowledge" if proposed else "",
    )
    answers = await context.dialogs.ask(form)
    return "replay" if form.instead_chosen else answers


async def _replay(context: FormContext, entries: EntryChoice) -> Plan | None:
    """Add copies of the entries to their stream, and acknowledge the originals."""
    stream = context.request.stream
    request = ReplayRequest(stream, entries, stream, context.group_name, acknowledge=True)
    what = "Looking for the entries"
    return await context.plan(plan_replay, request, "Replay", what, context.all_pending)


async def acknowledge(context: FormContext) -> Plan | None:
    """Nothing is left to choose."""
    request = AcknowledgeRequest(context.request.stream, context.group_name, context.pending)
    return await context.plan(plan_acknowledge, request)


async def claim(context: FormContext) -> Plan | None:
    """Ask for the consumer."""
    entries = context.pending
    holders = list(entries.by_consumer)
    sole = holders[0] if len(holders) == 1 else None
    consumer = context.consumer_field("For consumer", but=sole, last=holders)
    counts = Checkbox("Count this delivery: the delivery count rises by one")
    idle = duration("If idle longer than", hint="however long")
    heading = f"Claim {entries_in_words(len(entries))} for which consumer?"
    answers = await _ask(context, heading, consumer, counts, idle)
    if answers is None:
        return None
    if answers == "replay":
        return await _replay(context, entries)
    request = ClaimRequest(
        context.request.stream,
        context.group_name,
        entries,
        answers[consumer].name,
        count_delivery=answers[counts],
        min_idle_ms=answers[idle] or 0,
    )
    what = "Looking for entries without a payload"
    return await context.plan(plan_claim, request, "Claim", what, len(entries))


async def take_over(context: FormContext) -> Plan | None:
    """Ask for the least idle time, the holder and the new holder; claim what is found."""
    idle_text, holder, problem = as_typed(context.judge.limits.stuck_ms), _holder(context), ""
    while True:
        idle = duration("Idle longer than", preset=idle_text, hint="however long")
        from_whom = NameField("From", context.consumers(), any_one="everyone", preset=holder)
        consumer = context.consumer_field("To consumer", last=_holders(context, holder))
        heading = "Take over entries that have been idle"
        answers = await _ask(context, heading, idle, from_whom, consumer, problem=problem)
        if answers is None:
            return None
        if answers == "replay":
            least_ms = context.judge.limits.stuck_ms
            return await _replay(context, Selection(idle_over_ms=least_ms, consumer=holder or None))
        idle_ms, holder = answers[idle] or 0, answers[from_whom].name
        idle_text = as_typed(idle_ms)
        if holder and holder == answers[consumer].name:
            problem = f"They are held by {printable(holder)} already."
            continue
        request = ClaimRequest(
            context.request.stream,
            context.group_name,
            Selection(idle_over_ms=answers[idle], consumer=holder or None),
            answers[consumer].name,
            min_idle_ms=idle_ms,
        )
        longer = f"idle for more than {figures.duration(idle_ms)}"
        what = f"Looking for entries {longer}"
        try:
            plan = await context.plan(plan_claim, request, "Take over", what, context.all_pending)
        except UnsuitableError as error:
            problem = str(error)
            continue
        if plan is None or plan.operation.total:
            return plan
        held = f"that {printable(holder)} holds" if holder else "that is pending"
        problem = f"Nothing {held} was {longer}."


def _holder(context: FormContext) -> str:
    """The consumer of the request if it holds anything; otherwise everyone."""
    consumers = context.group.consumers if context.group is not None else ()
    name = context.request.consumer
    return next((each.name for each in consumers if each.name == name and each.pending), "")


def _holders(context: FormContext, holder: str) -> list[str]:
    """The consumers that entries may be taken from: this one, or all that are idle for long."""
    if holder:
        return [holder]
    group, limit = context.group, context.judge.limits.stuck_ms
    consumers = group.consumers if group is not None else ()
    return [each.name for each in consumers if each.pending and each.idle_ms > limit]


async def release(context: FormContext) -> Plan | None:
    """Ask what becomes of the delivery counts."""
    entries = context.pending
    mode = Choice("What this delivery was", _MODES)
    answers = await _ask(context, f"Release {entries_in_words(len(entries))}?", mode)
    if answers is None:
        return None
    if answers == "replay":
        return await _replay(context, entries)
    chosen = cast("Mode", answers[mode])
    request = ReleaseRequest(context.request.stream, context.group_name, entries, chosen)
    return await context.plan(plan_release, request)


async def handover(context: FormContext) -> Plan | None:
    """Ask for the consumer that gets all entries of another."""
    holder = context.request.consumer or ""
    name = printable(holder)
    consumer = context.consumer_field("To consumer", but=holder)
    remove = Checkbox(
        f"Then remove {name}, if it holds nothing more",
        preset=True,
        greyed=context.abilities.why_not("XGROUP DELCONSUMER"),
    )
    heading = f"Hand over all that {name} holds to which consumer?"
    answers = await _ask(context, heading, consumer, remove)
    if answers is None:
        return None
    if answers == "replay":
        return await _replay(context, Selection(consumer=holder))
    request = HandOverRequest(
        context.request.stream,
        context.group_name,
        holder,
        answers[consumer].name,
        remove=answers[remove],
    )
    what = f"Looking for all that {name} holds"
    return await context.plan(plan_handover, request, "Hand over", what, context.all_pending)
