"""Delete a stream (UNLINK)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import (
    CatalogueOperation,
    Params,
    Step,
    entries_in_words,
    script,
)
from streamtop.operations.whole_steps import whole_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.operations.catalogue import OperationName

_GROUPS = "groups are", "their positions"


@dataclass(frozen=True, slots=True)
class DeleteStream(CatalogueOperation):
    """Removes a stream with all its entries and groups.

    A stream that has more entries or other groups than were shown is skipped: it is in use.

    Source:
        https://redis.io/docs/latest/commands/unlink/
    """

    NAME: ClassVar[OperationName] = "delete-stream"

    group: ClassVar[str | None] = None

    stream: str
    length: int
    groups: tuple[str, ...] = ()
    """All its groups."""
    pending: int = 0
    """How many entries they have pending, together."""
    undelivered: int | None = None
    """How many entries wait to be delivered to some group; `None` when that is not known."""
    growing: bool = False
    """Whether to delete it even if entries are added meanwhile."""

    @property
    def typed(self) -> str | None:
        return self.stream

    @property
    def params(self) -> Params:
        return {"length": self.length, "groups": len(self.groups), "pending": self.pending}

    @property
    def question(self) -> str:
        return f"Delete the stream {printable(self.stream)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [f"{entries_in_words(self.length)} {_are(self.length)} lost for good."]
        if self.groups:
            told.append(self._lost_groups())
        if self.undelivered:
            told.append(
                f"{entries_in_words(self.undelivered)} {_are(self.undelivered)} lost before every "
                "group has read them."
            )
        told.append("A client that adds to it afterwards creates it again, without groups.")
        if self.growing:
            told.append("Entries added before you confirm are lost too.")
        else:
            told.append("If entries are added before you confirm, nothing is deleted.")
        return tuple(told)

    def _lost_groups(self) -> str:
        shown = ", ".join(map(printable, self.groups[:5]))
        more = f" and {len(self.groups) - 5:,} more" if len(self.groups) > 5 else ""
        what, its = ("group is", "its position") if len(self.groups) == 1 else _GROUPS
        lost = ""
        if self.pending:
            lost = f" and {self.pending:,} pending " + ("entry" if self.pending == 1 else "entries")
        return f"{len(self.groups):,} {what} lost with {its}{lost}: {shown}{more}."

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        yield whole_step(
            (
                *(b"EVAL", script("delete_stream"), b"1", from_name(self.stream)),
                b"" if self.growing else b"%d" % self.length,
                *map(from_name, self.groups),
            )
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
