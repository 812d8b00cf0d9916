"""What all operations share: the protocol, outcomes, receipts and commands as text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.source import Command, Source


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one entry."""

    id: EntryId
    outcome: Literal["done", "skipped", "failed"]
    reason: str | None = None
    """Why it was skipped or failed, or what came of it, in a few words."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an operation did, entry by entry."""

    verb: str
    outcomes: tuple[Outcome, ...]
    note: str | None = None
    """What else happened, if anything did."""

    def count(self, outcome: Literal["done", "skipped", "failed"]) -> int:
        """How many entries came out so."""
        return sum(each.outcome == outcome for each in self.outcomes)

    @property
    def clean(self) -> bool:
        """Whether everything was done."""
        return self.count("done") == len(self.outcomes)

    def __str__(self) -> str:
        """One sentence: 3 done, 1 skipped."""
        kinds: tuple[Literal["done", "skipped", "failed"], ...] = ("done", "skipped", "failed")
        told = [f"{self.count(kind):,} {kind}" for kind in kinds if self.count(kind)]
        return ", ".join(told) or "nothing to do"


class Operation(Protocol):
    """A change of the server that has not been made yet."""

    @property
    def verb(self) -> str:
        """The word on the button: Acknowledge."""

    @property
    def question(self) -> str:
        """What would be done to how many entries, as a question."""

    @property
    def consequences(self) -> tuple[str, ...]:
        """What follows from it, a sentence each; the important first."""

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """The entries, captured when they were marked."""

    def commands(self, now: float) -> tuple[Command, ...]:
        """Exactly what is sent if it is run at `now`, seconds of the monotonic clock."""

    async def run(self, source: Source, now: float) -> Receipt:
        """Do it.

        Raises:
            SourceError: If nothing was done, or if the connection broke on the way.
        """


@cache
def script(name: str) -> bytes:
    """The text of one of our Lua scripts, as it is sent."""
    return Path(__file__).with_name("scripts").joinpath(f"{name}.lua").read_bytes()


def entries_in_words(count: int) -> str:
    """A number of entries.

    >>> entries_in_words(1), entries_in_words(1200)
    ('1 entry', '1,200 entries')
    """
    return "1 entry" if count == 1 else f"{count:,} entries"


def held_in_words(entries: Iterable[PendingEntry]) -> str:
    """Who holds these entries, the one with the most first: `w3 (40), w1 (2)`."""
    held: dict[str, int] = {}
    for entry in entries:
        held[entry.consumer] = held.get(entry.consumer, 0) + 1
    ordered = sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [f"{printable(name) if name else '(released)'} ({count:,})" for name, count in ordered]
    return ", ".join(told[:5]) + (f" and {len(told) - 5:,} more" if len(told) > 5 else "")


def as_redis_cli(command: Command) -> str:
    r"""A command as a line that can be typed into redis-cli.

    >>> as_redis_cli((b"XACK", b"my orders", b"caf\xe9", b"1-0"))
    'XACK "my orders" "caf\\xe9" 1-0'
    """
    return " ".join(map(_quoted, command))


_BARE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/*$+@~=,")
_ESCAPES = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x22: '\\"', 0x5C: "\\\\"}


def _quoted(word: bytes) -> str:
    if word and _BARE.issuperset(word):
        return word.decode("ascii")
    body = "".join(
        _ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")
        for byte in word
    )
    return f'"{body}"'
