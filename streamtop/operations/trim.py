"""Trim a stream's beginning (XTRIM MINID)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import (
    CatalogueOperation,
    Outcome,
    Params,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.whole_steps import whole_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.ids import EntryId
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Reply

Way = tuple[bytes, ...]
AT_ONCE = 1_000
"""Entries that one step removes, at most: 1 ms where each is in a separate node."""
WAYS: tuple[Way, ...] = ((b"~", b"%d" % AT_ONCE), (b"~", b"100000"), (b"=",))
"""Whole nodes first; then such nodes as hold more than that; then what is left of a node."""
BY_RANGE: tuple[Way, ...] = ((b"range", b"100", b"256000"),)
"""Where the server knows no MINID: entries and bytes of one step."""


@dataclass(frozen=True, slots=True)
class Trim(CatalogueOperation):
    """Removes all entries below an ID, in steps too small to disturb the server.

    Each step first checks, on the server, whether a group needs any of them: not delivered to
    it, or not acknowledged. If so, the trim ends. `trim_advice` finds a safe ID.

    Source:
        https://redis.io/docs/latest/commands/xtrim/
    """

    NAME: ClassVar[OperationName] = "trim"

    group: ClassVar[str | None] = None

    stream: str
    minid: EntryId
    """The lowest ID that stays."""
    expected: int | None = None
    """The number of entries below it; `None` if unknown."""
    force: bool = False
    """Whether to remove entries that groups still need, or that no group reads."""
    needed: tuple[str, ...] = ()
    """Why they may be needed, if it is forced: a sentence for each group."""

    @property
    def total(self) -> int:
        return self.expected or 0

    @property
    def typed(self) -> str | None:
        return self.stream if self.force else None

    @property
    def params(self) -> Params:
        return {"minid": str(self.minid), "force": self.force}

    @property
    def question(self) -> str:
        count = "all entries" if self.expected is None else entries_in_words(self.expected)
        return f"Trim {printable(self.stream)}: remove {count} below {self.minid}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        if self.force:
            return (
                "They are removed although groups may need them: those not yet read are never "
                "delivered, and pending ones lose their payload.",
                *(f"At the moment, {reason}." for reason in self.needed),
                "They are gone for good, for every reader of the stream.",
            )
        return (
            "No group needs them: each has read and acknowledged them. Each step checks this "
            "again; the trim ends if a group needs one.",
            "They are gone for good, also for readers without a group (XREAD, XRANGE).",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        below = self.minid.previous()
        if below is None:
            return
        run = _Run(self.expected)
        head = (
            *(b"EVAL", script("prelude", "trim"), b"1", from_name(self.stream)),
            *(bytes(self.minid), bytes(below), b"force" if self.force else b""),
        )
        while run.ways:
            run.answered = False
            yield Step((*head, *run.ways[0]), run.read)
            if not run.answered:  # it is only written down
                run.ways = run.ways[1:]


class _Run:
    """A running trim: the next step depends on the answers so far."""

    def __init__(self, expected: int | None) -> None:
        self.ways = WAYS
        """The ways to remove what is left; empty at the end."""
        self.answered = False
        self._expected = expected
        self._removed = 0

    def read(self, reply: Reply) -> list[Outcome]:
        """The outcomes of a step."""
        self.answered = True
        match reply:
            case [b"done", int(removed)]:
                self._removed += removed
                told = [Outcome(None, "done", count=removed)] if removed else []
                if not removed or self.ways[0] == (b"=",):
                    self.ways = self.ways[1:]
                return told if self.ways else [*told, *self._missing()]
            case [b"skipped", b"syntax"]:
                self.ways = BY_RANGE
                return []
            case _:
                self.ways = ()
                left = max(1, (self._expected or 0) - self._removed)
                return [replace(whole_outcome(reply), count=left)]

    def _missing(self) -> list[Outcome]:
        """The outcome of entries that were counted and then removed by others."""
        missing = (self._expected or 0) - self._removed
        if missing <= 0:
            return []
        return [Outcome(None, "skipped", "it is gone already: others removed it", count=missing)]
