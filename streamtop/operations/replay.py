"""Replay entries: a copy to the same or another stream, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import from_name, printable
from streamtop.operations.copy_steps import (
    BYTES,
    across_slots,
    check_rate,
    copied,
    firsts,
    other_slots,
    paced,
)
from streamtop.operations.dead_letter_origin import MOST_REPLAYS
from streamtop.operations.operation import (
    CatalogueOperation,
    Params,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.pending_steps import as_seen, by_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command


@dataclass(frozen=True, slots=True)
class Replay(CatalogueOperation):
    """Adds exact copies of entries, in the order of their IDs.

    One script for each batch reads, adds and, if requested, acknowledges: an entry is never
    copied without its acknowledgement, nor acknowledged without its copy. With acknowledgement,
    entries that changed since they were seen are skipped.

    Raises:
        ValueError: If entries to acknowledge are not those seen pending.
    """

    NAME: ClassVar[OperationName] = "replay"

    stream: str
    to: str
    """The stream that the copies are added to."""
    entries: PendingEntries | tuple[EntryId, ...]
    """As they were seen pending, to be acknowledged, or their IDs; lowest ID first."""
    acknowledge: str | None = None
    """The group for which to acknowledge the originals."""
    origin: bool = False
    """Whether each copy says where it came from, in three fields at its end."""
    rate: float | None = None
    """Entries a second, at most."""
    once: bool = False
    """Whether the server drops what a repeated replay would add twice (Redis 8.6)."""
    cluster: bool = False
    """Whether the server is a cluster."""

    def __post_init__(self) -> None:
        check_rate(self.rate)
        if isinstance(self.entries, PendingEntries):
            object.__setattr__(self, "entries", self.entries.in_order())
        elif self.acknowledge is None:
            object.__setattr__(self, "entries", tuple(sorted(self.entries)))
        else:
            raise ValueError("only entries that were seen pending can be acknowledged")

    @property
    def group(self) -> str | None:
        return self.acknowledge

    @property
    def needs(self) -> tuple[str, ...]:
        acknowledges = ("XACK", "XPENDING") if self.acknowledge is not None else ()
        return self._needing(*(("XLEN",) if self.once else ()), *acknowledges)

    @property
    def total(self) -> int:
        return len(self.entries)

    @property
    def ids(self) -> Sequence[EntryId]:
        return self.entries.ids if isinstance(self.entries, PendingEntries) else self.entries

    @property
    def params(self) -> Params:
        return {"to": self.to, "acknowledge": self.acknowledge, "origin": self.origin}

    @property
    def question(self) -> str:
        count = entries_in_words(self.total)
        told = f"Replay {count} of {printable(self.stream)} to {printable(self.to)}"
        if self.acknowledge is not None:
            told += f" and acknowledge the originals for {printable(self.acknowledge)}"
        return told + "?"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [
            f"{printable(self.to)} gets a copy of each with a new ID, at its end; every group "
            "of that stream will read the copies.",
            *self._kept(),
        ]
        if self.to == self.stream:
            told.insert(
                1, "The order changes: the copies come after all entries now in the stream."
            )
        if self.acknowledge is None:
            told.append("The originals stay as they are, pending ones too.")
        else:
            told.append(
                "Each original is acknowledged in the same atomic step as its copy. Entries that "
                "change before you confirm are neither copied nor acknowledged."
            )
        if self.once:
            told.append(
                "Entries that streamtop has copied there before are skipped as long as the server "
                "remembers them: 100 seconds, unless the stream has another IDMP-DURATION. Until "
                "then each takes some 250 bytes more."
            )
        if self.rate is not None:
            told.append(f"At most {self.rate:,g} entries a second.")
        if self.cluster and other_slots(self.stream, [self.to]):
            told.insert(0, across_slots(self.stream, self.to))
        return tuple(told)

    def _kept(self) -> tuple[str, ...]:
        if not self.origin:
            return ("Fields, values and their order are kept byte for byte.",)
        return (
            "Fields, values and their order are kept byte for byte; three fields at the end "
            "(streamtop-origin-stream, -id and -count) say where each copy came from.",
            f"Entries that were replayed {MOST_REPLAYS} times already are skipped.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        head: Command = (
            *(b"EVAL", script("held", "copy", "origin", "replay"), b"2"),
            *(from_name(self.stream), from_name(self.to), b"%d" % BYTES),
            b"%d" % MOST_REPLAYS if self.origin else b"",
            b"streamtop:" + from_name(self.stream) + b":" if self.once else b"",
        )
        first = firsts()
        if isinstance(self.entries, PendingEntries) and self.acknowledge is not None:
            group = from_name(self.acknowledge)

            def held(rows: Sequence[PendingEntry]) -> Step:
                words = next(first), group, *as_seen(rows, clock())
                return _step((*head, *words), [row.id for row in rows], rows)

            yield from paced(self.entries, held, self.rate)
        else:
            yield from paced(
                self.ids,
                lambda ids: _step((*head, next(first), b"", *map(bytes, ids)), ids),
                self.rate,
            )


def _step(command: Command, ids: Sequence[EntryId], rows: Sequence[PendingEntry] = ()) -> Step:
    return Step(command, lambda reply: by_entry(ids, reply, copied), ids, rows)
