"""Steps about a group, a consumer or a stream as a whole, not its entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId
from streamtop.model.text import printable_bytes
from streamtop.operations.operation import Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.source import Command, Reply

SLOW_TO_FREE = 100_000
"""The number of pending entries above which freeing them delays other clients."""

WHY_SKIPPED = {
    b"exists": "it exists already",
    b"gone": "it is gone already",
    b"moved": "it is at {0} now: it was read from, or moved",
    b"passed": "it is at {0} now, beyond the new position",
    b"holds": "it has {0} pending entries now, more than were shown",
    b"grew": "it has {0} entries now, more than were shown",
    b"group": "the group {0} was created meanwhile",
    b"nobody": "it has no groups any more, so it is unknown what is still needed",
    b"unread": "{0} has not read past {1}",
    b"pending": "{0} still has {1} pending",
}
"""The reasons for which scripts skip a whole, by their codes."""


def whole_step(command: Command) -> Step:
    """A step about a whole, whose reply is one row."""
    return Step(command, lambda reply: [whole_outcome(reply)])


def position_step(command: Command) -> Step:
    """A step that gives a group a position, which is the outcome's ID."""

    def read(reply: Reply) -> Sequence[Outcome]:
        match reply:
            case [b"done", bytes(position)]:
                told = printable_bytes(position)
                return [Outcome(EntryId.parse(position), "done", f"it is at {told} now")]
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
            return Outcome(None, "failed", "the server gave an unknown answer")


def slow_to_free(pending: int) -> tuple[str, ...]:
    """How freeing so many pending entries at once affects the server.

    Source:
        Measured: 0.1 s (Redis 6.2) to 0.6 s (Redis 8.10) for a million.
    """
    if pending <= SLOW_TO_FREE:
        return ()
    return (
        f"The server is blocked while it frees {pending:,} pending entries: up to a second for "
        "each million.",
    )
