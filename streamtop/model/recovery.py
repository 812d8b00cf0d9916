"""What becomes of the entries that an operation moved, followed from look to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from streamtop.model.sentences import Finding
from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.sentences import Formatter
    from streamtop.model.snapshot import Group

MOST = 10_000
"""Entries of one operation that are followed, at most."""
UNREAD_MS = 5_000
"""A shorter time without a delivery is not worth a word."""
_NAMED = 3
"""Consumers that are named; the others are counted."""


class MovedEntry(NamedTuple):
    """An entry as an operation left it."""

    id: EntryId
    consumer: str | None
    """Its holder; "" for none, `None` for a copy that is still to be delivered."""
    deliveries: int | None = None
    """Its delivery count; `None` if it is not known."""


@dataclass(frozen=True, slots=True)
class RecoveryAim:
    """What is followed: the entries of one operation in one group."""

    operation_id: str
    """Empty where nothing is recorded."""
    verb: str
    stream: str
    group: str
    copies: bool = False
    """Whether the entries are copies, which are new to the group."""


@dataclass(frozen=True, slots=True)
class RecoveryState:
    """What has become of the entries up to now."""

    followed: int
    acknowledged: int = 0
    """No longer pending: acknowledged, or dropped from the pending entries list."""
    waiting: int = 0
    """Copies that are not delivered yet."""
    held: Mapping[str, int] = field(default_factory=dict)
    """How many are pending with each consumer; "" for none."""
    unread: int = 0
    """Those of them that were not delivered since."""
    unread_ms: int = 0
    """For how long that is known."""
    removed: int = 0
    """Copies that were removed before they were delivered."""
    unknown: int = 0
    """No longer pending, but neither is their consumer there any more."""
    superseded: int = 0
    """Moved again by a later operation."""
    not_followed: int = 0
    """Further entries of the operation, beyond `MOST`."""
    age_ms: int = 0
    """Since the operation."""
    quiet_ms: int = 0
    """Since any of them was last delivered or acknowledged."""
    ended: str = ""
    """Why they cannot be followed any more."""

    @property
    def pending(self) -> int:
        """Those that are pending."""
        return sum(self.held.values())

    @property
    def finished(self) -> bool:
        """Whether nothing more can become of them."""
        return bool(self.ended) or not (self.waiting or self.held)

    @property
    def recovered(self) -> bool:
        """Whether all were acknowledged."""
        return self.finished and self.acknowledged == self.followed and not self.not_followed


@dataclass(slots=True)
class _Open:
    """An entry that is not acknowledged yet."""

    consumer: str | None
    deliveries: int | None
    seen: float
    """When it was last asked for."""
    read: bool = False
    """Whether it was delivered since."""


class Recovery:
    """Follows the entries of one operation in one group.

    It holds the entries that are not acknowledged yet, and counts the others. Times are
    seconds of the monotonic clock.
    """

    def __init__(
        self, aim: RecoveryAim, moved: Iterable[MovedEntry], at: float, *, not_followed: int = 0
    ) -> None:
        self.aim = aim
        self.began = at
        self._open = {
            entry.id: _Open(entry.consumer, entry.deliveries, at) for entry in islice(moved, MOST)
        }
        self._followed = len(self._open)
        self._not_followed = not_followed
        self._acknowledged = self._removed = self._unknown = self._superseded = 0
        self._moved_at = at
        self._position: EntryId | None = None
        self._consumers: frozenset[str] | None = None
        self._ended = ""

    @property
    def open(self) -> int:
        """How many are not acknowledged yet."""
        return len(self._open)

    @property
    def finished(self) -> bool:
        """Whether nothing more can become of them."""
        return bool(self._ended) or not self._open

    def quiet_ms(self, now: float) -> int:
        """Milliseconds since any of them was last delivered or acknowledged."""
        return _ms(now - self._moved_at)

    def see_group(self, group: Group | None, at: float) -> None:
        """Take in what a look saw of the group; `None` if it is not there any more."""
        if group is None:
            self.end(f"{printable(self.aim.group)} is gone")
            return
        moved = self._position is not None and self._position != group.last_delivered_id
        if moved and any(entry.consumer is None for entry in self._open.values()):
            self._moved_at = at
        self._position = group.last_delivered_id
        named = {consumer.name for consumer in group.consumers}
        self._consumers = frozenset(named) if named or not group.pending else None
        nothing_waits = group.lag.count == 0 and group.lag.trust == "exact"
        first = group.undelivered_id
        for entry_id, entry in list(self._open.items()):
            if entry.consumer is not None or entry_id <= group.last_delivered_id:
                continue
            if nothing_waits or (first is not None and first > entry_id):
                del self._open[entry_id]
                self._removed += 1

    def due(self, count: int) -> list[EntryId]:
        """The entries to ask for next, those first that were not asked for the longest."""
        if self._ended:
            return []
        position = self._position
        asked = (
            entry_id
            for entry_id, entry in self._open.items()
            if entry.consumer is not None or (position is not None and entry_id <= position)
        )
        return list(islice(asked, count))

    def see(self, ids: Sequence[EntryId], rows: Sequence[PendingEntry | None], at: float) -> None:
        """Take in how entries are pending now; `None` for those that are not."""
        for entry_id, row in zip(ids, rows, strict=True):
            entry = self._open.pop(entry_id, None)
            if entry is None:
                continue
            if row is None:
                self._left(entry, at)
                continue
            delivered = not entry.consumer and row.consumer != entry.consumer
            if entry.deliveries is not None:
                delivered = delivered or row.deliveries > entry.deliveries
            if delivered or row.consumer != entry.consumer:
                self._moved_at = at
            entry.read = entry.read or delivered
            entry.consumer, entry.deliveries, entry.seen = row.consumer, row.deliveries, at
            self._open[entry_id] = entry

    def _left(self, entry: _Open, at: float) -> None:
        removed = entry.consumer and self._consumers is not None
        if removed and self._consumers is not None and entry.consumer not in self._consumers:
            self._unknown += 1
        else:
            self._acknowledged += 1
            self._moved_at = at

    def supersede(self, ids: Iterable[EntryId]) -> None:
        """Follow these no longer: a later operation moved them."""
        for entry_id in ids:
            if self._open.pop(entry_id, None) is not None:
                self._superseded += 1

    def end(self, why: str) -> None:
        """Follow nothing any longer."""
        self._ended = why

    def state(self, now: float) -> RecoveryState:
        """What has become of the entries."""
        held: dict[str, int] = {}
        waiting = unread = 0
        unread_until = now
        for entry in self._open.values():
            if entry.consumer is None:
                waiting += 1
                continue
            held[entry.consumer] = held.get(entry.consumer, 0) + 1
            if not entry.read:
                unread += 1
                unread_until = min(unread_until, entry.seen)
        return RecoveryState(
            followed=self._followed,
            acknowledged=self._acknowledged,
            waiting=waiting,
            held=dict(sorted(held.items(), key=lambda pair: -pair[1])),
            unread=unread,
            unread_ms=_ms(unread_until - self.began),
            removed=self._removed,
            unknown=self._unknown,
            superseded=self._superseded,
            not_followed=self._not_followed,
            age_ms=_ms(now - self.began),
            quiet_ms=self.quiet_ms(now),
            ended=self._ended,
        )


def sentence(aim: RecoveryAim, state: RecoveryState, fmt: Formatter) -> str:
    """What has become of the entries, without a full stop: "31 of 40 acknowledged; ..."."""
    what = " copies" if aim.copies else ""
    if state.recovered:
        return f"all {fmt.count(state.followed)}{what} acknowledged"
    parts = [f"{fmt.count(state.acknowledged)} of {fmt.count(state.followed)}{what} acknowledged"]
    parts += _held(state, fmt)
    for count, words in (
        (state.waiting, "not delivered yet"),
        (state.removed, "removed before they were delivered"),
        (state.unknown, "gone with their consumer: acknowledged, or lost"),
        (state.superseded, "moved again by a later operation"),
        (state.not_followed, "more not followed"),
    ):
        if count:
            parts.append(f"{fmt.count(count)} {words}")
    if state.ended:
        parts.append(state.ended)
    return "; ".join(parts)


def _held(state: RecoveryState, fmt: Formatter) -> list[str]:
    """Who holds what is pending, and whether it was delivered again."""
    if not state.held:
        return []
    unread = state.unread if state.unread_ms >= UNREAD_MS else 0
    for_so_long = f"for {fmt.duration(state.unread_ms)}"
    pending = fmt.count(state.pending)
    if len(state.held) > 1:
        named = [
            f"{fmt.count(count)} with {printable(name) or 'no consumer'}"
            for name, count in islice(state.held.items(), _NAMED)
        ]
        if len(state.held) > _NAMED:
            named.append(f"the others with {len(state.held) - _NAMED:,} more")
        since = f"; {fmt.count(unread)} not delivered again {for_so_long}" if unread else ""
        return [f"{pending} still pending, {', '.join(named)}{since}"]
    [holder] = state.held
    if not holder:
        since = f", and claimed by no consumer {for_so_long}" if unread else ""
        return [f"{pending} released{since}"]
    text = f"{pending} still pending with {printable(holder)}"
    if unread:
        some = "them" if unread > 1 else "it"
        what = some if unread == state.pending else f"{fmt.count(unread)} of them"
        text += f", which has not read {what} {for_so_long}"
    return [text]


def unfinished(
    aim: RecoveryAim, state: RecoveryState, limit_ms: int, fmt: Formatter
) -> Finding | None:
    """The finding that entries are not acknowledged yet; `None` once nothing more can come.

    It is slow, and unrecovered if nothing has become of any of them for as long as the limit.
    """
    if state.finished:
        return None
    halted = state.quiet_ms >= limit_ms
    advice = " Replay and acknowledge what stays pending." if halted and state.held else ""
    return Finding(
        "unrecovered" if halted else "slow",
        f"{aim.verb.lower()} {fmt.duration(state.age_ms)} ago: {sentence(aim, state, fmt)}."
        + advice,
        {
            "moved": state.followed,
            "moved_acknowledged": state.acknowledged,
            "moved_pending": state.pending,
            "moved_s": state.age_ms / 1000,
        },
    )


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
