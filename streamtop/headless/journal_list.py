"""The journal as text or JSON: a list of operations, or one operation with its entries."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from streamtop import figures
from streamtop.cell_width import cut
from streamtop.headless.output import stdout_style, write_bytes, write_text
from streamtop.headless.text_table import Cell, Column, TextTable
from streamtop.journal import records
from streamtop.model.text import printable
from streamtop.model.verdict import MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtop.headless.text_table import Tone
    from streamtop.journal.past_entries import PastEntry
    from streamtop.journal.past_operations import PastOperation

_LONGEST_URL = 40
_PAGE = 500
"""Entries written at once."""
_ENTRY_COLUMNS = (
    Column("ENTRY"),
    Column("HELD BY"),
    Column("IDLE", right=True),
    Column("DELIVERIES", right=True),
    Column("OUTCOME"),
)
_TONES: dict[str, Tone] = {"done": "plain", "skipped": "dim", "failed": "error"}


def show_operations(operations: Sequence[PastOperation], *, as_json: bool) -> None:
    """Write operations in this order, one line each: a table or JSON."""
    if as_json:
        _write_json(map(_record, operations))
        return
    if not operations:
        write_text("Nothing is recorded.\n")
        return
    rows = [
        [
            Cell(f"{operation.at.astimezone():%Y-%m-%d %H:%M:%S}", "dim"),
            Cell(operation.id, "strong"),
            Cell(cut(printable(operation.server.url), _LONGEST_URL), "dim"),
            Cell(outcome_in_words(operation), _tone(operation)),
            Cell(_description(operation)),
        ]
        for operation in operations
    ]
    write_text(TextTable([Column()] * 5, stdout_style()).lines(rows))


def show_operation(operation: PastOperation, rows: Iterable[PastEntry], *, as_json: bool) -> None:
    """Write an operation, then its entries one line each, as they are read."""
    if as_json:
        show_operations([operation], as_json=True)
        _write_json(map(_row_record, rows))
        return
    style = stdout_style()
    facts = [[Cell(heading, "dim"), Cell(text)] for heading, text in _facts(operation)]
    write_text(TextTable([Column(min_width=12, gap=0), Column()], style).lines(facts))
    table, entries = TextTable(_ENTRY_COLUMNS, style), iter(rows)
    while page := [_cells(row) for row in islice(entries, _PAGE)]:
        if not write_text(table.lines(page)):
            return


def outcome_in_words(operation: PastOperation) -> str:
    """The outcome of an operation: "3 done, 1 skipped, undone"."""
    counts = {"done": operation.done, "skipped": operation.skipped, "failed": operation.failed}
    words = [f"{count:,} {word}" for word, count in counts.items() if count]
    if operation.unknown:
        words.append(f"{operation.unknown:,} unknown")
    if operation.left:
        words.append(f"{operation.left:,} not reached")
    words = words or ["nothing done"]
    if not operation.ended:
        words.append("no end recorded")
    if operation.undone_by:
        words.append("undone" if operation.undone else "undone in part")
    return ", ".join(words)


def _tone(operation: PastOperation) -> Tone:
    whole = operation.ended and not (
        operation.skipped or operation.failed or operation.unknown or operation.left
    )
    return "plain" if whole else "warning"


def _description(operation: PastOperation) -> str:
    """What was done: the question without its question mark."""
    return operation.question.removesuffix("?")


def _facts(operation: PastOperation) -> Iterator[tuple[str, str]]:
    """Headings and texts that describe an operation."""
    yield "operation", f"{operation.id} ({operation.name})"
    yield "what", _description(operation)
    when = operation.at.astimezone().isoformat(sep=" ", timespec="seconds")
    if operation.seconds is not None:
        when += f", took {figures.duration(operation.seconds * 1000)}"
    yield "when", when
    yield "who", f"{operation.user} on {operation.host} (process {operation.pid})"
    server = f"{operation.server.url} ({operation.server.flavour} {operation.server.version})"
    yield "server", server
    yield "outcome", outcome_in_words(operation)
    if not operation.ended:
        yield "", "Its end is not recorded: streamtop was stopped first, or is still running it."
    if operation.undone_by:
        yield "undone by", ", ".join(operation.undone_by)
    if operation.undoes is not None:
        yield "undoes", operation.undoes
    if operation.error is not None:
        yield "ended early", operation.error
    for note in operation.notes:
        yield "note", note
    for recovery in operation.recoveries:
        yield "recovery", f"{printable(recovery.group)}: {recovery.sentence}"
    for command in operation.commands:
        yield "first sent", command


def _cells(row: PastEntry) -> list[Cell]:
    outcome = row.outcome if row.reason is None else f"{row.outcome}: {row.reason}"
    if row.copy is not None and str(row.copy) not in outcome:
        outcome += f", copied as {row.copy}"
    if row.to is not None:
        outcome += f" to {printable(row.to)}"
    if row.count > 1:
        outcome += f" ({row.count:,} entries)"
    consumer = figures.ABSENT if row.consumer is None else printable(row.consumer)
    idle = None if row.idle_ms is None or row.idle_ms < 0 else row.idle_ms
    texts = (
        figures.ABSENT if row.id is None else str(row.id),
        consumer or "(released)",
        figures.duration(idle),
        _deliveries(row.deliveries),
        outcome,
    )
    tone = _TONES.get(row.outcome, "warning")
    return [Cell(text, tone) for text in texts]


def _deliveries(count: int | None) -> str:
    if count is None:
        return figures.ABSENT
    return "fatal" if count >= MARKED_FATAL else f"{count:,}"


def _write_json(lines: Iterable[dict[str, object]]) -> None:
    for values in lines:
        encoded = records.escape_invisible(msgspec.json.encode(values))
        if not write_bytes(encoded + b"\n"):
            return


def _record(operation: PastOperation) -> dict[str, object]:
    """An operation as JSON."""
    return {
        "operation": operation.name,
        "operation_id": operation.id,
        "at": records.format_time(operation.at),
        "seconds": operation.seconds,
        "user": operation.user,
        "host": operation.host,
        "pid": operation.pid,
        "server": operation.server,
        **records.name_as_json("stream", operation.stream),
        **records.name_as_json("group", operation.group),
        "params": records.params_as_json(operation.params),
        "question": operation.question,
        "total": operation.total,
        "done": operation.done,
        "skipped": operation.skipped,
        "failed": operation.failed,
        "unknown": operation.unknown,
        "left": operation.left,
        "ended": operation.ended,
        "error": operation.error,
        "notes": operation.notes,
        "undone": operation.undone,
        "undone_by": operation.undone_by,
        "commands": operation.commands,
        "recovery": operation.recoveries,
    }


def _row_record(row: PastEntry) -> dict[str, object]:
    """An entry of an operation as JSON; fields only where an entry was deleted."""
    record: dict[str, object] = {
        "id": None if row.id is None else str(row.id),
        "outcome": row.outcome,
        "reason": row.reason,
        "at": records.format_time(row.at),
        **records.name_as_json("consumer", row.consumer),
        "idle_ms": None if row.idle_ms is None or row.idle_ms < 0 else row.idle_ms,
        "deliveries": row.deliveries,
    }
    if row.copy is not None:
        record["copy"] = str(row.copy)
    if row.to is not None:
        record |= records.name_as_json("to", row.to)
    if row.fields is not None:
        record["fields"] = records.fields_as_json(row.fields)
    if row.count != 1:
        record["count"] = row.count
    return record
