"""Restore pending entries: the undo of claim, hand over, release and acknowledge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Params, Step, entries_in_words, held_in_words, script
from streamtop.operations.pending_steps import PendingOperation, as_far, held_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command

FEW = 2_000
"""The number of entries whose idle times can be restored on every server."""
AT_ONCE = 262_144
"""Bytes of payloads that one step reads on the server, roughly."""
_COUNTED_BELOW = 2**53
"""Delivery counts from here on are not raised by a claim that counts."""


@dataclass(frozen=True, slots=True)
class RestorePending(PendingOperation):
    """Makes entries pending as they were, unless they have changed since.

    Source:
        https://redis.io/docs/latest/commands/xclaim/
    """

    NAME: ClassVar[OperationName] = "undo"

    stream: str
    group: str
    entries: PendingEntries
    """As they were before; `seen_at` is that moment."""
    undoes: str
    """The ID of the operation to undo."""
    holder: str | None
    """The consumer that must hold them now: "" for none, after a release; `None` if they must
    not be pending, after an acknowledgement."""
    counted: bool = False
    """Whether the operation counted as a delivery."""
    keeps_idle: bool = True
    """Whether to restore idle times too, where `idle_is_cheap`."""

    @property
    def needs(self) -> tuple[str, ...]:
        only_released = set(self.entries.by_consumer) == {""}
        groups = ("XINFO GROUPS",) if self.holder is None else ()
        claims = "XNACK" if only_released else "XCLAIM"
        return self._needing("XRANGE", claims, "XPENDING", *groups)

    @property
    def params(self) -> Params:
        return {"undoes": self.undoes}

    @property
    def question(self) -> str:
        count = entries_in_words(self.total)
        return f"Put back {count} of {printable(self.stream)}, group {printable(self.group)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        again = held_in_words(self.entries.by_consumer)
        if self.holder is None:
            only = (
                "Entries that are pending again, or no longer in the stream, are skipped. Whether "
                "they were processed before they were acknowledged is not known."
            )
        elif self.holder:
            only = (
                f"Entries that {printable(self.holder)} no longer holds or has read again, or that "
                "are no longer in the stream, are skipped."
            )
        else:
            only = "Entries that a consumer holds again, or no longer in the stream, are skipped."
        how = (
            f"Each is pending again as it was, with its idle time and delivery count: {again}."
            if self.keeps_idle
            else f"Each is pending again as it was, with its delivery count: {again}. Its idle "
            "time restarts: restoring so many would block this server."
        )
        return (
            how,
            only,
            "A consumer that was removed meanwhile is created again if it gets an entry back.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head = (
            *(
                b"EVAL",
                script("prelude", "restore_pending"),
                b"1",
                from_name(self.stream),
                from_name(self.group),
            ),
            *(b"free" if self.holder is None else b"held", from_name(self.holder or "")),
            b"%d" % AT_ONCE,
        )

        def make(rows: Sequence[PendingEntry]) -> Step:
            now = clock()
            return held_step(
                (*head, *(word for row in rows for word in self._words(row, now))), rows
            )

        yield from as_far(self.entries, make)

    def _words(self, row: PendingEntry, now: float) -> Command:
        """The words of an entry for the script."""
        idle_ms = max(0, row.idle_ms) + max(0, int((now - row.seen_at) * 1000))
        idle_ms = idle_ms if self.keeps_idle else 0
        deliveries = max(0, row.deliveries)
        expected = deliveries + (self.counted and deliveries < _COUNTED_BELOW)
        return (
            *(bytes(row.id), from_name(row.consumer), b"%d" % idle_ms, b"%d" % deliveries),
            b"%d" % expected if self.holder else b"",
        )


def idle_is_cheap(flavour: str, version: str, entries: int) -> bool:
    """Whether a server can quickly restore the idle times of so many claimed entries.

    Redis 8.4 and later keep pending entries in the order of their delivery, and walk over all
    younger ones to find the place of one with an old idle time.

    >>> idle_is_cheap("redis", "8.10.2", 10_000), idle_is_cheap("valkey", "9.1.2", 10_000)
    (False, True)
    >>> idle_is_cheap("redis", "8.2.3", 10_000), idle_is_cheap("redis", "8.6.2", 100)
    (True, True)
    """
    numbers = [int(part) for part in version.split(".") if part.isdigit()]
    return entries <= FEW or flavour != "redis" or numbers[:2] < [8, 4]
