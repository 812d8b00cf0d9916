"""Create a consumer (XGROUP CREATECONSUMER)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import CatalogueOperation, Outcome, Params, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Reply


@dataclass(frozen=True, slots=True)
class CreateConsumer(CatalogueOperation):
    """Adds an empty consumer to a group (Redis 6.2 and later).

    Source:
        https://redis.io/docs/latest/commands/xgroup-createconsumer/
    """

    NAME: ClassVar[OperationName] = "create-consumer"

    stream: str
    group: str
    consumer: str

    @property
    def params(self) -> Params:
        return {"consumer": self.consumer}

    @property
    def question(self) -> str:
        return (
            f"Create the consumer {printable(self.consumer)} in the group "
            f"{printable(self.group)} of {printable(self.stream)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        return (
            f"{printable(self.group)} lists it without pending entries. It receives none "
            "until somebody reads or claims in its name.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        names = map(from_name, (self.stream, self.group, self.consumer))
        yield Step((b"XGROUP", b"CREATECONSUMER", *names), _read)


def _read(reply: Reply) -> Sequence[Outcome]:
    if reply == 1:
        return [Outcome(None, "done")]
    return [Outcome(None, "skipped", "it exists already")]
