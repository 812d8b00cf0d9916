"""The journal as it is read: what was done, newest first, and the entries of one operation."""

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


class UnreadableError(Exception):
    """The journal cannot be read. Its text is one sentence."""


class NoSuchOperationError(Exception):
    """The journal has no such operation. Its text is one sentence."""


@dataclass(frozen=True, slots=True)
class PastOperation:
    """An operation as the journal tells of it."""

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
    """The first command."""
    done: int
    skipped: int
    failed: int
    unknown: int
    """Entries that were sent, and of which nobody knows what became of them."""
    left: int
    """Entries that were not reached."""
    ended: bool
    """Whether its end is recorded; otherwise streamtop ended first, or is still at it."""
    ended_at: datetime | None
    seconds: float | None
    notes: tuple[str, ...]
    error: str | None
    undone_by: tuple[str, ...] = ()
    """The operations that undid anything of it."""
    undone: bool = False
    """Whether one of them has come to its end."""

    @property
    def undoes(self) -> str | None:
        """The operation that it undoes, if it is an undo."""
        undoes = self.params.get("undoes") if self.name == "undo" else None
        return undoes if isinstance(undoes, str) else None


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """Which operations are meant; conditions that are given must all hold."""

    since: datetime | None = None
    until: datetime | None = None
    stream: str | None = None
    """A pattern of names, and so is `group`."""
    group: str | None = None
    operation: str | None = None
    """Its word: claim."""
    server: str | None = None
    """A part of the server's URL."""
    user: str | None = None
    prefix: str = ""
    """What the ID begins with."""

    def admits(self, begin: records.Begin, stream: str, group: str | None, at: datetime) -> bool:
        """Whether an operation is meant."""
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
    """The operations that were asked for."""

    done: tuple[PastOperation, ...]
    """Newest first."""
    garbage: int = 0
    """Lines that are no records: cut short by a power loss, or written by another program."""
    later: int = 0
    """Records of a later version, which cannot be understood."""


@dataclass(slots=True)
class _Fold:
    """What has been read of one operation."""

    begin: records.Begin
    at: datetime
    stream: str
    group: str | None
    params: Params
    meant: bool
    open: dict[int, int] = field(default_factory=dict)
    """Entries of batches that no answer was read to."""
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    end: records.End | None = None

    def done(self) -> PastOperation:
        """The operation, as far as is known."""
        begin, end = self.begin, self.end
        if end is not None and end.unsent is not None:
            self.open.pop(end.unsent, None)
        done, skipped, failed, unknown = self.counts
        unknown += sum(self.open.values())
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
        )


def read_operations(path: Path, wanted: JournalQuery | None = None) -> JournalListing:
    """The operations of a journal; no entry of theirs is kept in memory.

    Args:
        path: The file; older ones that were moved aside are read too. A missing one is empty.
        wanted: Which operations are meant; all if it is left out.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    folds = _Folds(wanted or JournalQuery())
    for line in lines_of(path):
        folds.read(line)
    return folds.listing()


def find_operation(path: Path, operation_id: str) -> PastOperation:
    """An operation by its ID, or by as much of its beginning as no other shares.

    Raises:
        NoSuchOperationError: If there is none, or several.
        UnreadableError: If a file cannot be read.
    """
    found = read_operations(path, JournalQuery(prefix=operation_id)).done
    exact = [done for done in found if done.id == operation_id]
    if len(exact or found) != 1:
        told = printable(operation_id)
        several = f"{len(found):,} operations of the journal begin with {told}"
        raise NoSuchOperationError(several if found else f"the journal knows no operation {told}")
    return (exact or list(found))[0]


class _Folds:
    """All operations, while the journal is read from its beginning."""

    def __init__(self, wanted: JournalQuery) -> None:
        self._wanted = wanted
        self._folds: dict[str, _Fold] = {}
        self._garbage = self._later = 0

    def read(self, line: bytes) -> None:
        """Take a line in."""
        try:
            head = _HEADS.decode(line)
            if head.schema > records.SCHEMA:
                self._later += 1
            elif head.record == "begin":
                self._begin(_BEGINS.decode(line))
            elif (fold := self._folds.get(head.operation)) is not None:
                _more(fold, head.record, line)
        except (msgspec.DecodeError, ValueError):
            self._garbage += 1

    def _begin(self, begin: records.Begin) -> None:
        at = records.parse_time(begin.at)
        stream = records.name_from_json(begin.stream, begin.stream_hex)
        group = (
            None if begin.group is None else records.name_from_json(begin.group, begin.group_hex)
        )
        meant = self._wanted.admits(begin, stream, group, at)
        if meant or begin.name == "undo":
            params = records.params_from_json(begin.params)
            self._folds[begin.operation] = _Fold(begin, at, stream, group, params, meant)

    def listing(self) -> JournalListing:
        """What was asked for, newest first; those that were undone know by what."""
        by_id = {operation_id: fold.done() for operation_id, fold in self._folds.items()}
        undone_by: dict[str, list[PastOperation]] = {}
        for done in by_id.values():
            if done.undoes is not None and (done.done or done.unknown):
                undone_by.setdefault(done.undoes, []).append(done)
        found = []
        for operation_id, done in by_id.items():
            if self._folds[operation_id].meant:
                undos = undone_by.get(operation_id, [])
                whole = any(each.ended and not (each.left or each.error) for each in undos)
                ids = tuple(each.id for each in undos)
                found.append(replace(done, undone_by=ids, undone=whole))
        found.sort(key=lambda done: done.at)
        return JournalListing(tuple(reversed(found)), self._garbage, self._later)


def _more(fold: _Fold, record: str, line: bytes) -> None:
    """Take in what followed the beginning of an operation."""
    match record:
        case "sending":
            sending = _SENDINGS.decode(line)
            fold.open[sending.batch] = sending.count
        case "sent":
            sent = _SENT.decode(line)
            fold.open.pop(sent.batch, None)
            fold.counts = [one + more for one, more in zip(fold.counts, sent.counts, strict=True)]
        case "end":
            end = _ENDS.decode(line)
            records.parse_time(end.at)
            fold.end = end


def lines_of(path: Path) -> Iterator[bytes]:
    """All lines of a journal that are not empty, oldest first.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    for each in journal_files(path):
        try:
            with each.open("rb") as file:
                for line in file:
                    if line.strip():
                        yield line
        except FileNotFoundError:  # moved aside since: it comes under its new name
            continue
        except OSError as error:
            cause = error.strerror or str(error)
            raise UnreadableError(
                f"the journal {printable(str(each))} cannot be read: {cause}"
            ) from error
