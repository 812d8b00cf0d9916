"""Set a group's position (XGROUP SETID)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import (
    Params,
    ReversingOperation,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.whole_steps import position_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.model.ids import EntryId
    from streamtop.operations.catalogue import OperationName


@dataclass(frozen=True, slots=True)
class SetId(ReversingOperation):
    """Moves the position of a group, back or forth.

    A group that has moved since it was seen is skipped, so that what was shown is what happens,
    unless `moving` is set. The outcome's ID is the new position, also where `$` was requested.

    Source:
        https://redis.io/docs/latest/commands/xgroup-setid/
    """

    NAME: ClassVar[OperationName] = "set-id"

    stream: str
    group: str
    position: EntryId | Literal["$"]
    """The last entry that counts as delivered; `$` for the newest at that moment."""
    was: EntryId
    """Its position when it was seen."""
    was_read: int | None = None
    """Its entries-read then; for an undo, the value to restore. `None` if unknown."""
    redelivers: int | None = None
    """Entries between the two, if it goes back; `None` if unknown."""
    skips: int | None = None
    """Entries between the two, if it goes forward; `None` if unknown."""
    pending: int = 0
    """The number of entries it has pending."""
    counted: bool = True
    """Whether all entries in between were counted; otherwise there are more."""
    moving: bool = False
    """Whether to move it even if it was read from, as long as it stays on the same side."""
    undoes: str | None = None
    """The ID of the operation to undo."""

    @property
    def params(self) -> Params:
        told: Params = {"position": str(self.position), "was": str(self.was)}
        told["was_read"] = self.was_read
        return told if self.undoes is None else {**told, "undoes": self.undoes}

    @property
    def question(self) -> str:
        where = "the end of the stream" if self.position == "$" else str(self.position)
        moved = "Put" if self.undoes is None else "Put back"
        return (
            f"{moved} the group {printable(self.group)} of {printable(self.stream)} to {where}, "
            f"from {self.was}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        told = self._backwards() if self.goes_back else self._forwards()
        if self.moving:
            told.append(
                "It is moved even if it was read from meanwhile, when the number of entries may "
                "differ. It is skipped only if it has passed the new position."
            )
        else:
            told.append("If it is read from, or moved, before you confirm, nothing happens.")
        return tuple(told)

    @property
    def goes_back(self) -> bool:
        """Whether entries would be delivered again."""
        return self.position != "$" and self.position < self.was

    def with_count(self, count: int, *, complete: bool) -> SetId:
        """The same operation with the number of entries between the two positions."""
        if self.goes_back:
            return replace(self, redelivers=count, counted=complete)
        return replace(self, skips=count, counted=complete)

    def _backwards(self) -> list[str]:
        told = [
            f"{self._entries(self.redelivers)} after {self.position} up to {self.was} "
            f"{self._are(self.redelivers)} delivered to {printable(self.group)} again, "
            "acknowledged ones too."
        ]
        if self.pending:
            told.append(
                f"The pending entries list stays, {self.pending:,} now: those that are delivered "
                "again get a new consumer, and their delivery count restarts at 1."
            )
        return told

    def _forwards(self) -> list[str]:
        them = "it" if self._are(self.skips) == "is" else "them"
        told = [
            f"{self._entries(self.skips)} after {self.was} {self._are(self.skips)} never "
            f"delivered to {printable(self.group)}, though nothing removes {them} from the stream."
        ]
        if self.position == "$":
            told.append("So are those added before you confirm.")
        if self.pending:
            told.append(f"The pending entries list stays, {self.pending:,} now.")
        return told

    def _entries(self, count: int | None) -> str:
        if count is None:
            return "All entries"
        return ("" if self.counted else "More than ") + entries_in_words(count)

    def _are(self, count: int | None) -> str:
        return "is" if count == 1 and self.counted else "are"

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        puts_back = self.undoes is not None and self.was_read is not None
        yield position_step(
            (
                *(b"EVAL", script("prelude", "set_id"), b"1", from_name(self.stream)),
                *(from_name(self.group), str(self.position).encode(), bytes(self.was)),
                str(self.was_read).encode() if puts_back else b"",
                self._moving(),
            )
        )

    def _moving(self) -> bytes:
        if not self.moving:
            return b"still"
        if self.position == "$":
            return b"anywhere"
        return b"backwards" if self.goes_back else b"forwards"
