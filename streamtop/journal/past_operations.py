"""The operations that the journal records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from streamtop.journal import records
from streamtop.journal.location import journal_files
from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from streamtop.operations.operation import Params

_HEADS = msgspec.json.Decoder(records.Head)
_BEGINS = msgspec.json.Decoder(records.Begin)
_SENDINGS = msgspec.json.Decoder(records.SendingCount)
_SENT = msgspec.json.Decoder(records.SentCounts)
_ENDS = msgspec.json.Decoder(records.End)
_RECOVERIES = msgspec.json.Decoder(records.Recovery)


class UnreadableError(Exception):
    """The journal cannot be read. Its text is one sentence."""


class NoSuchOperationError(Exception):
    """The journal has no such operation. Its text is one sentence."""


@dataclass(frozen=True, slots=True)
class PastOperation:
    """An operation as far as the journal records it."""

    id: str
    at: datetime
    """When it was confirmed."""
    user: str
    host: str
    pid: int
    server: records.ServerRecord
    name: str
    verb: str
    stream: str
    group: str | None
    params: Params
    question: str
    total: int
    commands: tuple[str, ...]
    """The first command; empty where it is not kept."""
    done: int
    skipped: int
    failed: int
    unknown: int
    """Entries that were sent without an answer."""
    left: int
    """Entries that were not reached."""
    ended: bool
    """Whether its end is recorded; if not, it was killed or is still running."""
    ended_at: datetime | None
    seconds: float | None
    notes: tuple[str, ...]
    error: str | None
    undone_by: tuple[str, ...] = ()
    """The IDs of operations that undid any of it."""
    undone: bool = False
    """Whether one of them was completed."""
    recoveries: tuple[records.Recovery, ...] = ()
    """What became of the entries it moved, as far as they were followed."""

    @property
    def undoes(self) -> str | None:
        """The ID of the operation that it undoes, if it is an undo."""
        undoes = self.params.get("undoes") if self.name == "undo" else None
        return undoes if isinstance(undoes, str) else None


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """Conditions on operations; an operation must match all of them."""

    since: datetime | None = None
    until: datetime | None = None
    stream: str | None = None
    """A pattern of names, like `group`."""
    group: str | None = None
    operation: str | None = None
    """The name of the operation: claim."""
    server: str | None = None
    """A part of the server's URL."""
    user: str | None = None
    prefix: str = ""
    """The beginning of the ID."""

    def admits(self, begin: records.Begin, stream: str, group: str | None, at: datetime) -> bool:
        """Whether an operation matches."""
        return (
            begin.operation.startswith(self.prefix)
            and (self.since is None or at >= self.since)
            and (self.until is None or at <= self.until)
            and (self.stream is None or fnmatchcase(stream, self.stream))
            and (self.group is None or (group is not None and fnmatchcase(group, self.group)))
            and (self.operation is None or begin.name == self.operation)
            and (self.server is None or self.server in begin.server.url)
            and (self.user is None or begin.user == self.user)
        )


@dataclass(frozen=True, slots=True)
class JournalListing:
    """The operations that match a query."""

    operations: tuple[PastOperation, ...]
    """Newest first."""
    unreadable: int = 0
    """Lines that are not records: cut short by a power loss, or written by another program."""
    newer: int = 0
    """Records of a later version of streamtop."""


def read_operations(path: Path, query: JournalQuery | None = None) -> JournalListing:
    """The operations of a journal, without their entries.

    Args:
        path: The file; older ones beside it are read too. A missing one is empty.
        query: Which operations; all by default.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    reader = _Reader(query or JournalQuery())
    for line in lines_of(path):
        reader.read(line)
    return reader.listing()


def find_operation(path: Path, operation_id: str) -> PastOperation:
    """The operation with an ID, or the only one whose ID begins with it.

    Raises:
        NoSuchOperationError: If there is none, or several.
        UnreadableError: If a file cannot be read.
    """
    matching = read_operations(path, JournalQuery(prefix=operation_id)).operations
    exact = [operation for operation in matching if operation.id == operation_id]
    if len(exact or matching) != 1:
        shown = printable(operation_id)
        if matching:
            raise NoSuchOperationError(
                f"{len(matching):,} operations of the journal begin with {shown}"
            )
        raise NoSuchOperationError(f"the journal has no operation {shown}")
    return (exact or list(matching))[0]


@dataclass(slots=True)
class _Records:
    """The records of one operation, as far as they have been read."""

    begin: records.Begin
    at: datetime
    stream: str
    group: str | None
    params: Params
    matches: bool
    """Whether the query asks for it; undo operations are read in any case."""
    unanswered: dict[int, int] = field(default_factory=dict)
    """The number of entries of each batch without an answer."""
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    end: records.End | None = None
    recoveries: dict[tuple[str, str], records.Recovery] = field(default_factory=dict)
    """The last one of each stream and group."""

    def add(self, record: str, line: bytes) -> None:
        """Read a record that follows the beginning."""
        match record:
            case "sending":
                sending = _SENDINGS.decode(line)
                self.unanswered[sending.batch] = sending.count
            case "sent":
                sent = _SENT.decode(line)
                self.unanswered.pop(sent.batch, None)
                self.counts = [a + b for a, b in zip(self.counts, sent.counts, strict=True)]
            case "end":
                end = _ENDS.decode(line)
                records.parse_time(end.at)
                self.end = end
            case "recovery":
                recovery = _RECOVERIES.decode(line)
                records.parse_time(recovery.at)
                self.recoveries[recovery.stream, recovery.group] = recovery

    def operation(self) -> PastOperation:
        """The operation, as far as its records tell."""
        begin, end = self.begin, self.end
        if end is not None and end.unsent is not None:
            self.unanswered.pop(end.unsent, None)
        done, skipped, failed, unknown = self.counts
        unknown += sum(self.unanswered.values())
        if end is not None:
            done, skipped, failed = end.done, end.skipped, max(0, end.failed - self.counts[3])
        left = begin.total - done - skipped - failed - unknown if end is None else end.left
        return PastOperation(
            id=begin.operation,
            at=self.at,
            user=begin.user,
            host=begin.host,
            pid=begin.pid,
            server=begin.server,
            name=begin.name,
            verb=begin.verb,
            stream=self.stream,
            group=self.group,
            params=self.params,
            question=begin.question,
            total=begin.total,
            commands=begin.commands,
            done=done,
            skipped=skipped,
            failed=failed,
            unknown=unknown,
            left=max(0, left),
            ended=end is not None,
            ended_at=None if end is None else records.parse_time(end.at),
            seconds=None if end is None else end.seconds,
            notes=() if end is None else end.notes,
            error=None if end is None else end.error,
            recoveries=tuple(self.recoveries.values()),
        )


class _Reader:
    """Collects operations while the journal is read from its beginning."""

    def __init__(self, query: JournalQuery) -> None:
        self._query = query
        self._records: dict[str, _Records] = {}
        self._unreadable = self._newer = 0

    def read(self, line: bytes) -> None:
        """Read a line; count it if it is not a record that this version understands."""
        try:
            head = _HEADS.decode(line)
            if head.schema > records.SCHEMA:
                self._newer += 1
            elif head.record == "begin":
                self._begin(_BEGINS.decode(line))
            elif (known := self._records.get(head.operation)) is not None:
                known.add(head.record, line)
        except (msgspec.DecodeError, ValueError):
            self._unreadable += 1

    def _begin(self, begin: records.Begin) -> None:
        at = records.parse_time(begin.at)
        stream = records.name_from_json(begin.stream, begin.stream_hex)
        group = begin.group
        if group is not None:
            group = records.name_from_json(group, begin.group_hex)
        matches = self._query.admits(begin, stream, group, at)
        if matches or begin.name == "undo":
            params = records.params_from_json(begin.params)
            self._records[begin.operation] = _Records(begin, at, stream, group, params, matches)

    def listing(self) -> JournalListing:
        """The matching operations, newest first, linked to those that undid them."""
        operations = [(known.operation(), known.matches) for known in self._records.values()]
        undone_by: dict[str, list[PastOperation]] = {}
        for operation, _ in operations:
            if operation.undoes is not None and (operation.done or operation.unknown):
                undone_by.setdefault(operation.undoes, []).append(operation)
        matching = []
        for operation, matches in operations:
            if matches:
                undos = undone_by.get(operation.id, [])
                undone = any(undo.ended and not (undo.left or undo.error) for undo in undos)
                ids = tuple(undo.id for undo in undos)
                matching.append(replace(operation, undone_by=ids, undone=undone))
        matching.sort(key=lambda operation: operation.at)
        return JournalListing(tuple(reversed(matching)), self._unreadable, self._newer)


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a journal that are not empty, oldest first.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    for file_path in journal_files(path):
        try:
            with file_path.open("rb") as file:
                for line in file:
                    if line.strip():
                        yield line
        except FileNotFoundError:  # moved aside meanwhile: read under its new name
            continue
        except OSError as error:
            cause = error.strerror or str(error)
            raise UnreadableError(
                f"the journal {printable(str(file_path))} cannot be read: {cause}"
            ) from error
