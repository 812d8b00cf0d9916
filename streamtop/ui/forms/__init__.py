"""From an action to a plan: a form asks for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.abilities import Abilities
from streamtop.ui.forms import added_entries, copies, groups, pending_entries, removals
from streamtop.ui.forms.context import FormContext

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from streamtop.model.snapshot import Snapshot
    from streamtop.planning.plan import Plan
    from streamtop.source import Source
    from streamtop.ui.dialog_host import DialogHost
    from streamtop.ui.messages import Action, ActionRequested
    from streamtop.ui.rows import Judge

FORMS: Mapping[Action, Callable[[FormContext], Awaitable[Plan | None]]] = {
    **pending_entries.FORMS,
    **copies.FORMS,
    **removals.FORMS,
    **added_entries.FORMS,
    **groups.FORMS,
}


async def complete_plan(
    action: ActionRequested,
    dialogs: DialogHost,
    snapshot: Snapshot,
    judge: Judge,
    source: Source,
    abilities: Abilities | None,
) -> Plan | None:
    """The plan of an action, after the user has chosen what is missing.

    Args:
        action: The action.
        dialogs: Shows the form, and the progress of the plan.
        snapshot: The last look.
        judge: Tells which consumers are gone, as the panes do.
        source: The server, which is only read.
        abilities: What cannot be chosen here; `None` while that is unknown.

    Returns:
        The plan; `None` if the user left.

    Raises:
        SourceError: If the server could not be asked.
    """
    context = FormContext(action, dialogs, snapshot, judge, source, abilities or Abilities())
    return await FORMS[action.kind](context)
