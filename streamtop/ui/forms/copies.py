"""What is wished for that adds copies of entries: replay, dead-letter, redrive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import printable
from streamtop.operations.dead_letter import DeadLetter
from streamtop.operations.operation import entries_in_words
from streamtop.operations.redrive import plan_redrive
from streamtop.operations.replay import Replay
from streamtop.ui.dialogs.form_fields import Checkbox, number, text
from streamtop.ui.forms.pending_entries import held
from streamtop.ui.task_progress import TaskProgress

if TYPE_CHECKING:
    from streamtop.operations.redrive import Redrive
    from streamtop.ui.forms.context import FormContext

_TOLD = 8
"""Destinations of a redrive that are listed one by one."""


async def replay(asking: FormContext) -> Replay | None:
    """Ask to which stream, and how."""
    wish = asking.wish
    to = asking.stream_field("To stream", wish.stream)
    acknowledge = Checkbox(f"Acknowledge the originals for {printable(wish.group or '')}")
    origin = Checkbox("Write into each copy where it came from (streamtop-origin-…)")
    once = Checkbox("Only once: a repeat of this replay adds nothing", greyed=_why_not_once(asking))
    rate = number("Entries a second", hint="as fast as the server takes them")
    ticks = (origin, once) if wish.group is None else (acknowledge, origin, once)
    count = entries_in_words(len(wish.entries))
    answers = await asking.form(f"Replay {count} to which stream?", to, *ticks, rate)
    if answers is None:
        return None
    return Replay(
        wish.stream,
        answers[to].name,
        wish.entries,
        wish.group if wish.group is not None and answers[acknowledge] else None,
        origin=answers[origin],
        rate=answers[rate],
        once=answers[once],
        cluster=asking.snapshot.server.cluster,
    )


def _why_not_once(asking: FormContext) -> str | None:
    return None if asking.abilities.idempotent else "this server cannot: Redis 8.6 and later can"


async def dead_letter(asking: FormContext) -> DeadLetter | None:
    """Ask to which stream, and why."""
    wish, entries = asking.wish, held(asking)
    to = asking.stream_field("To stream", dead_letters_of(asking), but=wish.stream)
    reason = text("Reason", hint="for whoever finds them there")
    heading = f"Dead-letter {entries_in_words(len(entries))} to which stream?"
    answers = await asking.form(heading, to, reason)
    if answers is None:
        return None
    return DeadLetter(
        wish.stream,
        wish.group or "",
        answers[to].name,
        entries,
        answers[reason],
        asking.snapshot.server.cluster,
    )


def dead_letters_of(asking: FormContext) -> str:
    """The usual name of the stream's dead-letter stream; in a cluster one of the same slot."""
    name = asking.wish.stream
    tagged = "{" in name and "}" in name
    return f"{{{name}}}:dead" if asking.snapshot.server.cluster and not tagged else f"{name}:dead"


async def redrive(asking: FormContext) -> Redrive | None:
    """Find where all came from, show it, and ask what becomes of the entries."""
    plan = await _plan(asking)
    if plan is None:
        return None
    stream = printable(asking.wish.stream)
    if not plan.total:
        await asking.tell(f"Redrive {stream}", "No entry tells where it came from.")
        return None
    remove = Checkbox(f"Delete them from {stream}", preset=True)
    make = Checkbox("Make streams that do not exist any more")
    rate = number("Entries a second", hint="as fast as the server takes them")
    heading = f"Redrive {entries_in_words(plan.total)} of {stream} to where they came from?"
    told = "\n".join(_destinations(plan))
    answers = await asking.form(heading, remove, make, rate, told=(told,))
    if answers is None:
        return None
    return replace(plan, remove=answers[remove], make_streams=answers[make], rate=answers[rate])


async def _plan(asking: FormContext) -> Redrive | None:
    """The dry run; `None` if the user stopped it."""
    wish, stream = asking.wish, asking.stream
    ids = wish.entries.ids if isinstance(wish.entries, PendingEntries) else wish.entries or None
    total = len(ids) if ids is not None else stream.length if stream is not None else 0
    under_way = TaskProgress("Redrive", "Looking where the entries came from", total, found=0)
    plan = await asking.watched(
        under_way,
        plan_redrive(
            asking.source,
            wish.stream,
            ids=ids,
            cluster=asking.snapshot.server.cluster,
            progress=under_way.look_at,
            stop=under_way.stop,
        ),
    )
    return None if under_way.stop.is_set() else plan


def _destinations(plan: Redrive) -> list[str]:
    """How many go to which stream, a line each."""
    counts = list(plan.histogram.items())
    widest = len(f"{counts[0][1]:,}")
    lines = [f"{count:>{widest},}  to {printable(name)}" for name, count in counts[:_TOLD]]
    if more := counts[_TOLD:]:
        lines.append(f"{sum(count for _, count in more):>{widest},}  to {len(more):,} more streams")
    for left, why in ((plan.unknown, "of no known origin"), (plan.unreachable, "of another slot")):
        if left:
            lines.append(f"{left:>{widest},}  {why}: they stay")
    return lines
