"""An operation as lines for redis-cli, to be run by hand or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.operations.operation import as_redis_cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.operations.operation import Operation


def redis_cli_lines(operation: Operation, clock: Callable[[], float]) -> Iterator[str]:
    """The commands of an operation, one a line, made on demand.

    As in the operation, entries that change before the lines are run are skipped. Where a
    reply may cover only a part of a batch, each entry has its own line, because redis-cli does
    not send the rest again. A rate is not kept.

    Args:
        operation: The operation.
        clock: Seconds of the monotonic clock that entries were seen by.
    """
    for step in operation.steps(clock):
        if step.singly is None:
            yield as_redis_cli(step.command)
        else:
            yield from map(as_redis_cli, step.singly())
