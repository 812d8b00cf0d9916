"""What operations share: the protocol, steps, outcomes, receipts and the texts of scripts.

An operation is a value made from what was seen, holding exactly the entries it is about. It is
shown, confirmed and only then run, step by step; each step is one command, atomic on the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from streamtop.model.quoting import as_redis_cli as as_redis_cli
from streamtop.model.quoting import quoted as quoted
from streamtop.model.text import printable
from streamtop.operations.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from streamtop.model.entries import Fields, PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command, Reply, SourceError

OutcomeKind = Literal["done", "skipped", "failed"]
OUTCOME_KINDS: tuple[OutcomeKind, ...] = ("done", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class PriorState:
    """How an entry was pending just before it changed: what an undo restores."""

    idle_ms: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one entry, or to the group, consumer or stream as a whole."""

    id: EntryId | None
    """`None` for a group, a consumer or a stream."""
    outcome: OutcomeKind
    reason: str | None = None
    """Why it was skipped or failed, or the result, in a few words."""
    was: PriorState | None = None
    """Known if a pending entry changed."""
    copy: EntryId | None = None
    """The entry that was added, if one was."""
    to: str | None = None
    """The stream of that entry, if it differs between outcomes."""
    fields: Fields | None = None
    """The contents of a deleted entry."""
    count: int = 1
    """The number of entries, if they changed together."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of an operation, and how to read its reply."""

    command: Command
    read: Callable[[Reply], Sequence[Outcome]]
    """From the reply to an outcome for each of `ids`, or of `consumers`; else one for the whole."""
    ids: Sequence[EntryId] = ()
    """The entries it is about."""
    rows: Sequence[PendingEntry] = ()
    """How they were seen pending, if known."""
    consumers: Sequence[str] = ()
    """The consumers it is about: without entries, there is an outcome for each."""
    seconds: float = 0.0
    """The time to take at least, to keep a rate."""
    singly: Callable[[], Iterator[Command]] | None = None
    """A command for each entry, if the reply may cover only the first of them."""


Params = dict[str, str | int | bool | None]
"""Further properties of an operation, by name."""


class Operation(Protocol):
    """A change that can be made to the server."""

    @property
    def name(self) -> str:
        """Its name in receipts, in the journal and on the command line: claim."""

    @property
    def verb(self) -> str:
        """The word on the button: Claim."""

    @property
    def stream(self) -> str:
        """The stream that it changes, or reads from."""

    @property
    def group(self) -> str | None:
        """The group that it changes, if any."""

    @property
    def params(self) -> Params:
        """What else the journal keeps: destinations, and what an undo needs."""

    @property
    def question(self) -> str:
        """What it does to how many entries, as a question."""

    @property
    def consequences(self) -> tuple[str, ...]:
        """Its effects, a sentence each, the most important first."""

    @property
    def typed(self) -> str | None:
        """The name to type as confirmation, where much is lost for good."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The commands that it sends: the server must have them and the user may send them."""

    @property
    def total(self) -> int:
        """The number of entries; 1 where it is about a group, a consumer or a stream."""

    @property
    def ids(self) -> Sequence[EntryId]:
        """The entries, in the order in which they are sent."""

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        """Exactly what is sent, in order, each step made on demand.

        A step may depend on the answers to those before it: each answer is read before the
        next step is requested.

        Args:
            clock: Seconds of the monotonic clock that entries were seen by.
        """


class CatalogueOperation:
    """The members that follow from a row of the catalogue, for an operation on a whole."""

    __slots__ = ()

    NAME: ClassVar[OperationName]

    @property
    def name(self) -> str:
        return self.NAME

    @property
    def verb(self) -> str:
        return CATALOGUE[self.NAME].verb

    @property
    def needs(self) -> tuple[str, ...]:
        return self._needing()

    def _needing(self, *more: str) -> tuple[str, ...]:
        """The commands of the catalogue, and more that depend on options."""
        return (*CATALOGUE[self.NAME].needs, *more)

    @property
    def params(self) -> Params:
        return {}

    @property
    def typed(self) -> str | None:
        return None

    @property
    def total(self) -> int:
        return 1

    @property
    def ids(self) -> Sequence[EntryId]:
        return ()


class ReversingOperation(CatalogueOperation):
    """An operation that can also be the undo of another."""

    __slots__ = ()

    undoes: str | None
    """The ID of the operation that it undoes."""

    @property
    def name(self) -> str:
        return self.NAME if self.undoes is None else "undo"

    @property
    def verb(self) -> str:
        return super().verb if self.undoes is None else CATALOGUE["undo"].verb


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an operation did, entry by entry."""

    name: str
    verb: str
    operation_id: str
    done: int
    skipped: int
    failed: int
    left: int
    """Entries not reached because it was stopped or the connection broke."""
    outcomes: tuple[Outcome, ...]
    """The first of them; if not all are kept, those not done come first."""
    notes: tuple[str, ...] = ()
    """Further sentences for the user."""
    seconds: float = 0.0
    error: SourceError | None = None
    """What ended it early, if anything."""

    def count(self, outcome: OutcomeKind) -> int:
        """The number of entries with that outcome."""
        return {"done": self.done, "skipped": self.skipped, "failed": self.failed}[outcome]

    @property
    def clean(self) -> bool:
        """Whether everything was done."""
        return not (self.skipped or self.failed or self.left)

    def __str__(self) -> str:
        """The counts: 3 done, 1 skipped."""
        told = [f"{self.count(kind):,} {kind}" for kind in OUTCOME_KINDS if self.count(kind)]
        if self.left:
            told.append(f"{self.left:,} not reached")
        return ", ".join(told) or "nothing to do"


@cache
def script(*names: str) -> bytes:
    """The text of our Lua scripts, one after the other, as it is sent."""
    folder = Path(__file__).with_name("scripts")
    return b"".join(folder.joinpath(f"{name}.lua").read_bytes() for name in names)


@cache
def script_name(text: bytes) -> str | None:
    """The name of one of our scripts, by its text: that of the file it ends with."""
    ends = (
        path.stem
        for path in Path(__file__).with_name("scripts").glob("*.lua")
        if text.endswith(path.read_bytes())
    )
    return next(ends, None)


def entries_in_words(count: int) -> str:
    """A number of entries.

    >>> entries_in_words(1), entries_in_words(1200)
    ('1 entry', '1,200 entries')
    """
    return "1 entry" if count == 1 else f"{count:,} entries"


def held_in_words(held: Mapping[str, int]) -> str:
    """The consumers with the number of entries they hold, the largest first.

    >>> held_in_words({"w1": 2, "w3": 40, "": 1})
    'w3 (40), w1 (2), (released) (1)'
    """
    ordered = sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [f"{printable(name) if name else '(released)'} ({count:,})" for name, count in ordered]
    return ", ".join(told[:5]) + (f" and {len(told) - 5:,} more" if len(told) > 5 else "")
