"""What is wished for that adds an entry of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.masking.source import MaskedSource
from streamtop.model.text import printable
from streamtop.operations.add import AddEntry, fields_as_text, fields_from_text
from streamtop.ui.dialogs.form_fields import MultilineField

if TYPE_CHECKING:
    from streamtop.model.entries import Fields
    from streamtop.model.ids import EntryId
    from streamtop.ui.forms.context import FormContext

EDITABLE = 200_000
"""Bytes of an entry that can be edited, at most."""
_HOW = 'Fields, one a line: name: value. Quote as redis-cli does: "\\xff\\n"'


async def add(asking: FormContext) -> AddEntry | None:
    """Ask for its fields."""
    return await _entry(asking, f"Add an entry to {printable(asking.wish.stream)}", "", None)


async def edit(asking: FormContext) -> AddEntry | None:
    """Show the fields of an entry, to be changed."""
    wish = asking.wish
    [entry_id] = wish.entries if isinstance(wish.entries, tuple) else wish.entries.ids
    entry = (await asking.source.entries_by_id(wish.stream, [entry_id])).get(entry_id)
    heading = f"Edit {entry_id}, and add it to {printable(wish.stream)} again"
    if entry is None:
        await asking.tell(heading, "The entry is gone.")
        return None
    if isinstance(asking.source, MaskedSource) and asking.source.hides(entry):
        await asking.tell(heading, "A value of it is hidden here, and would be lost in the copy.")
        return None
    if entry.size > EDITABLE:
        size, most = figures.size(entry.size), figures.size(EDITABLE)
        await asking.tell(heading, f"It has {size}; up to {most} can be edited here.")
        return None
    return await _entry(asking, heading, fields_as_text(entry.fields), entry_id)


async def _entry(
    asking: FormContext, heading: str, preset: str, origin: EntryId | None
) -> AddEntry | None:
    fields: MultilineField[Fields] = MultilineField(_HOW, fields_from_text, preset=preset)
    answers = await asking.form(heading, fields)
    if answers is None:
        return None
    knows = asking.abilities.api >= (6, 2)
    return AddEntry(asking.wish.stream, answers[fields], origin_id=origin, nomkstream=knows)
