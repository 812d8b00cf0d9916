"""Remove a consumer (XGROUP DELCONSUMER)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Params, ReversingOperation, Step, script
from streamtop.operations.whole_steps import slow_to_free, whole_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.operations.catalogue import OperationName


@dataclass(frozen=True, slots=True)
class RemoveConsumer(ReversingOperation):
    """Removes a consumer from a group, with all entries that it has pending.

    A consumer that holds more than was shown is skipped, in the same atomic step.

    Source:
        https://redis.io/docs/latest/commands/xgroup-delconsumer/
    """

    NAME: ClassVar[OperationName] = "remove-consumer"

    stream: str
    group: str
    consumer: str
    holds: int = 0
    """The number of entries it has pending."""
    undoes: str | None = None
    """The operation that is undone: the consumer's creation."""

    @property
    def typed(self) -> str | None:
        return self.consumer if self._most else None

    @property
    def params(self) -> Params:
        told: Params = {"consumer": self.consumer, "holds": self._most}
        return told if self.undoes is None else {**told, "undoes": self.undoes}

    @property
    def question(self) -> str:
        return (
            f"Remove the consumer {printable(self.consumer)} from the group "
            f"{printable(self.group)} of {printable(self.stream)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        if not self._most:
            return (
                "It holds nothing, so nothing is lost. If it holds entries when you confirm, it "
                "stays.",
                "A process that still reads in its name creates it again.",
            )
        entries, they = f"{self._most:,} pending entries", "they are"
        if self._most == 1:
            entries, they = "1 pending entry", "it is"
        return (
            f"It holds {entries}: {they} lost with it, never acknowledged and never "
            f"delivered to {printable(self.group)} again. To lose none, hand them over first.",
            *slow_to_free(self._most),
            "If it holds more when you confirm, it stays.",
        )

    @property
    def _most(self) -> int:
        """The number of entries it may hold when it is removed."""
        return self.holds if self.undoes is None else 0

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        names = map(from_name, (self.stream, self.group, self.consumer))
        head = (b"EVAL", script("remove_consumer"), b"1")
        yield whole_step((*head, *names, b"%d" % self._most))
