"""Writes the journal: what was confirmed, sent, answered and ended."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtop import __version__
from streamtop.journal import records
from streamtop.journal.location import journal_path
from streamtop.journal.storage import MAX_BYTES, JournalFile
from streamtop.model.text import from_name, printable
from streamtop.operations.apply import NOT_KNOWN, NoLog, UnrecordedError
from streamtop.operations.operation import as_redis_cli, script_name
from streamtop.source import BrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from streamtop.model.entries import Fields, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.model.recovery import Recovery, RecoveryState
    from streamtop.model.snapshot import ServerInfo
    from streamtop.operations.apply import Log
    from streamtop.operations.operation import Operation, Outcome, Receipt, Step
    from streamtop.source import Command

_MAX_WORD = 1_000
"""Bytes of a command's argument that are recorded."""


def log_for(
    choice: str | Path, server: ServerInfo, *, mask: Callable[[Fields], Fields] | None = None
) -> Log:
    """The log of the operations on a server.

    Args:
        choice: `Settings.journal`.
        server: The server.
        mask: Masks the fields of entries that are recorded.
    """
    path = journal_path(choice)
    return NoLog() if path is None else Journal(path, server, mask=mask)


class Journal:
    """Implements Log: writes a line before and after each batch.

    Several processes may share the file. No more than a batch is kept in memory.
    """

    def __init__(
        self,
        path: Path,
        server: ServerInfo,
        *,
        mask: Callable[[Fields], Fields] | None = None,
        max_bytes: int = MAX_BYTES,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A journal of the operations on one server.

        Args:
            path: The file; it is created when the first operation begins.
            server: The server; its URL must not hold a password.
            mask: Masks the fields of entries that are recorded.
            max_bytes: The size of a file from which the next operation begins a new one.
            wall: Returns the time in seconds since 1970.
            clock: Returns the time of the clock that `PendingEntry.seen_at` refers to.
        """
        self._lines = JournalFile(path, max_bytes=max_bytes)
        self._server = server
        self._mask = mask
        self._wall, self._clock = wall, clock
        self._batches: dict[str, _Batch] = {}

    def begin(self, operation: Operation) -> str:
        """Record a confirmed operation; returns its ID, a time and a random number."""
        at = datetime.fromtimestamp(self._wall(), UTC)
        operation_id = f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._lines.begin(
            records.line(
                "begin",
                operation_id,
                {
                    "at": records.format_time(at),
                    "user": _user(),
                    "host": records.json_text(socket.gethostname()),
                    "pid": os.getpid(),
                    "streamtop": __version__,
                    "server": records.ServerRecord(
                        self._server.url, self._server.flavour, self._server.version
                    ),
                    "name": operation.name,
                    "verb": operation.verb,
                    **records.name_as_json("stream", operation.stream),
                    **records.name_as_json("group", operation.group),
                    "params": records.params_as_json(operation.params),
                    "question": records.json_text(operation.question.partition("\n")[0]),
                    "total": operation.total,
                    "commands": self._commands(operation),
                },
            )
        )
        self._batches[operation_id] = _Batch()
        return operation_id

    def sending(self, operation_id: str, step: Step) -> None:
        """Record a batch that is about to be sent, with the state of its entries."""
        batch = self._batches[operation_id]
        entries: dict[str, object]
        if step.rows:
            entries = _rows(step.rows, self._clock())
        elif step.consumers:
            entries = {**records.names_as_json("consumers", step.consumers)}
        else:
            entries = {"ids": _ids(step.ids)}
        number = batch.number + 1
        values = {
            "batch": number,
            "at": self._now(),
            "count": len(step.ids) or len(step.consumers) or 1,
            **entries,
        }
        self._lines.add(records.line("sending", operation_id, values))
        batch.number, batch.ids, batch.unanswered = number, step.ids, True

    def sent(self, operation_id: str, outcomes: Sequence[Outcome]) -> None:
        """Record the answer to the batch: the outcome of each entry."""
        batch = self._batches[operation_id]
        values = {
            "batch": batch.number,
            "at": self._now(),
            **_Answer(self._mask).values(outcomes),
        }
        ids = [outcome.id for outcome in outcomes]
        if ids != list(batch.ids[: len(ids)]):
            values["ids"] = [None if entry_id is None else str(entry_id) for entry_id in ids]
        self._lines.add(records.line("sent", operation_id, values))
        batch.unanswered = False

    def end(self, receipt: Receipt) -> None:
        """Record the end of the operation."""
        batch = self._batches.pop(receipt.operation_id)
        error = receipt.error
        values: dict[str, object] = {
            "at": self._now(),
            "seconds": round(receipt.seconds, 3),
            "done": receipt.done,
            "skipped": receipt.skipped,
            "failed": receipt.failed,
            "left": receipt.left,
            "notes": [records.json_text(note) for note in receipt.notes],
            "error": None if error is None else records.json_text(str(error)),
        }
        if batch.unanswered and not isinstance(error, BrokenError | UnrecordedError | None):
            values["unsent"] = batch.number
        self._lines.add(records.line("end", receipt.operation_id, values), sync=True)

    def _now(self) -> str:
        return records.format_time(datetime.fromtimestamp(self._wall(), UTC))

    def _commands(self, operation: Operation) -> list[str]:
        """The first command; none for an entry added while masking, which it would reveal."""
        if self._mask is not None and operation.name == "add":
            return []
        first = next(iter(operation.steps(self._clock)), None)
        return [] if first is None else [_in_words(first.command)]


def record_recovery(
    path: Path, recovery: Recovery, state: RecoveryState, sentence: str, *, at: datetime
) -> None:
    """Record what has become of the entries that an operation moved.

    Args:
        path: The file in which the operation is recorded.
        recovery: The recovery.
        state: Its state.
        sentence: The same in words.
        at: The present time.

    Raises:
        UnrecordedError: If it cannot be written.
    """
    aim = recovery.aim
    values: dict[str, object] = {
        "at": records.format_time(at),
        **records.name_as_json("stream", aim.stream),
        **records.name_as_json("group", aim.group),
        "followed": state.followed,
        "acknowledged": state.acknowledged,
        "pending": state.pending,
        "waiting": state.waiting,
        "finished": state.finished,
        "sentence": records.json_text(sentence),
    }
    JournalFile(path).add(records.line("recovery", aim.operation_id, values))


@dataclass(slots=True)
class _Batch:
    """The latest batch of a running operation."""

    number: int = 0
    ids: Sequence[EntryId] = ()
    unanswered: bool = False
    """Whether its answer is still to be recorded."""


class _Answer:
    """The outcomes of a batch as JSON; texts that outcomes share are written once."""

    def __init__(self, mask: Callable[[Fields], Fields] | None) -> None:
        self._mask = mask
        self._reasons: dict[str, int] = {}
        self._to: dict[str, int] = {}

    def values(self, outcomes: Sequence[Outcome]) -> dict[str, object]:
        """The values of a `Sent` record."""
        counts = dict.fromkeys(records.CODES, 0)
        rows: list[list[object]] = []
        for outcome in outcomes:
            code = _code(outcome)
            counts[code] += outcome.count
            rows.append(self._row(code, outcome))
        values: dict[str, object] = {"counts": list(counts.values()), "outcomes": rows}
        if self._reasons:
            values["reasons"] = [records.json_text(reason) for reason in self._reasons]
        if self._to:
            values["to"] = [records.bytes_as_json(from_name(name)) for name in self._to]
        return values

    def _row(self, code: records.OutcomeCode, outcome: Outcome) -> list[object]:
        was, fields = outcome.was, outcome.fields
        if fields is not None and self._mask is not None:
            fields = self._mask(fields)
        reason, to = outcome.reason, outcome.to
        if outcome.copy is not None and reason == f"copied as {outcome.copy}":
            reason = None
        row: list[object] = [
            code,
            None if was is None else was.idle_ms,
            None if was is None else was.deliveries,
            None if outcome.copy is None else str(outcome.copy),
            None if to is None else self._to.setdefault(to, len(self._to)),
            None if reason is None else self._reasons.setdefault(reason, len(self._reasons)),
            None if fields is None else records.fields_as_json(fields),
            None if outcome.count == 1 else outcome.count,
        ]
        while row[-1] is None:
            row.pop()
        return row


def _code(outcome: Outcome) -> records.OutcomeCode:
    if outcome.outcome == "failed":
        return "u" if outcome.reason == NOT_KNOWN else "f"
    return "d" if outcome.outcome == "done" else "s"


def _rows(rows: Sequence[PendingEntry], now: float) -> dict[str, object]:
    """Pending entries with their idle time extrapolated to now."""
    number: dict[str, int] = {}
    encoded = [
        (
            str(row.id),
            number.setdefault(row.consumer, len(number)),
            row.idle_ms if row.idle_ms < 0 else row.idle_ms + int((now - row.seen_at) * 1000),
            row.deliveries,
        )
        for row in rows
    ]
    return {**records.names_as_json("consumers", list(number)), "rows": encoded}


def _ids(ids: Sequence[EntryId]) -> list[str]:
    return list(map(str, ids))


def _in_words(command: Command) -> str:
    """A command as for redis-cli, with the name of a script in place of its text."""
    words = [word if len(word) <= _MAX_WORD else _shortened(word) for word in command]
    name = script_name(command[1]) if command[0] == b"EVAL" else None
    if name is not None:
        words[1] = f"{name}.lua".encode()
    return as_redis_cli(tuple(words))


def _shortened(word: bytes) -> bytes:
    return word[:_MAX_WORD] + b"... (%d bytes)" % len(word)


def _user() -> str:
    """The user of this process; the environment could name another."""
    try:
        return printable(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        return str(os.getuid())
