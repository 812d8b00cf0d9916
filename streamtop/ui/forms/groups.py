"""What is wished for of a stream's groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streamtop.model.entry_position import is_entry_id, parse_position
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.text import printable
from streamtop.operations.create_group import CreateGroup
from streamtop.operations.destroy_group import DestroyGroup
from streamtop.operations.set_id import SetId, entries_between
from streamtop.ui.dialogs.form_fields import Checkbox, TextField, new_name

if TYPE_CHECKING:
    from streamtop.ui.forms.context import FormContext

Position = EntryId | Literal["$"]
_FORMS = (
    "Where: $ (the end), 0 (before the first entry), the ID of the last entry that counts as "
    "delivered, a time (10:32, 2026-01-31T10:32) or so long ago (-15m)."
)


def position(text: str, now_ms: int) -> Position:
    """The last entry that counts as delivered; of a time, whatever lies before it.

    Raises:
        ValueError: If the text is no position; its text is one sentence.

    >>> str(position("5-1", 0)), position("$", 0)
    ('5-1', '$')
    >>> str(position("-1s", 2000))
    '999-18446744073709551615'
    """
    text = text.strip()
    if text == "$":
        return "$"
    found = parse_position(text, now_ms)
    return found if is_entry_id(text) else found.previous() or ZERO


async def create(asking: FormContext) -> CreateGroup | None:
    """Ask for its name, and where it begins."""
    wish, stream = asking.wish, asking.stream
    taken = {group.name for group in stream.groups} if stream is not None else set[str]()
    name, begins = new_name("NameField", taken), _where(asking, "Begins after", "$")
    heading = f"Create a group of {printable(wish.stream)}"
    answers = await asking.form(heading, name, begins, told=(_FORMS,))
    if answers is None:
        return None
    at, behind, counted = answers[begins], None, True
    if at != "$":
        behind, counted = await entries_between(asking.source, wish.stream, at, None)
    return CreateGroup(wish.stream, answers[name], at, behind=behind, behind_counted=counted)


async def set_id(asking: FormContext) -> SetId | None:
    """Ask to where, and count what lies between."""
    wish, group = asking.wish, asking.group
    if group is None:
        await asking.tell("Set ID", "The group is gone.")
        return None
    was = group.last_delivered_id
    to = _where(asking, "To")
    moving = Checkbox("Also if it is read from meanwhile")
    heading = f"Put the group {printable(group.name)} to where? It is at {was}"
    answers = await asking.form(heading, to, moving, told=(_FORMS,))
    if answers is None:
        return None
    at = answers[to]
    between, counted = await _between(asking, was, at)
    goes_back = at != "$" and at < was
    return SetId(
        wish.stream,
        group.name,
        at,
        was,
        group.entries_read,
        redelivers=between if goes_back else None,
        skips=None if goes_back else between,
        pending=group.pending,
        counted=counted,
        moving=answers[moving],
    )


async def _between(asking: FormContext, was: EntryId, at: Position) -> tuple[int, bool]:
    """How many entries lie between two positions, and whether all were counted."""
    if at == "$":
        return await entries_between(asking.source, asking.wish.stream, was, None)
    return await entries_between(asking.source, asking.wish.stream, min(was, at), max(was, at))


def _where(asking: FormContext, label: str, preset: str = "") -> TextField[Position]:
    """The field for a position."""
    return TextField(label, lambda text: position(text, asking.now_ms), preset=preset)


async def destroy(asking: FormContext) -> DestroyGroup | None:
    """Nothing is left to choose; what is lost is told where it is confirmed."""
    wish, group = asking.wish, asking.group
    if group is None:
        await asking.tell("Destroy", "The group is gone.")
        return None
    return DestroyGroup(
        wish.stream,
        group.name,
        group.last_delivered_id,
        group.pending,
        sum(consumer.pending > 0 for consumer in group.consumers),
        group.lag.count,
    )
