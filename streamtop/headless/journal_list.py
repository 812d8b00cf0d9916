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
            Cell(f"{done.at.astimezone():%Y-%m-%d %H:%M:%S}", "dim"),
            Cell(done.id, "strong"),
            Cell(cut(printable(done.server.url), _LONGEST_URL), "dim"),
            Cell(outcome_in_words(done), _tone(done)),
            Cell(_description(done)),
        ]
        for done in operations
    ]
    write_text(TextTable([Column()] * 5, stdout_style()).lines(rows))


def show_operation(done: PastOperation, rows: Iterable[PastEntry], *, as_json: bool) -> None:
    """Write an operation, then its entries one line each, as they are read."""
    if as_json:
        show_operations([done], as_json=True)
        _write_json(map(_row_record, rows))
        return
    style = stdout_style()
    facts = [[Cell(heading, "dim"), Cell(text)] for heading, text in _facts(done)]
    write_text(TextTable([Column(min_width=12, gap=0), Column()], style).lines(facts))
    table, entries = TextTable(_ENTRY_COLUMNS, style), iter(rows)
    while page := [_cells(row) for row in islice(entries, _PAGE)]:
        if not write_text(table.lines(page)):
            return


def outcome_in_words(done: PastOperation) -> str:
    """The outcome of an operation: "3 done, 1 skipped, undone"."""
    counts = {"done": done.done, "skipped": done.skipped, "failed": done.failed}
    words = [f"{count:,} {word}" for word, count in counts.items() if count]
    if done.unknown:
        words.append(f"{done.unknown:,} unknown")
    if done.left:
        words.append(f"{done.left:,} not reached")
    words = words or ["nothing done"]
    if not done.ended:
        words.append("no end recorded")
    if done.undone_by:
        words.append("undone" if done.undone else "undone in part")
    return ", ".join(words)


def _tone(done: PastOperation) -> Tone:
    whole = done.ended and not (done.skipped or done.failed or done.unknown or done.left)
    return "plain" if whole else "warning"


def _description(done: PastOperation) -> str:
    """What was done: the question without its question mark."""
    return done.question.removesuffix("?")


def _facts(done: PastOperation) -> Iterator[tuple[str, str]]:
    """Headings and texts that describe an operation."""
    yield "operation", f"{done.id} ({done.name})"
    yield "what", _description(done)
    yield (
        "when",
        f"{done.at.astimezone().isoformat(sep=' ', timespec='seconds')}"
        + ("" if done.seconds is None else f", took {figures.duration(done.seconds * 1000)}"),
    )
    yield "who", f"{done.user} on {done.host} (process {done.pid})"
    server = f"{done.server.url} ({done.server.flavour} {done.server.version})"
    yield "server", server
    yield "outcome", outcome_in_words(done)
    if not done.ended:
        yield "", "Its end is not recorded: streamtop was stopped first, or is still running it."
    if done.undone_by:
        yield "undone by", ", ".join(done.undone_by)
    if done.undoes is not None:
        yield "undoes", done.undoes
    if done.error is not None:
        yield "ended early", done.error
    for note in done.notes:
        yield "note", note
    for command in done.commands:
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


def _record(done: PastOperation) -> dict[str, object]:
    """An operation as JSON."""
    return {
        "operation": done.name,
        "operation_id": done.id,
        "at": records.format_time(done.at),
        "seconds": done.seconds,
        "user": done.user,
        "host": done.host,
        "pid": done.pid,
        "server": done.server,
        **records.name_as_json("stream", done.stream),
        **records.name_as_json("group", done.group),
        "params": records.params_as_json(done.params),
        "question": done.question,
        "total": done.total,
        "done": done.done,
        "skipped": done.skipped,
        "failed": done.failed,
        "unknown": done.unknown,
        "left": done.left,
        "ended": done.ended,
        "error": done.error,
        "notes": done.notes,
        "undone": done.undone,
        "undone_by": done.undone_by,
        "commands": done.commands,
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
