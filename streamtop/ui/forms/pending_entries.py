"""Who holds pending entries: claim and release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations.claim import Claim
from streamtop.operations.operation import entries_in_words
from streamtop.operations.release import Release
from streamtop.ui.dialogs.form_fields import Checkbox, Choice, Option, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.ids import EntryId
    from streamtop.ui.forms.context import FormContext

LOOKED_UP = 10_000
"""Entries that are looked for in the stream, at most, before they are claimed."""
_MODES = (
    Option("fail", "fail", "the delivery count stays"),
    Option("silent", "silent", "as if not delivered: the delivery count falls by one"),
    Option("fatal", "fatal", "nobody can work on it: the largest delivery count"),
)


async def claim(asking: FormContext) -> Claim | None:
    """Ask for whom."""
    wish = asking.wish
    entries = held(asking)
    taker = asking.taker("For consumer")
    counted = Checkbox("Count this delivery: the delivery count rises by one")
    idle = duration("If idle longer than", hint="however long")
    count = entries_in_words(len(entries))
    answers = await asking.form(f"Claim {count} for which consumer?", taker, counted, idle)
    if answers is None:
        return None
    return Claim(
        wish.stream,
        wish.group or "",
        answers[taker].name,
        entries,
        new_consumer=answers[taker].is_new,
        without_payload=await missing(asking, entries.ids),
        drops_without_payload=asking.snapshot.server.api >= (7, 0),
        count_delivery=answers[counted],
        min_idle_ms=answers[idle] or 0,
    )


async def release(asking: FormContext) -> Release | None:
    """Ask how."""
    wish = asking.wish
    entries = held(asking)
    mode = Choice("What this delivery was", _MODES)
    answers = await asking.form(f"Release {entries_in_words(len(entries))}?", mode)
    if answers is None:
        return None
    chosen = cast("Literal['silent', 'fail', 'fatal']", answers[mode])
    return Release(wish.stream, wish.group or "", entries, chosen)


def held(asking: FormContext) -> PendingEntries:
    """The pending entries of the wish, as they were seen."""
    entries = asking.wish.entries
    if not isinstance(entries, PendingEntries):
        raise TypeError(f"{asking.wish.kind} is for pending entries")
    return entries


async def missing(asking: FormContext, ids: Sequence[EntryId]) -> int:
    """How many of the entries are in the stream no more, as far as can be told; 0 if unknown."""
    gone = await asking.source.missing(asking.wish.stream, ids[:LOOKED_UP])
    return 0 if gone is None else len(gone)
