"""A plan, shown instead of being carried out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from streamtop.headless import receipts
from streamtop.headless.confirmation import first_commands, preview
from streamtop.headless.output import say, write
from streamtop.operations import Receipt
from streamtop.operations.apply import KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.headless.confirmation import Choices
    from streamtop.operations import Operation, Outcome


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, and what is known already."""

    operation: Operation
    already: Sequence[Outcome] = ()
    """Outcomes of what was asked for and cannot be done."""
    notes: tuple[str, ...] = ()
    """What else is to be told, a sentence each."""

    def without_sending(self) -> Receipt:
        """The receipt as long as nothing was sent."""
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


class PlanRecord(receipts.ReceiptRecord, frozen=True):
    """A receipt of what was not done, and what would be."""

    dry_run: bool
    question: str
    consequences: tuple[str, ...]
    commands: tuple[str, ...]
    """The first ones, without their scripts."""
    refusal: str | None
    """Why it would be refused, if it would."""


def show_plan(planned: Plan, choices: Choices, *, refusal: str | None) -> None:
    """Write to standard output what would be done.

    Args:
        planned: What would be.
        choices: How it is to be shown.
        refusal: Why server or user would refuse it.
    """
    if choices.as_json:
        encoded = msgspec.json.encode(_record(planned, refusal))
        on_terminal = sys.stdout.isatty()
        write((msgspec.json.format(encoded, indent=2) if on_terminal else encoded) + b"\n")
        return
    receipt = planned.without_sending()
    lines = [*planned.notes, *receipts.reasons(receipt)]
    if refusal is not None:
        lines.append(f"It would be refused: {refusal}.")
    told = preview(planned.operation) if planned.operation.total else "Nothing to do.\n"
    say(f"{told}{receipts.as_lines(lines)}Nothing was sent.\n")


def _record(planned: Plan, refusal: str | None) -> PlanRecord:
    operation = planned.operation
    receipt = receipts.record(planned.without_sending())
    return PlanRecord(
        **msgspec.structs.asdict(receipt),
        dry_run=True,
        question=operation.question,
        consequences=operation.consequences,
        commands=tuple(first_commands(operation)) if operation.total else (),
        refusal=refusal,
    )
