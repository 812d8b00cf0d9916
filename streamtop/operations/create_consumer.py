"""Create a consumer (XGROUP CREATECONSUMER)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Outcome, Params, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.ids import EntryId
    from streamtop.source import Reply


@dataclass(frozen=True, slots=True)
class CreateConsumer:
    """Adds a consumer that holds nothing to a group; servers before 6.2 cannot.

    Source:
        https://redis.io/docs/latest/commands/xgroup-createconsumer/
    """

    name: ClassVar[str] = "create-consumer"
    verb: ClassVar[str] = "Create"
    typed: ClassVar[str | None] = None
    needs: ClassVar[tuple[str, ...]] = ("XGROUP CREATECONSUMER",)
    total: ClassVar[int] = 1
    ids: ClassVar[Sequence[EntryId]] = ()

    stream: str
    group: str
    consumer: str

    @property
    def params(self) -> Params:
        """Its name."""
        return {"consumer": self.consumer}

    @property
    def question(self) -> str:
        """What would be done."""
        return (
            f"Create the consumer {printable(self.consumer)} in the group "
            f"{printable(self.group)} of {printable(self.stream)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        """What follows."""
        return (
            f"{printable(self.group)} lists it with nothing pending, and it is given nothing "
            "until somebody reads or claims in its name.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        """The command itself."""
        names = map(from_name, (self.stream, self.group, self.consumer))
        yield Step((b"XGROUP", b"CREATECONSUMER", *names), _read)


def _read(reply: Reply) -> Sequence[Outcome]:
    if reply == 1:
        return [Outcome(None, "done")]
    return [Outcome(None, "skipped", "it exists already")]
