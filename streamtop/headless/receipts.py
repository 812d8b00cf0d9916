"""What an operation did, told: for people or as JSON, and as an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from streamtop.headless.output import write_bytes, write_text
from streamtop.headless.text_table import Cell, Style, line
from streamtop.source import BusyError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtop.operations import Outcome, Receipt
    from streamtop.source import SourceError

ALL_DONE = 0
NOT_ALL = 1
UNREACHABLE = 3
REFUSED = 4
_EXAMPLES = 3
"""IDs that are told of each reason."""
_REASONS = 20
"""Reasons that are told."""
_LONGEST = 400


class OutcomeRecord(msgspec.Struct, frozen=True):
    """What happened to one entry; `id` is null where it is about no entry."""

    id: str | None
    outcome: str
    reason: str | None
    copy: str | msgspec.UnsetType = msgspec.UNSET
    """The ID of the entry that was added, if one was."""


class ReceiptRecord(msgspec.Struct, frozen=True):
    """What an operation did. `operation_id` is null where nothing was recorded."""

    operation: str
    operation_id: str | None
    done: int
    skipped: int
    failed: int
    left: int
    """Entries that were not reached."""
    error: str | None
    """What ended it before its end."""
    notes: tuple[str, ...]
    outcomes: tuple[OutcomeRecord, ...]


def show_receipt(receipt: Receipt, *, as_json: bool) -> None:
    """Write a receipt to standard output: lines to read, or one JSON object."""
    if as_json:
        write_bytes(json(receipt, pretty=sys.stdout.isatty()))
    else:
        write_text(text(receipt))


def exit_code(receipt: Receipt) -> int:
    """0 all done, 1 some skipped, failed or not reached, 3 unreachable, 4 refused."""
    if receipt.error is not None:
        return code_of(receipt.error)
    return ALL_DONE if receipt.clean else NOT_ALL


def code_of(error: SourceError) -> int:
    """The exit code for what went wrong as a whole."""
    match error:
        case UnreachableError() | BusyError():
            return UNREACHABLE
        case RefusedError():
            return REFUSED
        case _:
            return NOT_ALL


def record(receipt: Receipt) -> ReceiptRecord:
    """A receipt in the form of the contract."""
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


def json(receipt: Receipt, *, pretty: bool) -> bytes:
    """A receipt as JSON in UTF-8: indented, or in one line; with a newline at its end."""
    encoded = msgspec.json.encode(record(receipt))
    return (msgspec.json.format(encoded, indent=2) if pretty else encoded) + b"\n"


def text(receipt: Receipt) -> str:
    """A receipt as lines: the counts, then why the rest was not done, with examples."""
    told = f"{receipt.verb}: {receipt}"
    if receipt.operation_id:
        told += f" (operation {receipt.operation_id})"
    lines = [told, *(f"  {note}" for note in receipt.notes), *reasons(receipt)]
    if receipt.error is not None:
        lines.append(f"  ended early: {receipt.error}")
    return as_lines(lines)


def as_lines(lines: Iterable[str]) -> str:
    """Lines without control characters, cut where they are very long."""
    return "".join(line([Cell(text)], Style(width=_LONGEST)) + "\n" for text in lines)


def reasons(receipt: Receipt) -> Iterator[str]:
    """A line for each reason why something was not done, the most frequent first.

    What was done to something that is no entry is told before.
    """
    for each in receipt.outcomes:
        if each.id is None and each.outcome == "done" and each.reason:
            yield f"  {each.reason}"
    counts: dict[tuple[str, str], int] = {}
    examples: dict[tuple[str, str], list[str]] = {}
    for each in receipt.outcomes:
        if each.outcome == "done":
            continue
        key = each.outcome, each.reason or "nobody knows why"
        counts[key] = counts.get(key, 0) + each.count
        shown = examples.setdefault(key, [])
        if each.id is not None and len(shown) < _EXAMPLES:
            shown.append(str(each.id))
    kept = sum(counts.values())
    more = "at least " if kept < receipt.skipped + receipt.failed else ""
    ordered = sorted(counts, key=lambda key: -counts[key])
    for outcome, reason in ordered[:_REASONS]:
        count, shown = counts[outcome, reason], examples[outcome, reason]
        ids = ", ".join(shown) + (", …" if count > len(shown) else "")
        yield f"  {more}{count:,} {outcome}: {reason}" + (f" ({ids})" if shown else "")
    if len(ordered) > _REASONS:
        yield f"  and {len(ordered) - _REASONS:,} more reasons: --json tells all"


def _outcome(outcome: Outcome) -> OutcomeRecord:
    return OutcomeRecord(
        id=None if outcome.id is None else str(outcome.id),
        outcome=outcome.outcome,
        reason=outcome.reason,
        copy=msgspec.UNSET if outcome.copy is None else str(outcome.copy),
    )
