"""Create consumers again that were removed while they held nothing (XGROUP CREATECONSUMER)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Outcome, Params, ReversingOperation, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Reply


@dataclass(frozen=True, slots=True)
class RestoreConsumers(ReversingOperation):
    """Creates consumers again, without pending entries (Redis 6.2 and later).

    Source:
        https://redis.io/docs/latest/commands/xgroup-createconsumer/
    """

    NAME: ClassVar[OperationName] = "create-consumer"

    stream: str
    group: str
    consumers: tuple[str, ...]
    undoes: str | None

    @property
    def params(self) -> Params:
        return {"undoes": self.undoes}

    @property
    def total(self) -> int:
        return len(self.consumers)

    @property
    def question(self) -> str:
        some = "1 consumer" if self.total == 1 else f"{self.total:,} consumers"
        return (
            f"Create {some} again in the group {printable(self.group)} of {printable(self.stream)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        return (
            "Each is listed again without pending entries. Its idle time begins at 0, so for a "
            "while it looks alive.",
            "Those that exist again are skipped.",
        )

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        key = (from_name(self.stream), from_name(self.group))
        for name in self.consumers:
            command = (b"XGROUP", b"CREATECONSUMER", *key, from_name(name))
            yield Step(command, _creation_reader(printable(name)), consumers=(name,))


def _creation_reader(name: str) -> Callable[[Reply], Sequence[Outcome]]:
    def read(reply: Reply) -> Sequence[Outcome]:
        if reply == 1:
            return [Outcome(None, "done", f"{name} was created again")]
        return [Outcome(None, "skipped", f"{name} exists already")]

    return read
