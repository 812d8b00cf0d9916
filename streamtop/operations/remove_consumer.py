"""Remove a consumer (XGROUP DELCONSUMER)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.text import from_name, printable
from streamtop.operations.operation import Params, Step, script
from streamtop.operations.whole_steps import slow_to_free, whole_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.ids import EntryId


@dataclass(frozen=True, slots=True)
class RemoveConsumer:
    """Removes a consumer from a group, and whatever it holds from the pending entries list.

    One that holds more by then than was shown is left alone, in the same atomic step.

    Source:
        https://redis.io/docs/latest/commands/xgroup-delconsumer/
    """

    needs: ClassVar[tuple[str, ...]] = ("EVAL", "XGROUP DELCONSUMER", "XINFO CONSUMERS")
    total: ClassVar[int] = 1
    ids: ClassVar[Sequence[EntryId]] = ()

    stream: str
    group: str
    consumer: str
    holds: int = 0
    """How many entries it has pending."""
    undoes: str | None = None
    """The operation that is undone: the consumer's creation."""

    @property
    def name(self) -> str:
        """Its word."""
        return "remove-consumer" if self.undoes is None else "undo"

    @property
    def verb(self) -> str:
        """The word on the button."""
        return "Remove" if self.undoes is None else "Undo"

    @property
    def typed(self) -> str | None:
        """The consumer's name where it holds entries."""
        return self.consumer if self._most else None

    @property
    def params(self) -> Params:
        """Its name, and what it held."""
        told: Params = {"consumer": self.consumer, "holds": self._most}
        return told if self.undoes is None else {**told, "undoes": self.undoes}

    @property
    def question(self) -> str:
        """What would be done."""
        return (
            f"Remove the consumer {printable(self.consumer)} from the group "
            f"{printable(self.group)} of {printable(self.stream)}?"
        )

    @property
    def consequences(self) -> tuple[str, ...]:
        """What follows."""
        if not self._most:
            return (
                "It holds nothing, so nothing is lost; should it hold entries by then, it stays.",
                "A process that still reads in its name brings it back.",
            )
        entries, they = f"{self._most:,} pending entries", "they are"
        if self._most == 1:
            entries, they = "1 pending entry", "it is"
        return (
            f"It holds {entries}: with it {they} lost from the group, never acknowledged and "
            f"never delivered to {printable(self.group)} again. Hand over first: that loses none.",
            *slow_to_free(self._most),
            "Should it hold more by then, it is left alone.",
        )

    @property
    def _most(self) -> int:
        """How many entries it may hold by then."""
        return self.holds if self.undoes is None else 0

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        """One script."""
        names = map(from_name, (self.stream, self.group, self.consumer))
        head = (b"EVAL", script("remove_consumer"), b"1")
        yield whole_step((*head, *names, b"%d" % self._most))
