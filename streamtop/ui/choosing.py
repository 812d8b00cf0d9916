"""From a wish to an operation: what has yet to be chosen is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.text import printable
from streamtop.operations import Claim, Replay
from streamtop.ui import rows
from streamtop.ui.dialogs.choose import Choice, Choose, Named
from streamtop.ui.messages import ClaimWanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Operation
    from streamtop.ui.messages import ReplayWanted


async def completed(
    wanted: ClaimWanted | ReplayWanted,
    ask: Callable[[Choose], Awaitable[Choice | None]],
    snapshot: Snapshot,
    judge: rows.Judge,
) -> Operation | None:
    """The operation that is wished for, once the rest of it was chosen.

    Args:
        wanted: The wish.
        ask: Shows a dialog and waits for what was chosen.
        snapshot: What there is to choose from.
        judge: Knows which consumers are gone, as the panes do.

    Returns:
        The operation; `None` if nothing was chosen.
    """
    if isinstance(wanted, ClaimWanted):
        return await _claim(wanted, ask, snapshot, judge)
    return await _replay(wanted, ask, snapshot)


async def _claim(
    wanted: ClaimWanted,
    ask: Callable[[Choose], Awaitable[Choice | None]],
    snapshot: Snapshot,
    judge: rows.Judge,
) -> Claim | None:
    stream = snapshot.stream(wanted.stream)
    group = stream.group(wanted.group) if stream else None
    past = judge.history.past(wanted.stream, wanted.group)
    consumers = rows.consumer_rows(group, snapshot, judge.limits, past) if group else []
    names = [
        Named(row.consumer.name, f"{row.state} {row.consumer.pending:,} pending".strip())
        for row in consumers
    ]
    choice = await ask(Choose("Claim for which consumer?", names, new="a new consumer"))
    if choice is None:
        return None
    return Claim(
        wanted.stream,
        wanted.group,
        choice.name,
        wanted.entries,
        new_consumer=choice.is_new,
        without_payload=wanted.without_payload,
        drops_without_payload=snapshot.server.api >= (7, 0),
    )


async def _replay(
    wanted: ReplayWanted, ask: Callable[[Choose], Awaitable[Choice | None]], snapshot: Snapshot
) -> Replay | None:
    tick = None
    if wanted.group is not None:
        tick = f"acknowledge the originals for {printable(wanted.group)}"
    choice = await ask(
        Choose(
            "Replay to which stream?",
            [Named(stream.name, f"{stream.length:,} entries") for stream in snapshot.streams],
            new="a new stream",
            preset=wanted.stream,
            tick=tick,
        )
    )
    if choice is None:
        return None
    group = wanted.group if choice.ticked else None
    return Replay(wanted.stream, choice.name, wanted.entries, group)
