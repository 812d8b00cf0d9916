"""Steps that copy entries: bounded by bytes and by a rate, within one slot of a cluster."""

from __future__ import annotations

import binascii
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeVar

from streamtop.model.ids import EntryId
from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Outcome
from streamtop.operations.pending_steps import BATCH, as_far, in_batches, was

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from streamtop.operations.operation import Step
    from streamtop.source import Reply

T = TypeVar("T")
BYTES = 262_144
"""Payload of one step: once so much was read, what is left of a batch waits for the next."""
_SLOTS = 16_384


def copied(entry_id: EntryId, words: list[Reply]) -> Outcome:
    """The outcome of an entry that was copied: the copy, and how it was pending if it was."""
    match words:
        case [bytes(copy), *held]:
            parsed = EntryId.parse(copy)
            return Outcome(entry_id, "done", f"copied as {parsed}", was=was(held), copy=parsed)
        case _:
            return Outcome(entry_id, "failed", "the server gave an unknown answer")


def firsts() -> Iterator[bytes]:
    """The word for each step that marks the first of several: b"first", then empty ones."""
    return chain((b"first",), repeat(b""))


def paced(
    rows: Sequence[T], make: Callable[[Sequence[T]], Step], rate: float | None
) -> Iterator[Step]:
    """Steps over rows whose payloads bound a batch, at most `rate` rows a second.

    A step is about a quarter of a second's rows, at most.
    """
    if rate is None:
        yield from as_far(rows, make)
        return
    pace = _Pace(rate)
    for batch in in_batches(rows, max(1, min(BATCH, int(rate / 4)))):
        for step in as_far(batch, make):
            yield pace.keep(step)


class _Pace:
    """The duration of steps, which answer for a number of rows only known afterwards."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._seconds = 0.0
        self._answered = 0
        self._last: int | None = None

    def keep(self, step: Step) -> Step:
        """The step with its duration, assuming that it answers for as many rows as the last one."""
        expected = min(len(step.ids), self._last or len(step.ids))
        seconds = max(0.0, (self._answered + expected) / self._rate - self._seconds)
        self._seconds += seconds

        def read(reply: Reply) -> Sequence[Outcome]:
            outcomes = step.read(reply)
            self._last = len(outcomes)
            self._answered += len(outcomes)
            return outcomes

        return replace(step, read=read, seconds=seconds)


def check_rate(rate: float | None) -> None:
    """Raise ValueError unless a rate is positive."""
    if rate is not None and not rate > 0:
        raise ValueError("a rate is more than 0 entries a second")


def slot_of(name: str) -> int:
    """The slot of a cluster that a key belongs to: the CRC16 of its name, or of its {tag}.

    >>> slot_of("123456789"), slot_of("{orders}:dlq") == slot_of("orders")
    (12739, True)

    Source:
        https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
    """
    key = from_name(name)
    _, opened, rest = key.partition(b"{")
    tag, closed, _ = rest.partition(b"}")
    return binascii.crc_hqx(tag if opened and closed and tag else key, 0) % _SLOTS


def other_slots(stream: str, others: Iterable[str]) -> list[str]:
    """Those of the streams that share no slot with the first."""
    return [name for name in others if slot_of(name) != slot_of(stream)]


def across_slots(stream: str, to: str) -> str:
    """Why a cluster that keeps two streams in different slots refuses the copy."""
    return (
        f"{printable(stream)} and {printable(to)} belong to different slots of this cluster, which "
        "will refuse the copy: a script works within one slot. Names that share a {tag} share a "
        "slot."
    )
