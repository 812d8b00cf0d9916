"""Forms that remove entries: delete, trim, and deleting a whole stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from streamtop.model.entry_position import parse_position
from streamtop.model.text import printable
from streamtop.operations.operation import entries_in_words
from streamtop.planning.plan import UnsuitableError
from streamtop.planning.removals import (
    DeleteRequest,
    DeleteStreamRequest,
    TrimRequest,
    plan_delete,
    plan_delete_stream,
    plan_trim,
    trim_advice,
)
from streamtop.ui.dialogs.form import Checkbox, Choice, Option, TextField

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.model.trim_advice import TrimAdvice
    from streamtop.operations.delete import Policy
    from streamtop.planning.plan import Plan
    from streamtop.ui.forms.context import FormContext

_POSITIONS = "an entry ID, a time (10:32), or an age (-15m)"


async def delete(context: FormContext) -> Plan | None:
    """Ask what becomes of the entries in groups."""
    requested, group = context.request, context.request.group
    acknowledge = Checkbox(
        f"Acknowledge them for {printable(group or '')} in the same step", preset=True
    )
    lacking = context.abilities.why_not("XDELEX" if group is None else "XACKDEL")
    policies = (
        Option("plain", "keep", "pending ones stay so, without a payload"),
        Option("delref", "remove", "from every pending entries list", lacking),
        Option("acked", "spare", "delete only what all groups acknowledged", lacking),
    )
    policy = Choice("In other groups", policies)
    fields = (policy,) if group is None else (acknowledge, policy)
    heading = f"Delete {entries_in_words(len(requested.entries))} of {printable(requested.stream)}?"
    answers = await context.form(heading, *fields)
    if answers is None:
        return None
    request = DeleteRequest(
        requested.stream,
        requested.entries,
        group if group is not None and answers[acknowledge] else None,
        cast("Policy", answers[policy]),
    )
    return await context.plan(plan_delete, request)


async def trim(context: FormContext) -> Plan | None:
    """Propose the highest ID that is safe, and ask for one."""
    name, problem, forced = context.request.stream, "", False
    heading = f"Trim {printable(name)}: delete the entries below which ID?"
    if context.stream is None:
        await context.tell(heading, "The stream is gone.")
        return None
    advice = await trim_advice(context.planning, name)
    typed = "" if advice.minid is None else str(advice.minid)
    while True:
        below = TextField(
            "Below", lambda text: _typed_id(text, context.now_ms), preset=typed, hint=_POSITIONS
        )
        force = Checkbox("Force it: also what a group may still need", preset=forced)
        answers = await context.form(heading, below, force, notes=_advised(advice), problem=problem)
        if answers is None:
            return None
        (typed, minid), forced = answers[below], answers[force]
        try:
            return await context.plan(plan_trim, TrimRequest(name, minid, forced))
        except UnsuitableError as error:
            problem = str(error)


def _typed_id(text: str, now_ms: int) -> tuple[str, EntryId]:
    """The text as it was typed, and the ID that it means."""
    return text, parse_position(text, now_ms)


def _advised(advice: TrimAdvice) -> tuple[str, ...]:
    """The advice in one sentence."""
    reasons = "; ".join(advice.reasons[:4])
    if advice.minid is None:
        return (f"Nothing is known to be safe: {reasons}.",)
    count = "" if advice.entries is None else f", {entries_in_words(advice.entries)}"
    return (f"No group needs what lies below {advice.minid}{count}: {reasons}.",)


async def delete_stream(context: FormContext) -> Plan | None:
    """Nothing is left to choose."""
    name = context.request.stream
    request = DeleteStreamRequest(name, growing=bool(context.judge.history.added(name)))
    return await context.plan(plan_delete_stream, request)
