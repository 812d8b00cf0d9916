"""Delete copies that no group has read: the undo of replay, dead-letter, redrive and add."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, overload

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name, printable
from streamtop.operations.copy_steps import BYTES
from streamtop.operations.operation import (
    CatalogueOperation,
    Outcome,
    Params,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.pending_steps import as_far, by_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streamtop.model.entries import PendingEntry
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command, Reply


_NONE = 2**32 - 1
"""In place of the number of an original where there is none."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy, and the original that was acknowledged in the same step."""

    id: EntryId
    """The copy."""
    to: str
    """The stream that it was added to."""
    original: PendingEntry | None = None
    """How the original was pending before."""


class Copies(Sequence[Copied]):
    """Copies in the order they were added, a million in some 100 MB.

    >>> copies = Copies([Copied(EntryId(5, 1), "dlq", None)])
    >>> copies[0].to, len(copies)
    ('dlq', 1)
    """

    def __init__(self, rows: Iterable[Copied] = ()) -> None:
        self._ms, self._seq = array("Q"), array("Q")
        self._to, self._original = array("L"), array("L")
        self._names: list[str] = []
        self._number: dict[str, int] = {}
        self._originals = PendingEntries()
        for row in rows:
            self.add(row)

    def add(self, row: Copied) -> None:
        """Append a copy."""
        if row.to not in self._number:
            self._number[row.to] = len(self._names)
            self._names.append(row.to)
        self._ms.append(row.id.ms)
        self._seq.append(row.id.seq)
        self._to.append(self._number[row.to])
        self._original.append(_NONE if row.original is None else len(self._originals))
        if row.original is not None:
            self._originals.add(row.original)

    def __len__(self) -> int:
        return len(self._ms)

    @overload
    def __getitem__(self, at: int) -> Copied: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Copied, ...]: ...

    def __getitem__(self, at: int | slice) -> Copied | tuple[Copied, ...]:
        if isinstance(at, slice):
            return tuple(self[index] for index in range(*at.indices(len(self))))
        index = range(len(self))[at]
        original = self._original[index]
        return Copied(
            EntryId(self._ms[index], self._seq[index]),
            self._names[self._to[index]],
            None if original == _NONE else self._originals[original],
        )


@dataclass(frozen=True, slots=True)
class UndoCopy(CatalogueOperation):
    """Deletes copies that no group has read, and makes acknowledged originals pending again.

    A copy that a group has read is skipped with its original; so is a copy whose original is
    pending again, gone, or still to be delivered. An original gets back its consumer, its
    delivery count, and the idle time since its last delivery.

    Source:
        https://redis.io/docs/latest/commands/xclaim/
    """

    NAME: ClassVar[OperationName] = "undo"

    stream: str
    """The stream of the originals."""
    copies: Sequence[Copied]
    undoes: str
    """The ID of the operation that added them."""
    group: str | None = None
    """The group in which the originals were pending."""
    streams: frozenset[str] = field(init=False)
    """The streams of the copies."""
    originals: int = field(init=False)
    """The number of originals that were acknowledged."""

    def __post_init__(self) -> None:
        streams, originals = set(), 0
        for copy in self.copies:
            streams.add(copy.to)
            originals += copy.original is not None
        if self.group is None and originals:
            raise ValueError("an original is put back into a group: name it")
        object.__setattr__(self, "streams", frozenset(streams))
        object.__setattr__(self, "originals", originals)

    @property
    def needs(self) -> tuple[str, ...]:
        puts_back = ("XRANGE", "XCLAIM") if self.originals else ()
        return self._needing("XINFO GROUPS", "XPENDING", "XDEL", "EXISTS", *puts_back)

    @property
    def total(self) -> int:
        return len(self.copies)

    @property
    def ids(self) -> Sequence[EntryId]:
        return [copy.id for copy in self.copies]

    @property
    def params(self) -> Params:
        return {"undoes": self.undoes}

    @property
    def question(self) -> str:
        names = [printable(name) for name in self.streams]
        where = names[0] if len(names) == 1 else f"{len(names):,} streams"
        told = f"Delete {entries_in_words(self.total)} from {where} again"
        if self.originals and self.group is not None:
            what = "the original" if self.originals == 1 else f"{self.originals:,} originals"
            told += f" and make {what} pending again for {printable(self.group)}"
        return told + "?"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [
            "Only copies that no group has read are deleted. Readers without a group (XREAD, "
            "XRANGE) leave no trace: what they have read is deleted as well.",
        ]
        if self.originals:
            told.append(
                "Each original goes back to the consumer that held it, with its delivery count "
                "and the time since its last delivery. Those pending again, no longer in the "
                "stream, or still to be delivered are skipped with their copies."
            )
        return tuple(told)

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        yield from as_far(self.copies, lambda copies: self._step(copies, clock()))

    def _step(self, copies: Sequence[Copied], now: float) -> Step:
        streams = list(dict.fromkeys(copy.to for copy in copies))
        number = {name: b"%d" % at for at, name in enumerate(streams, start=1)}
        command: Command = (
            *(b"EVAL", script("prelude", "copy", "undo_copy"), b"%d" % (len(streams) + 1)),
            *(from_name(self.stream), *map(from_name, streams)),
            *(b"%d" % BYTES, from_name(self.group or "")),
            *(
                word
                for copy in copies
                for word in (bytes(copy.id), number[copy.to], *_held(copy.original, now))
            ),
        )
        ids = [copy.id for copy in copies]

        def read(reply: Reply) -> list[Outcome]:
            outcomes = by_entry(ids, reply, _deleted)
            return [
                replace(outcome, to=copy.to)
                for outcome, copy in zip(outcomes, copies, strict=False)
            ]

        return Step(command, read, ids)


def _held(row: PendingEntry | None, now: float) -> Command:
    """The words of an original for the script; four empty ones if there is none."""
    if row is None:
        return (b"", b"", b"", b"")
    idle = max(0, row.idle_ms + int((now - row.seen_at) * 1000))
    return bytes(row.id), from_name(row.consumer), b"%d" % idle, b"%d" % row.deliveries


def _deleted(entry_id: EntryId, words: list[Reply]) -> Outcome:
    return Outcome(entry_id, "done")
