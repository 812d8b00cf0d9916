"""Destroy a group (XGROUP DESTROY)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import (
    Params,
    ReversingOperation,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.whole_steps import slow_to_free, whole_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.ids import EntryId
    from streamtop.operations.catalogue import OperationName


@dataclass(frozen=True, slots=True)
class DestroyGroup(ReversingOperation):
    """Removes a group with its position, its consumers and its pending entries list.

    A group with more pending entries than were shown is skipped. The undo of a creation removes
    only a group that has not been used since.

    Source:
        https://redis.io/docs/latest/commands/xgroup-destroy/
    """

    NAME: ClassVar[OperationName] = "destroy-group"

    stream: str
    group: str
    position: EntryId
    """Its position; for an undo, the position at which it was created."""
    pending: int = 0
    """How many entries it has pending."""
    consumers: int = 0
    """How many consumers hold those."""
    lag: int | None = None
    """How many entries wait to be delivered to it; `None` when that is not known."""
    undoes: str | None = None
    """The operation that is undone: the group's creation."""

    @property
    def typed(self) -> str | None:
        return self.group if self.undoes is None else None

    @property
    def params(self) -> Params:
        if self.undoes is not None:
            return {"position": str(self.position), "undoes": self.undoes}
        return {"position": str(self.position), "pending": self.pending}

    @property
    def question(self) -> str:
        return f"Destroy the group {printable(self.group)} of {printable(self.stream)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        if self.undoes is not None:
            return (
                "It was created and never used. If it has been read from since, it stays.",
                "The stream stays, even if it was created for the group.",
            )
        waiting = ""
        if self.lag:
            waiting = (
                f", and with it the record of {entries_in_words(self.lag)} it has not yet read"
            )
        return (
            self._pending(),
            f"Its position, {self.position}, is lost{waiting}.",
            "The entries stay in the stream. Its consumers get errors (NOGROUP) from then on.",
            *slow_to_free(self.pending),
            "If more entries are pending when you confirm, it stays.",
        )

    def _pending(self) -> str:
        if not self.pending:
            return "Nothing is pending."
        who = "1 consumer" if self.consumers == 1 else f"{self.consumers:,} consumers"
        entries = "pending entry" if self.pending == 1 else "pending entries"
        are, those = ("is", "it was") if self.pending == 1 else ("are", "they were")
        return (
            f"{self.pending:,} {entries} of {who} {are} lost: afterwards it is unknown which "
            f"{those}."
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        unused = self.undoes is not None
        yield whole_step(
            (
                *(b"EVAL", script("prelude", "destroy_group"), b"1", from_name(self.stream)),
                *(from_name(self.group), b"0" if unused else b"%d" % self.pending),
                bytes(self.position) if unused else b"",
            )
        )
