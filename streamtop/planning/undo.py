"""The plan that undoes an operation of the journal, or the reason why there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import printable
from streamtop.model.verdict import ACTIVE_MS
from streamtop.operations.catalogue import CATALOGUE, CatalogueRow
from streamtop.operations.destroy_group import DestroyGroup
from streamtop.operations.remove_consumer import RemoveConsumer
from streamtop.operations.restore_consumers import RestoreConsumers
from streamtop.operations.restore_pending import RestorePending, idle_is_cheap
from streamtop.operations.set_id import SetId
from streamtop.operations.undo_copy import Copied, Copies, UndoCopy
from streamtop.planning.groups import counted
from streamtop.planning.plan import Plan
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.journal.past_entries import PastEntry
    from streamtop.journal.past_operations import PastOperation
    from streamtop.operations.operation import Operation, Params
    from streamtop.planning.plan import PlanContext

_NOTHING = "Nothing was done, so there is nothing to undo."
_UNKNOWN = "No answer was recorded, so it is not known what was done. Nothing is undone on a guess."
_NAMED = 3
"""Consumers that a sentence names."""
_NO_WAY = "This version of streamtop cannot undo it."


@dataclass(frozen=True, slots=True)
class CannotUndo:
    """Why an operation cannot be undone, in a sentence or two."""

    reason: str


async def plan_undo(context: PlanContext, done: PastOperation, undo: Operation) -> Plan:
    """The plan of an undo, with what the server and the journal say about it.

    Args:
        context: The server.
        done: The operation to undo.
        undo: The operation that undoes it, from `undo_of`.

    Raises:
        SourceError: If the entries between two positions cannot be counted.
    """
    if isinstance(undo, SetId):
        return Plan(await counted(context, undo))
    notes = await _woken(context, undo)
    if done.unknown and isinstance(undo, UndoCopy):
        were = "1 entry was" if done.unknown == 1 else f"{done.unknown:,} entries were"
        note = f"{were} sent and never answered: whether they were copied is not known."
        return Plan(undo, notes=(note, *notes))
    return Plan(undo, notes=notes)


async def _woken(context: PlanContext, undo: Operation) -> tuple[str, ...]:
    """A sentence on the consumers that seem to be alive once they get entries back."""
    match undo:
        case RestorePending(stream=stream, group=str(group), entries=entries):
            holders = set(entries.by_consumer)
        case UndoCopy(stream=stream, group=str(group), copies=copies):
            holders = {each.original.consumer for each in copies if each.original is not None}
        case _:
            return ()
    try:
        seen, _ = await context.group(stream, group)
    except SourceError:
        return ()
    silent = [
        f"{printable(each.name)} ({figures.duration(each.idle_ms)})"
        for each in seen.consumers
        if each.name in holders and each.idle_ms >= ACTIVE_MS
    ]
    if not silent:
        return ()
    names = ", ".join(silent[:_NAMED]) + (" and others" if silent[_NAMED:] else "")
    return (
        f"Putting entries back restarts the idle time of {names}: XCLAIM counts as a sign of life, "
        "even of a consumer that is gone.",
    )


def undo_of(
    done: PastOperation,
    rows: Iterable[PastEntry],
    *,
    now: float | None = None,
    clock: float | None = None,
) -> Operation | CannotUndo:
    """The operation that restores what another changed; it skips entries that changed since.

    Args:
        done: The operation to undo.
        rows: Its entries, read only if they are needed.
        now: Seconds since 1970; by default the present.
        clock: The same moment by this machine's monotonic clock.
    """
    reason = why_not(done)
    if reason is not None:
        return CannotUndo(reason)
    if clock is None or now is None:
        clock, now = time.monotonic(), time.time()
    match _row_of(done.name):
        case CatalogueRow(undo="restore"):
            return _restored(done, rows, now - clock)
        case CatalogueRow(undo="uncopy"):
            return _uncopied(done, rows, now - clock)
        case _:
            return _reversed(done, rows)


def why_not(done: PastOperation) -> str | None:
    """Why it cannot be undone, as far as the journal's list shows; `None` if it may be possible."""
    never = why_never(done.name, done.params, done.id)
    if never is not None:
        return never
    if done.undone:
        return f"It was undone already, by {done.undone_by[-1]}."
    return None if done.done or done.unknown else _NOTHING


def why_never(name: str, params: Params, operation_id: str) -> str | None:
    """Why no such operation can be undone; `None` if some can."""
    row = _row_of(name)
    if row is None or (name == "redrive" and not params.get("remove")) or not row.irreversible:
        return None
    return row.irreversible.format(id=operation_id)


def _row_of(name: str) -> CatalogueRow | None:
    """The row of an operation in the journal; `None` for one of a later version."""
    return next((row for known, row in CATALOGUE.items() if known == name), None)


def _restored(
    done: PastOperation, rows: Iterable[PastEntry], epoch: float
) -> RestorePending | CannotUndo:
    """Pending entries as they were; those without a recorded answer are included."""
    entries = PendingEntries(
        entry
        for row in rows
        if row.outcome in ("done", "unknown") and (entry := _pending(row, epoch)) is not None
    )
    if not entries or done.group is None:
        return CannotUndo(_NOTHING)
    return RestorePending(
        done.stream,
        done.group,
        entries,
        undoes=done.id,
        holder=_holder(done),
        counted=done.params.get("count_delivery") is True,
        keeps_idle=done.name == "acknowledge"
        or idle_is_cheap(done.server.flavour, done.server.version, len(entries)),
    )


def _holder(done: PastOperation) -> str | None:
    """Who holds the entries if nothing has changed since."""
    match done.name:
        case "acknowledge":
            return None
        case "release":
            return ""
        case _:
            names = "consumer", "to_consumer", "taker"  # the last of older journals
            return str(next((done.params[name] for name in names if name in done.params), None))


def _uncopied(
    done: PastOperation, rows: Iterable[PastEntry], epoch: float
) -> UndoCopy | CannotUndo:
    """Without the copies; originals that were acknowledged in the same step are pending again."""
    acknowledged = done.params.get("acknowledge")
    group = done.group if done.name == "dead-letter" else acknowledged
    group = group if isinstance(group, str) else None
    to = done.params.get("to", done.stream)
    copies = Copies()
    for row in rows:
        if row.outcome != "done" or row.copy is None:
            continue
        original = None if group is None else _pending(row, epoch)
        if original is not None or group is None:  # a copy without its original is all there is
            copies.add(Copied(row.copy, row.to or str(to), original))
    if not copies:
        return CannotUndo(_UNKNOWN if done.unknown else _NOTHING)
    return UndoCopy(done.stream, copies, undoes=done.id, group=group)


def _reversed(done: PastOperation, rows: Iterable[PastEntry]) -> Operation | CannotUndo:
    """The operation that reverses a change of a group or a consumer."""
    if not done.done:
        return CannotUndo(_UNKNOWN)
    rows = list(rows)
    position = next((row.id for row in rows if row.outcome == "done"), None)
    group = done.group or ""
    match done.name:
        case "create-consumer":
            consumer = str(done.params.get("consumer"))
            return RemoveConsumer(done.stream, group, consumer, holds=0, undoes=done.id)
        case "prune-consumers":
            names = (row.consumer for row in rows if row.outcome in ("done", "unknown"))
            consumers = tuple(name for name in names if name is not None)
            return RestoreConsumers(done.stream, group, consumers, undoes=done.id)
        case "create-group" if position is not None:
            return DestroyGroup(done.stream, group, position, undoes=done.id)
        case "set-id" if position is not None:
            return _set_back(done, group, position)
    return CannotUndo(_NO_WAY)


def _set_back(done: PastOperation, group: str, position: EntryId) -> SetId | CannotUndo:
    was, was_read = done.params.get("was"), done.params.get("was_read")
    try:
        before = EntryId.parse(str(was))
    except ValueError:
        return CannotUndo(_NO_WAY)
    return SetId(
        done.stream,
        group,
        before,
        was=position,
        was_read=was_read if isinstance(was_read, int) else None,
        undoes=done.id,
    )


def _pending(row: PastEntry, epoch: float) -> PendingEntry | None:
    """How an entry was pending before; `None` if that is not known.

    Args:
        row: The entry.
        epoch: Seconds since 1970 at which this machine's monotonic clock began.
    """
    if row.id is None or row.consumer is None or row.idle_ms is None or row.deliveries is None:
        return None
    seen_at = row.at.timestamp() - epoch
    return PendingEntry(row.id, row.consumer, row.idle_ms, row.deliveries, seen_at)
