"""An operation as lines for redis-cli, to be run by hand or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.operations.operation import as_redis_cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.operations.operation import Operation


def redis_cli_lines(operation: Operation, clock: Callable[[], float]) -> Iterator[str]:
    """Everything that the operation would send, a command a line, made as it is asked for.

    Entries that move before the lines are run are left alone, as by the operation itself.
    Where one command may do a part of a batch only, each entry has a line of its own, since
    nobody will send the rest again. A rate is not kept.

    Args:
        operation: What is to be done.
        clock: Seconds of the monotonic clock that entries were seen by.
    """
    for step in operation.steps(clock):
        if step.singly is None:
            yield as_redis_cli(step.command)
        else:
            yield from map(as_redis_cli, step.singly())
