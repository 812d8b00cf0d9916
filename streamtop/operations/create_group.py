"""Create a group (XGROUP CREATE)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import (
    CatalogueOperation,
    Params,
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
class CreateGroup(CatalogueOperation):
    """Creates a group that begins after a position; an existing group stays unchanged.

    The outcome's ID is the group's position, also where `$` was requested.

    Source:
        https://redis.io/docs/latest/commands/xgroup-create/
    """

    NAME: ClassVar[OperationName] = "create-group"

    stream: str
    group: str
    position: EntryId | Literal["$"]
    """The last entry that counts as delivered; `$` for the newest at that moment."""
    make_stream: bool = False
    """Whether to create a missing stream as well."""
    behind: int | None = None
    """How many entries lie after the position; `None` when that is not known."""
    behind_counted: bool = True
    """Whether all were counted; otherwise there are more."""

    @property
    def params(self) -> Params:
        return {"position": str(self.position), "make_stream": self.make_stream}

    @property
    def question(self) -> str:
        return f"Create the group {printable(self.group)} of {printable(self.stream)}?"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = [self._begins()]
        if self.make_stream:
            told.append(
                f"If {printable(self.stream)} does not exist, it is created without entries."
            )
        return tuple(told)

    def _begins(self) -> str:
        if self.position == "$":
            return "It begins at the end: it reads only entries added later."
        after = f"It begins after {self.position}"
        if self.behind is None:
            return f"{after}: it reads all entries after it."
        more = "" if self.behind_counted else "more than "
        return f"{after}: it first reads {more}{entries_in_words(self.behind)}."

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        yield position_step(
            (
                *(b"EVAL", script("prelude", "create_group"), b"1", from_name(self.stream)),
                *(from_name(self.group), str(self.position).encode()),
                b"make" if self.make_stream else b"",
            )
        )
