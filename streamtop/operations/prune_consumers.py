"""Remove consumers that hold nothing (XGROUP DELCONSUMER)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from streamtop.model.entries import CLOCK_SLACK_MS
from streamtop.model.text import from_name, printable, printable_bytes
from streamtop.operations.operation import (
    CatalogueOperation,
    Outcome,
    Step,
    script,
)
from streamtop.operations.pending_steps import REFUSED, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Reply


class EmptyConsumer(NamedTuple):
    """A consumer that holds nothing, as it was seen."""

    name: str
    idle_ms: int
    seen_at: float
    """In seconds of this machine's monotonic clock."""

    def idle_at_least(self, now: float) -> int:
        """The minimum idle time at `now`, in milliseconds, unless it has been active since."""
        return self.idle_ms + max(0, int((now - self.seen_at) * 1000) - CLOCK_SLACK_MS)


@dataclass(frozen=True, slots=True)
class PruneConsumers(CatalogueOperation):
    """Removes consumers that hold nothing from a group.

    One that holds entries or has been active since it was seen is skipped, in the same atomic
    step.

    Source:
        https://redis.io/docs/latest/commands/xgroup-delconsumer/
    """

    NAME: ClassVar[OperationName] = "prune-consumers"

    stream: str
    group: str
    consumers: tuple[EmptyConsumer, ...]
    idle_means_attempt: bool = True
    """Whether idle times count from the last attempt to read (Redis 7.2 and later)."""

    @property
    def total(self) -> int:
        return len(self.consumers)

    @property
    def question(self) -> str:
        some = "1 consumer that holds" if self.total == 1 else f"{self.total:,} consumers that hold"
        return (
            f"Remove {some} nothing from the group {printable(self.group)} of "
            f"{printable(self.stream)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        idle = (
            "Idle time counts from the last attempt to read."
            if self.idle_means_attempt
            else "On this server idle time counts from the last entry received: a consumer that "
            "waits on a quiet stream is idle, too."
        )
        return (
            "No pending entry is lost. One that holds entries or has been active again when you "
            "confirm stays.",
            idle,
            "A process that still reads in the name of one creates it again.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        key = (b"1", from_name(self.stream), from_name(self.group))
        head = (b"EVAL", script("prelude", "prune_consumers"), *key)
        for batch in in_batches(self.consumers):
            now = clock()
            words = (
                word
                for consumer in batch
                for word in (from_name(consumer.name), b"%d" % consumer.idle_at_least(now))
            )
            names = [consumer.name for consumer in batch]
            yield Step((*head, *words), _reader(names), consumers=names)


def _reader(names: Sequence[str]) -> Callable[[Reply], Sequence[Outcome]]:
    def read(reply: Reply) -> Sequence[Outcome]:
        rows = (
            reply if isinstance(reply, list) and len(reply) == len(names) else [None] * len(names)
        )
        return [_outcome(printable(name), row) for name, row in zip(names, rows, strict=True)]

    return read


def _outcome(name: str, row: Reply) -> Outcome:
    match row:
        case [b"done"]:
            return Outcome(None, "done", f"{name} was removed")
        case [b"skipped", b"gone"]:
            return Outcome(None, "skipped", f"{name} is gone already")
        case [b"skipped", b"holds", bytes(pending)]:
            holds = f"{name} stays: it has {printable_bytes(pending)} pending now"
            return Outcome(None, "skipped", holds)
        case [b"skipped", b"again"]:
            return Outcome(None, "skipped", f"{name} stays: it has been active again")
        case [b"failed", bytes(why)]:
            return Outcome(None, "failed", REFUSED + printable_bytes(why))
        case _:
            return Outcome(None, "failed", "the server gave an unknown answer")
