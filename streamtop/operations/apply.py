"""The one way in which operations are run: recorded, step by step, to a receipt."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from streamtop.operations.operation import Outcome, OutcomeKind, Receipt
from streamtop.operations.pending_steps import refusal
from streamtop.source import BrokenError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtop.operations.operation import Operation, Step
    from streamtop.source import Reply, Source

KEPT = 1_000
"""Outcomes that a receipt keeps by default."""
NOT_KNOWN = "the connection broke: it may have been done, or not"
"""The reason of an entry whose outcome is unknown."""


class UnrecordedError(SourceError):
    """The journal cannot be written: nothing more is sent."""


class Log(Protocol):
    """A record of each step before and after it is sent, which outlives the process.

    Each method returns once its record is written, and raises UnrecordedError if it cannot be.
    """

    def begin(self, operation: Operation) -> str:
        """An operation was confirmed; the ID by which it is known from now on."""

    def sending(self, operation_id: str, step: Step) -> None:
        """A step is about to be sent."""

    def sent(self, operation_id: str, outcomes: Sequence[Outcome]) -> None:
        """The last step was answered."""

    def end(self, receipt: Receipt) -> None:
        """The operation has ended."""


class NoLog:
    """A log that keeps nothing, where the settings turn the journal off."""

    def begin(self, operation: Operation) -> str:
        """An operation was confirmed."""
        return ""

    def sending(self, operation_id: str, step: Step) -> None:
        """A step is about to be sent."""

    def sent(self, operation_id: str, outcomes: Sequence[Outcome]) -> None:
        """The last step was answered."""

    def end(self, receipt: Receipt) -> None:
        """The operation has ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an operation."""

    reached: int
    total: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Entries a second; `None` at the beginning."""
        return self.reached / self.seconds if self.seconds > 0 and self.reached else None

    @property
    def seconds_left(self) -> float | None:
        """The time left at this rate; `None` while the rate is unknown."""
        return None if self.rate is None else max(0, self.total - self.reached) / self.rate


async def apply(
    operation: Operation,
    source: Source,
    log: Log,
    *,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
    keep: int | None = KEPT,
    already: Sequence[Outcome] = (),
) -> Receipt:
    """Run an operation that was shown and confirmed.

    Each step is recorded before it is sent and after it was answered. The first step that
    fails as a whole, or of which the server refuses every entry, ends the operation.

    Args:
        operation: What to do.
        source: The server.
        log: Where it is recorded.
        progress: Called after each step.
        stop: Once set, the step under way is the last.
        keep: Outcomes that the receipt keeps, at most; `None` for all.
        already: Outcomes known beforehand, which the receipt includes.

    Raises:
        UnrecordedError: If the beginning cannot be recorded: nothing was sent.
    """
    run = _Run(operation, source, log, stop or asyncio.Event(), keep)
    run.count(already)
    began = time.monotonic()
    run.operation_id = log.begin(operation)
    for step in operation.steps(time.monotonic):
        if run.stop.is_set():
            break
        step_began = time.monotonic()
        await run.take(step)
        if progress is not None:
            progress(Progress(run.reached, operation.total, time.monotonic() - began))
        if run.error is not None:
            break
        if run.reached < operation.total:
            await _wait(run.stop, step.seconds - (time.monotonic() - step_began))
    receipt = run.receipt(time.monotonic() - began)
    try:
        log.end(receipt)
    except UnrecordedError as error:  # all else is recorded, and was done
        return replace(receipt, notes=(*receipt.notes, f"Its end is not recorded: {error}."))
    return receipt


class _Run:
    """An operation under way."""

    def __init__(
        self, operation: Operation, source: Source, log: Log, stop: asyncio.Event, keep: int | None
    ) -> None:
        self.stop = stop
        self.error: SourceError | None = None
        self.operation_id = ""
        self.reached = 0
        self._operation, self._source, self._log = operation, source, log
        self._counts: dict[OutcomeKind, int] = {"done": 0, "skipped": 0, "failed": 0}
        self._well: deque[Outcome] = deque()
        self._not_done: deque[Outcome] = deque()
        self._keep = keep

    async def take(self, step: Step) -> None:
        """Send a step, and count what came of it."""
        outcomes: Sequence[Outcome]
        try:
            self._log.sending(self.operation_id, step)
            [reply] = await self._source.write([step.command])
            outcomes = self._read(step, reply)
        except BrokenError as error:
            self.error = error
            outcomes = _all(step, NOT_KNOWN)
        except SourceError as error:
            self.error = error
            return
        self.error = self.error or refusal(outcomes)
        self.count(outcomes)
        self.reached += sum(outcome.count for outcome in outcomes)
        try:
            self._log.sent(self.operation_id, outcomes)
        except UnrecordedError as error:
            self.error = error

    def _read(self, step: Step, reply: Reply | SourceError) -> Sequence[Outcome]:
        if isinstance(reply, SourceError):
            self.error = reply
            return _all(step, str(reply))
        return step.read(reply)

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Add to the counts, and keep as many outcomes as may be kept."""
        for each in outcomes:
            self._counts[each.outcome] += each.count
            kept = self._well if each.outcome == "done" else self._not_done
            if self._keep is None or len(kept) < self._keep:
                kept.append(each)

    def receipt(self, seconds: float) -> Receipt:
        """What was done."""
        kept = [*self._not_done, *self._well]
        if self._keep is None or len(kept) <= self._keep:
            kept.sort(key=lambda each: (each.id is None, each.id))
        return Receipt(
            name=self._operation.name,
            verb=self._operation.verb,
            operation_id=self.operation_id,
            done=self._counts["done"],
            skipped=self._counts["skipped"],
            failed=self._counts["failed"],
            left=max(0, self._operation.total - self.reached),
            outcomes=tuple(kept[: self._keep]),
            seconds=seconds,
            error=self.error,
        )


def _all(step: Step, reason: str) -> list[Outcome]:
    """The same outcome for all entries of a step that failed as a whole."""
    ids = (*step.ids,) or (None,) * (len(step.consumers) or 1)
    return [Outcome(entry_id, "failed", reason) for entry_id in ids]


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait for some seconds, or until `stop` is set."""
    if seconds > 0:
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            return
