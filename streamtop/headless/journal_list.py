"""What the journal holds, told: operations as a table, one of them with its entries, or JSON."""

from __future__ import annotations

import shutil
import sys
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from streamtop import figures
from streamtop.headless.output import say, wants_colour, write
from streamtop.headless.text import Cell, cells, cut, line, padded
from streamtop.journal import records
from streamtop.model.text import printable
from streamtop.model.verdict import MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtop.headless.text import Tone
    from streamtop.journal.past_entries import PastEntry
    from streamtop.journal.past_operations import PastOperation

_GAP = Cell("  ")
_LONGEST_URL = 40
_AT_ONCE = 500
"""Entries that are aligned with each other and written at once."""
_HEADINGS = "ENTRY", "HELD BY", "IDLE", "DELIVERIES", "OUTCOME"
_TONES: dict[str, Tone] = {"done": "plain", "skipped": "dim", "failed": "error"}


def show_operations(operations: Sequence[PastOperation], *, as_json: bool) -> None:
    """Write operations, in this order: a line each, as a table or as JSON."""
    if as_json:
        for done in operations:
            if not write(records.visible(msgspec.json.encode(_record(done))) + b"\n"):
                return
        return
    if not operations:
        say("Nothing is recorded.\n")
        return
    urls = [cut(printable(done.server.url), _LONGEST_URL) for done in operations]
    results = [outcome_in_words(done) for done in operations]
    ids = [done.id for done in operations]
    widths = [max(map(cells, texts)) for texts in (ids, urls, results)]
    for done, url, result in zip(operations, urls, results, strict=True):
        if not _say(
            [
                Cell(f"{done.at.astimezone():%Y-%m-%d %H:%M:%S}", "dim"),
                *(_GAP, Cell(padded(done.id, widths[0]), "strong")),
                *(_GAP, Cell(padded(url, widths[1]), "dim")),
                *(_GAP, Cell(padded(result, widths[2]), _tone(done))),
                *(_GAP, Cell(_what(done))),
            ]
        ):
            return


def show_operation(done: PastOperation, rows: Iterable[PastEntry], *, as_json: bool) -> None:
    """Write an operation, and a line for each of its entries, as they are read."""
    if as_json:
        show_operations([done], as_json=True)
        for row in rows:
            if not write(records.visible(msgspec.json.encode(_row_record(row))) + b"\n"):
                return
        return
    for heading, text in _facts(done):
        _say([Cell(padded(heading, 12), "dim"), Cell(text)])
    entries = iter(rows)
    while (some := list(islice(entries, _AT_ONCE))) and _say_rows(some):
        pass


def outcome_in_words(done: PastOperation) -> str:
    """What came of an operation: 3 done, 1 skipped, undone."""
    counts = {"done": done.done, "skipped": done.skipped, "failed": done.failed}
    told = [f"{count:,} {word}" for word, count in counts.items() if count]
    if done.unknown:
        told.append(f"{done.unknown:,} unknown")
    if done.left:
        told.append(f"{done.left:,} not reached")
    told = told or ["nothing done"]
    if not done.ended:
        told.append("no end recorded")
    if done.undone_by:
        told.append("undone" if done.undone else "undone in part")
    return ", ".join(told)


def _tone(done: PastOperation) -> Tone:
    whole = done.ended and not (done.skipped or done.failed or done.unknown or done.left)
    return "plain" if whole else "warning"


def _what(done: PastOperation) -> str:
    """What was done, in words: the question without its mark."""
    return done.question.removesuffix("?")


def _facts(done: PastOperation) -> Iterator[tuple[str, str]]:
    """What there is to tell of an operation, by heading."""
    yield "operation", f"{done.id} ({done.name})"
    yield "what", _what(done)
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
        yield "", "Its end is not recorded: streamtop ended before it, or is still at it."
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


def _say_rows(rows: Sequence[PastEntry]) -> bool:
    """Write entries in columns; whether somebody is there to read on."""
    texts = [_HEADINGS, *map(_texts, rows)]
    widths = [max(cells(text[column]) for text in texts) for column in range(4)]
    tones: list[Tone] = ["dim", *(_TONES.get(row.became, "warning") for row in rows)]
    return all(
        _say(
            [
                Cell(padded(text[0], widths[0]), tone),
                *(_GAP, Cell(padded(text[1], widths[1]), tone)),
                *(_GAP, Cell(padded(text[2], widths[2], right=True), tone)),
                *(_GAP, Cell(padded(text[3], widths[3], right=True), tone)),
                *(_GAP, Cell(text[4], tone)),
            ]
        )
        for text, tone in zip(texts, tones, strict=True)
    )


def _texts(row: PastEntry) -> tuple[str, str, str, str, str]:
    outcome = row.became if row.reason is None else f"{row.became}: {row.reason}"
    if row.copy is not None and str(row.copy) not in outcome:
        outcome += f", copied as {row.copy}"
    if row.to is not None:
        outcome += f" to {printable(row.to)}"
    if row.count > 1:
        outcome += f" ({row.count:,} entries)"
    consumer = figures.ABSENT if row.consumer is None else printable(row.consumer)
    idle = None if row.idle_ms is None or row.idle_ms < 0 else row.idle_ms
    return (
        figures.ABSENT if row.id is None else str(row.id),
        consumer or "(released)",
        figures.duration(idle),
        _deliveries(row.deliveries),
        outcome,
    )


def _deliveries(count: int | None) -> str:
    if count is None:
        return figures.ABSENT
    return "fatal" if count >= MARKED_FATAL else f"{count:,}"


def _say(pieces: Sequence[Cell]) -> bool:
    on_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if on_terminal else None
    return say(line(pieces, width=width, colour=on_terminal and wants_colour()) + "\n")


def _record(done: PastOperation) -> dict[str, object]:
    """An operation as JSON."""
    return {
        "operation": done.name,
        "operation_id": done.id,
        "at": records.iso(done.at),
        "seconds": done.seconds,
        "user": done.user,
        "host": done.host,
        "pid": done.pid,
        "server": done.server,
        **records.named("stream", done.stream),
        **records.named("group", done.group),
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
        "outcome": row.became,
        "reason": row.reason,
        "at": records.iso(row.at),
        **records.named("consumer", row.consumer),
        "idle_ms": None if row.idle_ms is None or row.idle_ms < 0 else row.idle_ms,
        "deliveries": row.deliveries,
    }
    if row.copy is not None:
        record["copy"] = str(row.copy)
    if row.to is not None:
        record |= records.named("to", row.to)
    if row.fields is not None:
        record["fields"] = records.fields_as_json(row.fields)
    if row.count != 1:
        record["count"] = row.count
    return record
