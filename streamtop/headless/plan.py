"""A plan, shown instead of being carried out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from streamtop.headless import receipts
from streamtop.headless.confirmation import first_commands, preview
from streamtop.headless.output import write_bytes, write_text

if TYPE_CHECKING:
    from streamtop.headless.confirmation import Choices
    from streamtop.planning.plan import Plan


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
        write_bytes((msgspec.json.format(encoded, indent=2) if on_terminal else encoded) + b"\n")
        return
    receipt = planned.without_sending()
    sends = bool(planned.operation.total)
    lines = [*(() if sends else planned.notes), *receipts.reasons(receipt)]
    if refusal is not None:
        lines.append(f"It would be refused: {refusal}.")
    told = preview(planned) if sends else "Nothing to do.\n"
    write_text(f"{told}{receipts.as_lines(lines)}Nothing was sent.\n")


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
