"""Plans that add copies of entries: replay, dead-letter, redrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.operations import Outcome
from streamtop.operations.copy_steps import other_slots
from streamtop.operations.dead_letter import DeadLetter
from streamtop.operations.dead_letter_origin import origin_of
from streamtop.operations.operation import entries_in_words
from streamtop.operations.redrive import Redrive, Routes
from streamtop.operations.replay import Replay
from streamtop.planning.pending_entries import MOST, PAGE, select
from streamtop.planning.plan import Plan
from streamtop.source import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.planning.pending_entries import EntryChoice
    from streamtop.planning.plan import PlanContext
    from streamtop.source import Source

PAGE_BYTES = 1_000_000
"""Bytes of one page of a dead-letter stream, roughly."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """Which entries to copy, where to and how."""

    stream: str
    entries: EntryChoice
    to: str
    group: str | None = None
    """The group that the entries are pending in; `None` for any entries, by their IDs."""
    acknowledge: bool = False
    """Whether to acknowledge the originals for that group."""
    origin: bool = False
    """Whether each copy says where it came from."""
    once: bool = False
    """Whether a repeated replay adds nothing twice."""
    rate: float | None = None
    """Entries a second, at most."""


async def plan_replay(context: PlanContext, request: ReplayRequest) -> Plan:
    """Add copies of entries to a stream.

    Raises:
        RefusedError: If `once` is requested of a server without XADD IDMP.
        SourceError: MissingError if the stream or group is gone.
    """
    if request.once and not (await context.source.abilities()).idempotent:
        raise RefusedError("nothing was sent: --once needs XADD IDMP (Redis 8.6 and later)")
    _, server = await context.stream(request.stream)
    entries: PendingEntries | tuple[EntryId, ...]
    already: Sequence[Outcome] = ()
    notes: tuple[str, ...] = ()
    if isinstance(request.entries, tuple) and request.group is None:
        entries = tuple(dict.fromkeys(request.entries))
    else:
        group = request.group or ""
        entries, already, notes = await select(context, request.stream, group, request.entries)
    operation = Replay(
        request.stream,
        request.to,
        entries,
        acknowledge=request.group if request.acknowledge else None,
        origin=request.origin,
        rate=request.rate,
        once=request.once,
        cluster=server.cluster,
    )
    return Plan(operation, already, notes)


@dataclass(frozen=True, slots=True)
class DeadLetterRequest:
    """Which entries to dead-letter, where to and why."""

    stream: str
    group: str
    entries: EntryChoice
    to: str
    reason: str


async def plan_dead_letter(context: PlanContext, request: DeadLetterRequest) -> Plan:
    """Move pending entries to a dead-letter stream.

    Raises:
        SourceError: MissingError if the stream or group is gone.
    """
    _, server = await context.stream(request.stream)
    entries, already, notes = await select(context, request.stream, request.group, request.entries)
    operation = DeadLetter(
        request.stream, request.group, request.to, entries, request.reason, server.cluster
    )
    return Plan(operation, already, notes)


def dead_letter_stream(stream: str, *, cluster: bool) -> str:
    """The usual name of a stream's dead-letter stream, in a cluster one of the same slot.

    >>> dead_letter_stream("orders", cluster=False), dead_letter_stream("orders", cluster=True)
    ('orders:dead', '{orders}:dead')
    """
    tagged = "{" in stream and "}" in stream
    return f"{{{stream}}}:dead" if cluster and not tagged else f"{stream}:dead"


@dataclass(frozen=True, slots=True)
class RedriveRequest:
    """Which entries of a dead-letter stream go back, and how."""

    stream: str
    ids: tuple[EntryId, ...] = ()
    """Empty for all."""
    only_to: str | None = None
    """Only entries that came from this stream."""
    remove: bool = True
    """Whether to delete the entries from the dead-letter stream."""
    make_streams: bool = False
    """Whether to create streams that no longer exist."""
    rate: float | None = None
    """Entries a second, at most."""


async def plan_redrive(context: PlanContext, request: RedriveRequest) -> Plan:
    """Send entries of a dead-letter stream back to the streams they came from.

    Raises:
        SourceError: If the stream is gone or cannot be read.
    """
    stream = request.stream
    _, server = await context.stream(stream)
    routes, looked_at, unknown, unreachable = Routes(), 0, 0, 0
    pages = _by_id(context.source, stream, request.ids) if request.ids else _all(context, stream)
    async for page in pages:
        looked_at += len(page)
        for entry in page:
            to = origin_of(entry, stream)
            if to is None:
                unknown += 1
            elif request.only_to is not None and to != request.only_to:
                continue
            elif server.cluster and other_slots(stream, [to]):
                unreachable += 1
            elif len(routes) < MOST:
                routes.add(entry.id, to)
        context.report(looked_at, len(routes))
        if len(routes) >= MOST or context.stopped:
            break
    operation = Redrive(stream, routes, request.remove, request.rate, request.make_streams)
    if not request.ids:
        left_out = (unknown, "of unknown origin"), (unreachable, "from another slot of the cluster")
        notes = [f"Not included: {entries_in_words(n)} {origin}." for n, origin in left_out if n]
        return Plan(operation, notes=tuple(notes))
    reason = "it is not there, or does not say that it came from such a stream"
    included = set(operation.ids)
    others = [entry_id for entry_id in dict.fromkeys(request.ids) if entry_id not in included]
    return Plan(operation, [Outcome(entry_id, "skipped", reason) for entry_id in others])


async def _all(context: PlanContext, stream: str) -> AsyncIterator[Sequence[Entry]]:
    """All entries of a stream that were there at the beginning, oldest first."""
    newest, after = (await context.source.entries(stream, count=1)).entries, None
    last = newest[0].id if newest else None
    while last is not None:
        page = await context.source.entries(
            stream, direction="oldest_first", beyond=after, count=PAGE, max_bytes=PAGE_BYTES
        )
        yield [entry for entry in page.entries if entry.id <= last]
        if page.complete or not page.entries or page.entries[-1].id >= last:
            return
        after = page.entries[-1].id


async def _by_id(
    source: Source, stream: str, ids: Sequence[EntryId]
) -> AsyncIterator[Sequence[Entry]]:
    """The entries with these IDs, lowest first, without those that are gone."""
    left = sorted(set(ids))
    while left:
        entries = await source.entries_by_id(stream, left[:PAGE], max_bytes=PAGE_BYTES)
        yield [entry for each in left[:PAGE] if (entry := entries.get(each)) is not None]
        left = [each for each in left[:PAGE] if each not in entries] + left[PAGE:]
