"""The plans of replay and redrive: copies of entries are added to a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.headless.planning import look_at
from streamtop.headless.progress import status_line
from streamtop.headless.selection import find
from streamtop.operations import Outcome
from streamtop.operations.operation import entries_in_words
from streamtop.operations.redrive import plan_redrive
from streamtop.operations.replay import Replay
from streamtop.planning.plan import Plan
from streamtop.source import RefusedError

if TYPE_CHECKING:
    from streamtop.headless.selection import EntrySelection
    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.model.snapshot import ServerInfo
    from streamtop.operations.redrive import Redrive
    from streamtop.source import Source

_NOT_GOING = "it is not there, or does not tell that it came from such a stream"


@dataclass(frozen=True, slots=True)
class Copying:
    """How entries are to be copied."""

    to: str
    group: str | None = None
    """The group that the entries are pending in; `None` for any entries of the stream."""
    acknowledge: bool = False
    """Whether to acknowledge the originals for that group."""
    origin: bool = False
    """Whether each copy says where it came from."""
    once: bool = False
    """Whether a repeated replay adds nothing twice."""
    rate: float | None = None
    """Entries a second, at most."""


async def plan_replay(
    source: Source, stream: str, wanted: EntrySelection, copying: Copying
) -> Plan:
    """Add copies of entries to a stream.

    Raises:
        RefusedError: If it is to be once only, and the server cannot see to it.
    """
    if copying.once and not (await source.abilities()).idempotent:
        raise RefusedError("nothing was sent: --once needs XADD IDMP (Redis 8.6 and later)")
    _, server = await look_at(source, stream)
    if copying.group is None:
        entries = tuple(dict.fromkeys(wanted.ids))
        return Plan(_replay(stream, entries, copying, server))
    found = await find(source, stream, copying.group, wanted)
    return Plan(_replay(stream, found.entries, copying, server), found.already, found.notes)


def _replay(
    stream: str, entries: PendingEntries | tuple[EntryId, ...], copying: Copying, server: ServerInfo
) -> Replay:
    return Replay(
        stream,
        copying.to,
        entries,
        acknowledge=copying.group if copying.acknowledge else None,
        origin=copying.origin,
        rate=copying.rate,
        once=copying.once,
        cluster=server.cluster,
    )


@dataclass(frozen=True, slots=True)
class Redriving:
    """Which entries of a dead-letter stream are to go back, and how."""

    ids: tuple[EntryId, ...] = ()
    """None for all."""
    only_to: str | None = None
    """Only those that came from this stream."""
    keep: bool = False
    """Whether they stay in the dead-letter stream too."""
    make_streams: bool = False
    """Whether a stream that is no longer there is made anew."""
    rate: float | None = None
    """Entries a second, at most."""


async def plan_redriving(source: Source, stream: str, redriving: Redriving) -> Plan:
    """Send entries of a dead-letter stream back to where they came from."""
    _, server = await look_at(source, stream)
    with status_line() as show:
        operation = await plan_redrive(
            source,
            stream,
            ids=redriving.ids or None,
            only_to=redriving.only_to,
            remove=not redriving.keep,
            rate=redriving.rate,
            cluster=server.cluster,
            make_streams=redriving.make_streams,
            progress=lambda seen, meant: show(f"looked at {seen:,} entries, {meant:,} to go"),
        )
    if not redriving.ids:
        return Plan(operation, notes=_left_alone(operation))
    going = set(operation.ids)
    left = [entry_id for entry_id in dict.fromkeys(redriving.ids) if entry_id not in going]
    return Plan(operation, [Outcome(entry_id, "skipped", _NOT_GOING) for entry_id in left])


def _left_alone(operation: Redrive) -> tuple[str, ...]:
    told = []
    if operation.unknown:
        told.append(f"Left alone, of no known origin: {entries_in_words(operation.unknown)}.")
    if operation.unreachable:
        count = entries_in_words(operation.unreachable)
        told.append(f"Left alone, from another slot of this cluster: {count}.")
    return tuple(told)
