"""Forms that add an entry: a new one, or a changed copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.text import printable
from streamtop.operations.add import fields_as_text, fields_from_text
from streamtop.planning.added_entries import AddRequest, fields_to_edit, plan_add
from streamtop.planning.plan import UnsuitableError
from streamtop.ui.dialogs.form import MultilineField

if TYPE_CHECKING:
    from streamtop.model.entries import Fields
    from streamtop.model.ids import EntryId
    from streamtop.planning.plan import Plan
    from streamtop.ui.forms.context import FormContext

_SYNTAX = 'Fields, one a line: name: value. Quote as redis-cli does: "\\xff\\n"'


async def add(context: FormContext) -> Plan | None:
    """Ask for the fields."""
    return await _add(context, f"Add an entry to {printable(context.request.stream)}", "", None)


async def edit(context: FormContext) -> Plan | None:
    """Show the fields of an entry, to be changed."""
    requested = context.request
    [entry_id] = (
        requested.entries if isinstance(requested.entries, tuple) else requested.entries.ids
    )
    heading = f"Edit {entry_id}, and add it to {printable(requested.stream)} again"
    try:
        fields = await fields_to_edit(context.planning, requested.stream, entry_id)
    except UnsuitableError as error:
        await context.tell(heading, str(error))
        return None
    return await _add(context, heading, fields_as_text(fields), entry_id)


async def _add(
    context: FormContext, heading: str, preset: str, origin: EntryId | None
) -> Plan | None:
    fields: MultilineField[Fields] = MultilineField(_SYNTAX, fields_from_text, preset=preset)
    answers = await context.form(heading, fields)
    if answers is None:
        return None
    return await context.plan(plan_add, AddRequest(context.request.stream, answers[fields], origin))
