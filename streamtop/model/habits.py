"""How long things usually take in a group, learned from what was seen to end well."""

from __future__ import annotations

from dataclasses import dataclass

SHORT_MS = 10_000
"""A duration that is learned at once."""
LONGEST_MS = 900_000
"""A longer duration is a breakdown, not a habit."""
_OUTLIER = 5
"""One duration so many times shorter than the time watched before it proves no habit."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The longest durations, in milliseconds, that are usual for a group; 0 while unknown."""

    waiting_ms: int = 0
    """Between two deliveries while entries waited: a consumer that reads in batches."""
    working_ms: int = 0
    """Without an acknowledgement while entries were pending: a batch, or a slow handler."""
    pending_ms: int = 0
    """From the delivery of the oldest pending entry until it was acknowledged."""
    retry_ms: int = 0
    """From its delivery until a pending entry was delivered again, and then acknowledged."""
    renewal_ms: int = 0
    """Between two renewals of a pending entry's idle time by its holder: a heartbeat."""
    completed: bool = False
    """Whether an acknowledgement was ever seen."""


NO_HABITS = Habits()


class Habit:
    """The longest usual duration of one kind.

    A long duration counts at once while little was seen before it: the first cycle of a batch.
    After a long time without anything like it, it is a breakdown until it happens again.
    """

    __slots__ = ("_once", "longest_ms")

    def __init__(self) -> None:
        self.longest_ms = 0
        self._once = 0

    def learn(self, took_ms: int, watched_ms: int) -> None:
        """Take in how long it took, after the group had been watched for some time."""
        if took_ms <= self.longest_ms or took_ms > LONGEST_MS:
            return
        first = watched_ms - took_ms < _OUTLIER * took_ms
        if took_ms <= SHORT_MS or first or 2 * self._once >= took_ms:
            self.longest_ms = took_ms
        else:
            self._once = max(self._once, took_ms)
