"""What is wished for that removes entries: delete, trim, and a whole stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from streamtop.model.entry_position import parse_position
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.snapshot import OldestPending
from streamtop.model.text import printable
from streamtop.model.trim_advice import advise_trim
from streamtop.operations.delete import Delete
from streamtop.operations.delete_stream import DeleteStream
from streamtop.operations.operation import entries_in_words
from streamtop.operations.set_id import entries_between
from streamtop.operations.trim import Trim
from streamtop.ui.dialogs.form_fields import Checkbox, Choice, Option, TextField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.snapshot import Stream
    from streamtop.model.trim_advice import TrimAdvice
    from streamtop.operations.delete import Policy
    from streamtop.ui.forms.context import FormContext

LOOKED_UP = 1_000
"""Entries that are looked for in other groups, at most."""


async def delete(asking: FormContext) -> Delete | None:
    """Ask how, and find which other groups are concerned."""
    wish = asking.wish
    acknowledge = Checkbox(
        f"Acknowledge them for {printable(wish.group or '')} in the same step", preset=True
    )
    policy = Choice("In other groups", _policies(asking))
    asked = (policy,) if wish.group is None else (acknowledge, policy)
    heading = f"Delete {entries_in_words(len(wish.entries))} of {printable(wish.stream)}?"
    answers = await asking.form(heading, *asked)
    if answers is None:
        return None
    group = wish.group if wish.group is not None and answers[acknowledge] else None
    ids = wish.entries.ids if isinstance(wish.entries, PendingEntries) else wish.entries
    return Delete(
        wish.stream,
        wish.entries if group is not None else tuple(ids),
        group,
        cast("Policy", answers[policy]),
        _unread_by(asking, ids),
        await _held_by(asking, ids, but=group),
    )


def _policies(asking: FormContext) -> tuple[Option, ...]:
    """What can become of the references in other groups; only what the server has."""
    lacking = asking.abilities.why_not("XDELEX" if asking.wish.group is None else "XACKDEL")
    return (
        Option("plain", "keep", "pending ones stay so, without a payload"),
        Option("delref", "remove", "from every pending entries list", lacking),
        Option("acked", "spare", "delete only what all groups acknowledged", lacking),
    )


def _unread_by(asking: FormContext, ids: Sequence[EntryId]) -> tuple[str, ...]:
    """The groups that were not given all of the entries yet."""
    groups = asking.stream.groups if asking.stream is not None else ()
    newest = max(ids, default=ZERO)
    return tuple(group.name for group in groups if group.last_delivered_id < newest)


async def _held_by(
    asking: FormContext, ids: Sequence[EntryId], *, but: str | None
) -> tuple[str, ...]:
    """The other groups in which some of the entries are pending."""
    groups = asking.stream.groups if asking.stream is not None else ()
    found = []
    for group in groups:
        if group.name != but and group.pending:
            now = await asking.source.pending_now(asking.wish.stream, group.name, ids[:LOOKED_UP])
            if any(now):
                found.append(group.name)
    return tuple(found)


async def trim(asking: FormContext) -> Trim | None:
    """Propose how far no group needs the entries, and ask for another ID."""
    wish, stream = asking.wish, asking.stream
    heading = f"Trim {printable(wish.stream)}: delete the entries below which ID?"
    if stream is None:
        await asking.tell(heading, "The stream is gone.")
        return None
    advice, problem = advise_trim(await _settled(asking, stream)), ""
    typed = "" if advice.minid is None else str(advice.minid)
    forced = False
    while True:
        below = TextField(
            "Below", lambda text: _typed_id(text, asking.now_ms), preset=typed, hint=_FORMS
        )
        force = Checkbox("Also what a group may still need", preset=forced)
        answers = await asking.form(heading, below, force, told=_told(advice), problem=problem)
        if answers is None:
            return None
        (typed, minid), forced = answers[below], answers[force]
        problem = await _why_not_trim(asking, advice, minid, forced=forced)
        if not problem:
            return await _trim(asking, advice, minid, forced=forced)


async def _settled(asking: FormContext, stream: Stream) -> Stream:
    """The stream with the oldest pending entry of each group: asked again where a look, in
    which a busy group moved between two commands, could not tell.
    """  # noqa: D205 - one sentence
    groups = []
    for group in stream.groups:
        known = group
        if group.pending and group.oldest_pending is None:
            rows = await asking.source.pending(stream.name, group.name, count=1)
            oldest = [
                OldestPending(row.id, row.consumer, row.idle_ms, row.deliveries) for row in rows
            ]
            known = (
                replace(group, oldest_pending=oldest[0]) if oldest else replace(group, pending=0)
            )
        groups.append(known)
    return replace(stream, groups=tuple(groups))


_FORMS = "an entry ID, a time (10:32), or so long ago (-15m)"


def _typed_id(text: str, now_ms: int) -> tuple[str, EntryId]:
    """The text as it was typed, and the ID that it means."""
    return text, parse_position(text, now_ms)


def _told(advice: TrimAdvice) -> tuple[str, ...]:
    """What the adviser says."""
    reasons = "; ".join(advice.reasons[:4])
    if advice.minid is None:
        return (f"Nothing is known to be safe: {reasons}.",)
    count = "" if advice.entries is None else f", {entries_in_words(advice.entries)}"
    return (f"No group needs what lies below {advice.minid}{count}: {reasons}.",)


async def _why_not_trim(
    asking: FormContext, advice: TrimAdvice, minid: EntryId, *, forced: bool
) -> str:
    """Why that cannot be, in one sentence; empty if it can."""
    if not forced and (advice.minid is None or minid > advice.minid):
        return f"Too far: {advice.reasons[0]}. Tick the box to trim that far all the same."
    edges = asking.stream.edges if asking.stream is not None else None
    first = edges.first_entry_id if edges is not None else None
    if first is not None and minid <= first:
        return f"Nothing lies below it: the first entry is {first}."
    return ""


async def _trim(asking: FormContext, advice: TrimAdvice, minid: EntryId, *, forced: bool) -> Trim:
    count, complete = await entries_between(
        asking.source, asking.wish.stream, ZERO, minid.previous()
    )
    expected = count if complete else None
    if expected is None and minid == advice.minid:
        expected = advice.entries
    needed = advice.reasons if forced else ()
    return Trim(asking.wish.stream, minid, expected, forced, needed)


async def delete_stream(asking: FormContext) -> DeleteStream | None:
    """Nothing is left to choose; what is lost is told where it is confirmed."""
    stream = asking.stream
    if stream is None:
        await asking.tell("Delete the stream", "The stream is gone.")
        return None
    lags = [group.lag.count for group in stream.groups]
    known = [lag for lag in lags if lag is not None]
    return DeleteStream(
        stream.name,
        stream.length,
        tuple(group.name for group in stream.groups),
        stream.pending,
        max(known, default=0) if len(known) == len(lags) else None,
        growing=bool(asking.judge.history.added(stream.name)),
    )
