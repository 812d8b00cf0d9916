"""A plan: an operation, what of the request cannot be done, and what to say about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streamtop.operations import Receipt, apply
from streamtop.operations.apply import KEPT

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from streamtop.operations import Log, Operation, Outcome, Progress
    from streamtop.source import Source


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation and what is known before it is run."""

    operation: Operation
    already: Sequence[Outcome] = ()
    """Outcomes of requested entries that the operation does not include."""
    notes: tuple[str, ...] = ()
    """Sentences for the question and the receipt."""

    def without_sending(self) -> Receipt:
        """The receipt while nothing has been sent."""
        return Receipt(
            name=self.operation.name,
            verb=self.operation.verb,
            operation_id="",
            done=0,
            skipped=sum(each.count for each in self.already if each.outcome == "skipped"),
            failed=sum(each.count for each in self.already if each.outcome == "failed"),
            left=self.operation.total,
            outcomes=tuple(self.already[:KEPT]),
            notes=self.notes,
        )

    async def run(
        self,
        source: Source,
        log: Log,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: asyncio.Event | None = None,
        keep: int | None = KEPT,
    ) -> Receipt:
        """Run the operation after it was confirmed; arguments and errors are those of `apply`."""
        receipt = await apply(
            self.operation,
            source,
            log,
            progress=progress,
            stop=stop,
            keep=keep,
            already=self.already,
        )
        return replace(receipt, notes=(*receipt.notes, *self.notes))
