"""Every write as a value: the commands it sends, its consequences, and its receipt.

An operation is shown, confirmed and only then run, by `apply`; what is shown is what is sent.
There is one file for each operation, and one row in the catalogue.
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
