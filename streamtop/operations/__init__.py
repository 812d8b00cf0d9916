"""Every write as a value: what it sends, what follows, and what came of it.

An operation is made from what was seen, shown, confirmed, and only then run by `apply`, the
one way for all. What is shown and what is sent are the same words. One file an operation.
"""

from streamtop.operations.apply import Log, NoLog, Progress, UnrecordedError, apply
from streamtop.operations.operation import Operation, Outcome, Receipt, Step, as_redis_cli

__all__ = [
    "Log",
    "NoLog",
    "Operation",
    "Outcome",
    "Progress",
    "Receipt",
    "Step",
    "UnrecordedError",
    "apply",
    "as_redis_cli",
]
