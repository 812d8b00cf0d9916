from __future__ import annotations

import shlex
import time
from itertools import islice
from typing import TYPE_CHECKING

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.operation import as_redis_cli
from streamtop.operations.redis_cli import redis_cli_lines
from streamtop.operations.replay import Replay
from tests.fakes import pending_entries

if TYPE_CHECKING:
    from streamtop.operations import Operation


def lines(operation: Operation) -> list[str]:
    return list(redis_cli_lines(operation, time.monotonic))


def test_each_command_is_a_line() -> None:
    operation = Acknowledge("my\norders", "b\x00", PendingEntries(pending_entries(250)))
    told = lines(operation)
    assert len(told) == 3
    assert all(line.isascii() and line.isprintable() for line in told)
    assert [shlex.split(line)[-3] for line in told] == [
        str(operation.ids[at]) for at in (99, 199, 249)
    ]


def test_lines_are_made_as_they_are_asked_for() -> None:
    operation = Claim("orders", "billing", "w2", PendingEntries(pending_entries(250)))
    made = 0

    def clock() -> float:
        nonlocal made
        made += 1
        return time.monotonic()

    assert len(list(islice(redis_cli_lines(operation, clock), 1))) == 1
    assert made == 1


def test_a_command_that_may_do_a_part_only_is_a_line_for_each_entry() -> None:
    rows = pending_entries(120)
    told = lines(Replay("orders", "copies", PendingEntries(rows), acknowledge="billing"))
    assert [shlex.split(line)[-3] for line in told] == [str(row.id) for row in rows]
    told = lines(Replay("orders", "copies", tuple(row.id for row in rows), rate=10))
    assert [line.split()[-1] for line in told] == [str(row.id) for row in rows]


def test_lines_hold_the_same_words_as_the_commands() -> None:
    operation = Acknowledge("orders", "billing", PendingEntries(pending_entries(2)))
    [step] = operation.steps(lambda: 0.0)
    assert list(redis_cli_lines(operation, lambda: 0.0)) == [as_redis_cli(step.command)]
