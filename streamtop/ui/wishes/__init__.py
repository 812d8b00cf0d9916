"""From a wish to an operation: what it still lacks is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.abilities import Abilities
from streamtop.ui.wishes import adding, consumers, copies, deleting, groups, holding
from streamtop.ui.wishes.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Operation
    from streamtop.source import Source
    from streamtop.ui.messages import Kind, Wish
    from streamtop.ui.rows import Judge
    from streamtop.ui.wishes.asking import Ask

_COMPLETE: Mapping[Kind, Callable[[Asking], Awaitable[Operation | None]]] = {
    "claim": holding.claim,
    "release": holding.release,
    "replay": copies.replay,
    "dead-letter": copies.dead_letter,
    "redrive": copies.redrive,
    "delete": deleting.delete,
    "trim": deleting.trim,
    "delete-stream": deleting.delete_stream,
    "add": adding.add,
    "edit": adding.edit,
    "hand-over": consumers.hand_over,
    "take-over": consumers.take_over,
    "create-consumer": consumers.create,
    "remove-consumer": consumers.remove,
    "create-group": groups.create,
    "set-id": groups.set_id,
    "destroy-group": groups.destroy,
}


async def completed(
    wanted: Wish,
    ask: Ask,
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
    asking = Asking(wanted, ask, snapshot, judge, source, abilities or Abilities())
    return await _COMPLETE[wanted.kind](asking)
