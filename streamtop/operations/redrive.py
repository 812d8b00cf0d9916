"""Redrive a dead-letter stream: its entries go back to where they came from."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple, overload

from streamtop.model.ids import EntryId
from streamtop.model.text import from_name, printable
from streamtop.operations.copy_steps import BYTES, check_rate, copied, firsts, paced
from streamtop.operations.dead_letter_origin import MOST_REPLAYS
from streamtop.operations.operation import (
    CatalogueOperation,
    Outcome,
    Params,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.pending_steps import by_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command, Reply

_TOLD = 8  # destinations, one by one


class Route(NamedTuple):
    """An entry of a dead-letter stream and the stream that it came from."""

    id: EntryId
    to: str


class Routes(Sequence[Route]):
    """A compact sequence of routes: three numbers each.

    >>> routes = Routes([Route(EntryId(5, 1), "orders")])
    >>> routes[0].to, routes.histogram
    ('orders', {'orders': 1})
    """

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self.histogram: dict[str, int] = {}
        """The number of entries for each stream."""
        self._names: list[str] = []
        self._number: dict[str, int] = {}
        self._ms, self._seq, self._to = array("Q"), array("Q"), array("L")
        for route in routes:
            self.add(route.id, route.to)

    def add(self, entry_id: EntryId, to: str) -> None:
        """Add one at the end."""
        if to not in self._number:
            self._number[to] = len(self._names)
            self._names.append(to)
        self.histogram[to] = self.histogram.get(to, 0) + 1
        self._ms.append(entry_id.ms)
        self._seq.append(entry_id.seq)
        self._to.append(self._number[to])

    @property
    def ids(self) -> list[EntryId]:
        """The IDs of all."""
        return [EntryId(ms, seq) for ms, seq in zip(self._ms, self._seq, strict=True)]

    def __len__(self) -> int:
        return len(self._ms)

    @overload
    def __getitem__(self, at: int) -> Route: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Route, ...]: ...

    def __getitem__(self, at: int | slice) -> Route | tuple[Route, ...]:
        if isinstance(at, slice):
            return tuple(self[index] for index in range(*at.indices(len(self))))
        return Route(EntryId(self._ms[at], self._seq[at]), self._names[self._to[at]])


@dataclass(frozen=True, slots=True)
class Redrive(CatalogueOperation):
    """Copies entries of a dead-letter stream back, and deletes them there, in one script.

    Fields that `DeadLetter`, or a replay with origin, appended are removed, except for
    streamtop-origin-count, which rises by one and limits the replays of an entry to five.
    Entries that another program dead-lettered are copied unchanged, and counted only if they
    have that field already.
    """

    NAME: ClassVar[OperationName] = "redrive"
    group: ClassVar[str | None] = None

    stream: str
    """The dead-letter stream."""
    routes: Sequence[Route]
    """Its entries with their destinations, in the order in which they are copied."""
    remove: bool = True
    """Whether to delete the entries from the dead-letter stream."""
    rate: float | None = None
    """Entries a second, at most."""
    make_streams: bool = False
    """Whether to create streams that no longer exist."""

    def __post_init__(self) -> None:
        check_rate(self.rate)
        if not isinstance(self.routes, Routes):
            object.__setattr__(self, "routes", Routes(self.routes))

    @property
    def needs(self) -> tuple[str, ...]:
        exists = () if self.make_streams else ("EXISTS",)
        return self._needing(*exists, *(("XDEL",) if self.remove else ()))

    @property
    def histogram(self) -> dict[str, int]:
        """The number of entries for each stream, the largest first."""
        counts = self.routes.histogram if isinstance(self.routes, Routes) else {}
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def total(self) -> int:
        return len(self.routes)

    @property
    def ids(self) -> Sequence[EntryId]:
        return self.routes.ids if isinstance(self.routes, Routes) else ()

    @property
    def params(self) -> Params:
        return {"remove": self.remove}

    @property
    def question(self) -> str:
        count = entries_in_words(self.total)
        return f"Redrive {count} of {printable(self.stream)} to where they came from?"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [self._destinations()]
        told.append(
            "Each goes to the end of its stream, as it was before it was dead-lettered, and every "
            "group of that stream will read it. A field counts the replays; entries that were "
            f"replayed {MOST_REPLAYS} times already are skipped."
        )
        if self.remove:
            told.append(
                f"Each is deleted from {printable(self.stream)} in the same atomic step; a group "
                "in which it is pending keeps it without a payload."
            )
        else:
            told.append(
                "They stay in the dead-letter stream: redriving it again copies them again."
            )
        if not self.make_streams:
            told.append("Entries of streams that no longer exist are skipped.")
        if self.rate is not None:
            told.append(f"At most {self.rate:,g} entries a second.")
        return tuple(told)

    def _destinations(self) -> str:
        ordered = list(self.histogram.items())
        told = [f"{count:,} to {printable(name)}" for name, count in ordered[:_TOLD]]
        if more := ordered[_TOLD:]:
            told.append(f"{sum(dict(more).values()):,} to {len(more):,} more streams")
        return (", ".join(told) or "No entry tells where it came from") + "."

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        first = firsts()
        yield from paced(self.routes, lambda routes: self._step(routes, next(first)), self.rate)

    def _step(self, routes: Sequence[Route], first: bytes) -> Step:
        destinations = list(dict.fromkeys(route.to for route in routes))
        number = {name: b"%d" % at for at, name in enumerate(destinations, start=1)}
        command: Command = (
            *(b"EVAL", script("copy", "origin", "redrive"), b"%d" % (len(destinations) + 1)),
            *(from_name(self.stream), *map(from_name, destinations)),
            *(b"%d" % BYTES, first, b"%d" % MOST_REPLAYS),
            b"remove" if self.remove else b"",
            b"make" if self.make_streams else b"",
            *(word for route in routes for word in (bytes(route.id), number[route.to])),
        )
        ids = [route.id for route in routes]

        def read(reply: Reply) -> list[Outcome]:
            outcomes = by_entry(ids, reply, copied)
            return [
                replace(outcome, to=route.to)
                for outcome, route in zip(outcomes, routes, strict=False)
            ]

        return Step(command, read, ids)
