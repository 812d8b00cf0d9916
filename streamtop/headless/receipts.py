"""The receipt of an operation as text, as JSON and as an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streamtop.headless.output import write_json, write_text
from streamtop.headless.text_table import Cell, Style, line
from streamtop.source import BusyError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtop.operations import Outcome, Receipt
    from streamtop.source import SourceError

ALL_DONE = 0
NOT_ALL = 1
UNREACHABLE = 3
REFUSED = 4
_EXAMPLES = 3
"""Example IDs for each reason."""
_REASONS = 20
"""Reasons that are listed."""
_LONGEST = 400


class OutcomeRecord(msgspec.Struct, frozen=True):
    """The outcome of one entry; `id` is null for a group, a consumer or a stream."""

    id: str | None
    outcome: str
    reason: str | None
    copy: str | msgspec.UnsetType = msgspec.UNSET
    """The ID of the copy, if one was added."""


class RecoveryRecord(msgspec.Struct, frozen=True):
    """What became of the entries that were moved, in one group."""

    stream: str
    group: str
    followed: int
    acknowledged: int
    pending: int
    waiting: int
    """Copies that were not delivered."""
    recovered: bool
    """Whether all were acknowledged."""
    sentence: str


class ReceiptRecord(msgspec.Struct, frozen=True):
    """The outcome of an operation. `operation_id` is null where nothing was recorded."""

    operation: str
    operation_id: str | None
    done: int
    skipped: int
    failed: int
    left: int
    """Entries that were not reached."""
    error: str | None
    """What ended it early."""
    notes: tuple[str, ...]
    outcomes: tuple[OutcomeRecord, ...]


class FollowedReceiptRecord(ReceiptRecord, frozen=True):
    """The same, with what became of the entries."""

    recovery: tuple[RecoveryRecord, ...]


def show_receipt(
    receipt: Receipt, *, as_json: bool, recovery: Sequence[RecoveryRecord] | None = None
) -> None:
    """Write a receipt to standard output: lines of text, or one JSON object.

    Args:
        receipt: The receipt.
        as_json: Whether to write JSON.
        recovery: What became of the entries; `None` if that was not waited for.
    """
    if as_json:
        written = record(receipt)
        if recovery is not None:
            values = msgspec.structs.asdict(written)
            written = FollowedReceiptRecord(**values, recovery=tuple(recovery))
        write_json(written)
    else:
        write_text(text(receipt))
        write_text(as_lines(f"  {each.group}: {each.sentence}" for each in recovery or ()))


def exit_code(receipt: Receipt) -> int:
    """0 all done, 1 some skipped, failed or not reached, 3 unreachable, 4 refused."""
    if receipt.error is not None:
        return code_of(receipt.error)
    return ALL_DONE if receipt.clean else NOT_ALL


def code_of(error: SourceError) -> int:
    """The exit code of an error that ended a command."""
    match error:
        case UnreachableError() | BusyError():
            return UNREACHABLE
        case RefusedError():
            return REFUSED
        case _:
            return NOT_ALL


def record(receipt: Receipt) -> ReceiptRecord:
    """A receipt as the structure that is encoded."""
    return ReceiptRecord(
        operation=receipt.name,
        operation_id=receipt.operation_id or None,
        done=receipt.done,
        skipped=receipt.skipped,
        failed=receipt.failed,
        left=receipt.left,
        error=None if receipt.error is None else str(receipt.error),
        notes=receipt.notes,
        outcomes=tuple(map(_outcome, receipt.outcomes)),
    )


def text(receipt: Receipt) -> str:
    """A receipt as lines: the counts, then each reason for the rest, with examples."""
    summary = f"{receipt.verb}: {receipt}"
    if receipt.operation_id:
        summary += f" (operation {receipt.operation_id})"
    lines = [summary, *(f"  {note}" for note in receipt.notes), *reasons(receipt)]
    if receipt.error is not None:
        lines.append(f"  ended early: {receipt.error}")
    return as_lines(lines)


def as_lines(lines: Iterable[str]) -> str:
    """Lines without control characters, cut where they are very long."""
    return "".join(line([Cell(text)], Style(width=_LONGEST)) + "\n" for text in lines)


def reasons(receipt: Receipt) -> Iterator[str]:
    """A line for each reason why entries were not done, the most frequent first.

    What was done to groups, consumers and streams comes before.
    """
    for outcome in receipt.outcomes:
        if outcome.id is None and outcome.outcome == "done" and outcome.reason:
            yield f"  {outcome.reason}"
    counts: dict[tuple[str, str], int] = {}
    examples: dict[tuple[str, str], list[str]] = {}
    for outcome in receipt.outcomes:
        if outcome.outcome == "done":
            continue
        key = outcome.outcome, outcome.reason or "for no known reason"
        counts[key] = counts.get(key, 0) + outcome.count
        shown = examples.setdefault(key, [])
        if outcome.id is not None and len(shown) < _EXAMPLES:
            shown.append(str(outcome.id))
    kept = sum(counts.values())
    more = "at least " if kept < receipt.skipped + receipt.failed else ""
    ordered = sorted(counts, key=lambda key: -counts[key])
    for kind, reason in ordered[:_REASONS]:
        count, shown = counts[kind, reason], examples[kind, reason]
        ids = ", ".join(shown) + (", …" if count > len(shown) else "")
        yield f"  {more}{count:,} {kind}: {reason}" + (f" ({ids})" if shown else "")
    if len(ordered) > _REASONS:
        yield f"  and {len(ordered) - _REASONS:,} more reasons: see --json"


def _outcome(outcome: Outcome) -> OutcomeRecord:
    return OutcomeRecord(
        id=None if outcome.id is None else str(outcome.id),
        outcome=outcome.outcome,
        reason=outcome.reason,
        copy=msgspec.UNSET if outcome.copy is None else str(outcome.copy),
    )
