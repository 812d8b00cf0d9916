"""From a wish to an operation: what it still lacks is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.abilities import Abilities
from streamtop.ui.forms import added_entries, consumers, copies, groups, pending_entries, removals
from streamtop.ui.forms.context import FormContext

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Operation
    from streamtop.source import Source
    from streamtop.ui.forms.context import ShowDialog
    from streamtop.ui.messages import Action, ActionRequested
    from streamtop.ui.rows import Judge

_COMPLETE: Mapping[Action, Callable[[FormContext], Awaitable[Operation | None]]] = {
    "claim": pending_entries.claim,
    "release": pending_entries.release,
    "replay": copies.replay,
    "dead-letter": copies.dead_letter,
    "redrive": copies.redrive,
    "delete": removals.delete,
    "trim": removals.trim,
    "delete-stream": removals.delete_stream,
    "add": added_entries.add,
    "edit": added_entries.edit,
    "handover": consumers.hand_over,
    "take-over": consumers.take_over,
    "create-consumer": consumers.create,
    "remove-consumer": consumers.remove,
    "create-group": groups.create,
    "set-id": groups.set_id,
    "destroy-group": groups.destroy,
}


async def complete_operation(
    wanted: ActionRequested,
    ask: ShowDialog,
    snapshot: Snapshot,
    judge: Judge,
    source: Source,
    abilities: Abilities | None,
) -> Operation | None:
    """The operation that is wished for, once the rest of it was chosen.

    Args:
        wanted: The wish.
        ask: Shows a dialog and waits for what was answered.
        snapshot: What there is to choose from.
        judge: Knows which consumers are gone, as the panes do.
        source: Is asked what an operation would be about. Nothing is changed.
        abilities: What cannot be chosen here; `None` while that is not known.

    Returns:
        The operation; `None` if the user left.

    Raises:
        SourceError: If the server could not be asked.
    """
    asking = FormContext(wanted, ask, snapshot, judge, source, abilities or Abilities())
    return await _COMPLETE[wanted.kind](asking)
