"""Steps about a whole: a group, a consumer or a stream, not its entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId
from streamtop.model.text import printable_bytes
from streamtop.operations.operation import Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.source import Command, Reply

SLOW_TO_FREE = 100_000
"""Pending entries from which freeing them at once is noticed by the server's other clients."""

WHY_SKIPPED = {
    b"exists": "it exists already",
    b"gone": "it is gone already",
    b"moved": "it stands at {0} by now: it was read from, or set",
    b"passed": "it stands at {0} by now, on the other side of where it was to go",
    b"holds": "its pending entries are {0} by now, more than were shown",
    b"grew": "its entries are {0} by now, more than were shown",
    b"group": "the group {0} was created meanwhile",
    b"nobody": "no group reads it any more, so nothing tells what is still needed",
    b"unread": "{0} has not read past {1}",
    b"pending": "{0} still has {1} pending",
}
"""Why scripts leave a whole alone, by the word they say it with."""


def whole_step(command: Command) -> Step:
    """A step about a whole, answered for by one row of a script's reply."""
    return Step(command, lambda reply: [whole_outcome(reply)])


def position_step(command: Command) -> Step:
    """A step that gives a group a position: the outcome's ID is where it stands then."""

    def read(reply: Reply) -> Sequence[Outcome]:
        match reply:
            case [b"done", bytes(position)]:
                told = printable_bytes(position)
                return [Outcome(EntryId.parse(position), "done", f"it stands at {told} now")]
            case _:
                return [whole_outcome(reply)]

    return Step(command, read)


def whole_outcome(reply: Reply) -> Outcome:
    """The outcome of a row: `done`, or `skipped` and why.

    >>> whole_outcome([b"skipped", b"pending", b"audit", b"4-0"]).reason
    'audit still has 4-0 pending'
    """
    match reply:
        case [b"done", *_]:
            return Outcome(None, "done")
        case [b"skipped", bytes(why), *words] if why in WHY_SKIPPED:
            told = [printable_bytes(word) for word in words if isinstance(word, bytes)]
            return Outcome(None, "skipped", WHY_SKIPPED[why].format(*told))
        case _:
            return Outcome(None, "failed", "the server gave no answer that is known")


def slow_to_free(pending: int) -> tuple[str, ...]:
    """What so many pending entries mean for the server when they are freed at once.

    Source:
        Measured: 0.1 s (Redis 6.2) to 0.6 s (Redis 8.10) for a million.
    """
    if pending <= SLOW_TO_FREE:
        return ()
    return (
        f"The server answers nobody while it frees {pending:,} pending entries: up to about "
        "a second for each million.",
    )
