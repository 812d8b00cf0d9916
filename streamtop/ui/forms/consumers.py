"""What is wished for of a group's consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.selection import Selection
from streamtop.model.text import printable
from streamtop.operations.claim import Claim
from streamtop.operations.create_consumer import CreateConsumer
from streamtop.operations.handover import HandOver
from streamtop.operations.remove_consumer import RemoveConsumer
from streamtop.ui.dialogs.form_fields import Checkbox, NameField, duration, new_name
from streamtop.ui.forms.pending_entries import missing

if TYPE_CHECKING:
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.ui.dialogs.form_fields import ChosenName
    from streamtop.ui.forms.context import FormContext


async def hand_over(asking: FormContext) -> HandOver | None:
    """Ask to whom, and find all that the giver holds."""
    wish, giver = asking.wish, asking.wish.consumer or ""
    taker = asking.taker("To consumer", but=giver)
    remove = Checkbox(
        f"Then remove {printable(giver)}, if it holds nothing more",
        preset=True,
        greyed=asking.abilities.why_not("XGROUP DELCONSUMER"),
    )
    answers = await asking.form(
        f"Hand over all that {printable(giver)} holds to which consumer?", taker, remove
    )
    if answers is None:
        return None
    what = f"Looking for all that {printable(giver)} holds"
    entries = await asking.gather("Hand over", what, Selection(consumer=giver))
    if entries is None:
        return None
    return HandOver(
        wish.stream,
        wish.group or "",
        giver,
        answers[taker].name,
        entries,
        remove=answers[remove],
        new_consumer=answers[taker].is_new,
    )


async def take_over(asking: FormContext) -> Claim | None:
    """Ask for how long entries must have been idle, whose and for whom, and find them."""
    idle_text, whose, problem = _typed(asking.judge.limits.stuck_ms), _giver(asking), ""
    while True:
        idle = duration("Idle longer than", preset=idle_text, hint="however long")
        from_whom = NameField("From", asking.consumers(), any_one="everyone", preset=whose)
        taker = asking.taker("To consumer")
        answers = await asking.form(
            "Take over what was idle for long", idle, from_whom, taker, problem=problem
        )
        if answers is None:
            return None
        idle_ms, whose = answers[idle] or 0, answers[from_whom].name
        idle_text = _typed(idle_ms)
        if whose and whose == answers[taker].name:
            problem = f"They are held by {printable(whose)} already."
            continue
        entries = await asking.gather(
            "Take over",
            f"Looking for entries that were idle for more than {figures.duration(idle_ms)}",
            Selection(idle_over_ms=answers[idle], consumer=whose or None),
        )
        if entries is None:
            return None
        if entries:
            return await _claim(asking, entries, answers[taker], idle_ms)
        problem = f"Nothing {_whose(whose)} was idle for more than {figures.duration(idle_ms)}."


async def _claim(
    asking: FormContext, entries: PendingEntries, taker: ChosenName, idle_ms: int
) -> Claim:
    return Claim(
        asking.wish.stream,
        asking.wish.group or "",
        taker.name,
        entries,
        new_consumer=taker.is_new,
        without_payload=await missing(asking, entries.ids),
        drops_without_payload=asking.snapshot.server.api >= (7, 0),
        min_idle_ms=idle_ms,
    )


def _giver(asking: FormContext) -> str:
    """The consumer of the wish, if it holds anything; otherwise everyone."""
    held = asking.group.consumers if asking.group is not None else ()
    return next(
        (each.name for each in held if each.name == asking.wish.consumer and each.pending), ""
    )


def _typed(ms: int) -> str:
    """A duration as it is typed."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms" if ms else ""


def _whose(name: str) -> str:
    return f"that {printable(name)} holds" if name else "that is pending"


async def create(asking: FormContext) -> CreateConsumer | None:
    """Ask for its name."""
    name = new_name("NameField", {name for name, _ in asking.consumers()})
    heading = f"Create a consumer in the group {printable(asking.wish.group or '')}"
    answers = await asking.form(heading, name)
    if answers is None:
        return None
    return CreateConsumer(asking.wish.stream, asking.wish.group or "", answers[name])


async def remove(asking: FormContext) -> RemoveConsumer | None:
    """Nothing is left to choose; what it holds is told where it is confirmed."""
    wish, group = asking.wish, asking.group
    held = {each.name: each.pending for each in group.consumers} if group is not None else {}
    name = wish.consumer or ""
    return RemoveConsumer(wish.stream, wish.group or "", name, held.get(name, 0))
