"""Shows a plan without running it: --dry-run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streamtop.headless import receipts
from streamtop.headless.confirmation import first_commands, preview
from streamtop.headless.output import write_json, write_text

if TYPE_CHECKING:
    from streamtop.headless.confirmation import Choices
    from streamtop.planning.plan import Plan


class PlanRecord(receipts.ReceiptRecord, frozen=True):
    """A receipt in which nothing is done, and what would be."""

    dry_run: bool
    question: str
    consequences: tuple[str, ...]
    commands: tuple[str, ...]
    """The first commands, with the names of scripts."""
    refusal: str | None
    """Why the operation would be refused; null if it would not."""


def show_plan(plan: Plan, choices: Choices, *, refusal: str | None) -> None:
    """Write to standard output what an operation would do.

    Args:
        plan: The operation, not run.
        choices: Whether to write JSON.
        refusal: Why the operation would be refused, if it would.
    """
    if choices.as_json:
        write_json(_record(plan, refusal))
        return
    receipt = plan.without_sending()
    sends = bool(plan.operation.total)
    lines = [*(() if sends else plan.notes), *receipts.reasons(receipt)]
    if refusal is not None:
        lines.append(f"It would be refused: {refusal}.")
    text = preview(plan) if sends else "Nothing to do.\n"
    write_text(f"{text}{receipts.as_lines(lines)}Nothing was sent.\n")


def _record(plan: Plan, refusal: str | None) -> PlanRecord:
    operation = plan.operation
    receipt = receipts.record(plan.without_sending())
    return PlanRecord(
        **msgspec.structs.asdict(receipt),
        dry_run=True,
        question=operation.question,
        consequences=operation.consequences,
        commands=tuple(first_commands(operation)) if operation.total else (),
        refusal=refusal,
    )
