"""How far a stream may be trimmed: up to the first entry that a group still needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId
from streamtop.model.text import printable

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.snapshot import Group, Stream

_LAST = EntryId(2**64 - 1, 2**64 - 1)
NOBODY = "no group reads it, so nothing shows which entries are still needed"


@dataclass(frozen=True, slots=True)
class TrimAdvice:
    """How far a stream may be trimmed without any group losing entries."""

    minid: EntryId | None
    """No group needs an entry below this ID; `None` if that is not known."""
    group: str | None
    """The group that prevents a higher ID; `None` if none does."""
    reasons: tuple[str, ...]
    """Why the ID is no higher: a sentence for each group that needs entries, lowest ID first."""
    entries: int | None
    """How many entries lie below the ID; `None` if not known."""


@dataclass(frozen=True, slots=True)
class _Need:
    """The first entry that a group may still need."""

    id: EntryId
    group: Group
    pending: bool
    """Whether it was delivered and not acknowledged; otherwise it was not delivered."""

    def __str__(self) -> str:
        """Why the entry is needed."""
        name = printable(self.group.name)
        if self.pending:
            return f"{name} still has {self.id} pending"
        return f"{name} has not read past {self.group.last_delivered_id}"


def advise_trim(stream: Stream) -> TrimAdvice:
    """The highest safe MINID, from one snapshot.

    A group needs the entries that were not delivered to it and those it has not
    acknowledged. Both may have changed since: a trim checks again, on the server, before
    each step.

    >>> from streamtop.model.snapshot import Stream
    >>> advise_trim(Stream("orders", length=3)).reasons
    ('no group reads it, so nothing shows which entries are still needed',)
    """
    if stream.error is not None:
        return TrimAdvice(None, None, (f"it could not be read: {stream.error}",), None)
    if not stream.groups:
        return TrimAdvice(None, None, (NOBODY,), None)
    unknown = [group.name for group in stream.groups if group.pending and not group.oldest_pending]
    if unknown:
        reasons = tuple(f"it is not known what {printable(name)} has pending" for name in unknown)
        return TrimAdvice(None, unknown[0], reasons, None)
    needs = sorted(
        (need for group in stream.groups for need in _needs(group, stream.edges)),
        key=lambda need: need.id,
    )
    if needs:
        first = needs[0]
        return TrimAdvice(first.id, first.group.name, _reasons(needs), _below(first, stream))
    return _nothing_needed(stream)


def _needs(group: Group, edges: Edges | None) -> list[_Need]:
    """The first undelivered entry and the first pending one, if there are any."""
    needs = []
    position = group.last_delivered_id
    if not (_all_delivered(group) or (edges and position >= edges.last_generated_id)):
        first = group.undelivered_id
        begins = first if first is not None and first > position else _after(position)
        needs.append(_Need(begins, group, pending=False))
    if group.oldest_pending is not None:
        needs.append(_Need(group.oldest_pending.id, group, pending=True))
    return needs


def _all_delivered(group: Group) -> bool:
    return group.lag.trust == "exact" and group.lag.count == 0


def _reasons(needs: list[_Need]) -> tuple[str, ...]:
    """A sentence for each group, by the lowest ID that it needs."""
    lowest: dict[str, _Need] = {}
    for need in needs:
        lowest.setdefault(need.group.name, need)
    return tuple(map(str, lowest.values()))


def _below(need: _Need, stream: Stream) -> int | None:
    """How many entries lie below the first one that is needed; `None` if not known."""
    first = stream.edges.first_entry_id if stream.edges is not None else None
    if stream.length == 0 or (stream.edges_fresh and first is not None and need.id <= first):
        return 0
    lag = need.group.lag
    if need.pending or lag.trust != "exact" or lag.count is None:
        return None
    return max(0, stream.length - lag.count)


def _nothing_needed(stream: Stream) -> TrimAdvice:
    """The advice where each group has read and acknowledged everything."""
    reasons = ("every group has read and acknowledged everything",)
    edges = stream.edges
    if edges is None:
        lowest = min(group.last_delivered_id for group in stream.groups)
        return TrimAdvice(_after(lowest), None, reasons, None)
    length = edges.length if stream.edges_fresh else None
    return TrimAdvice(_after(edges.last_generated_id), None, reasons, length)


def _after(entry_id: EntryId) -> EntryId:
    """The next ID; for the largest possible ID itself, since there is no other."""
    return min(entry_id.next(), _LAST)
