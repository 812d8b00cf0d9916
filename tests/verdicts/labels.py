"""What the laboratory knows to be true of a situation, and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

RED = frozenset({"loss", "stalled", "stuck", "poison", "orphaned", "unrecovered"})
"""Verdicts that wake somebody: never on what is healthy."""
QUIET = frozenset({"ok", "warming_up", "slow", "unknown"})
"""Verdicts that may always stand on what is healthy."""
NAMED_WITHIN = 90.0
"""Seconds within which trouble is named, from when it can be known."""
LINGERS = 90.0
"""Seconds for which it may stay named after its end."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something is wrong with a group. Times are seconds since the world began."""

    group: tuple[str, str]
    kinds: frozenset[str]
    """The verdicts that name it."""
    began: float
    """From then on those verdicts are no false alarms."""
    known: float
    """From then on looks each two seconds show enough to name it."""
    until: float = inf
    """Until then it must stay named."""
    may_until: float = inf
    """Until then it may stay named."""

    def allows(self, at: float) -> bool:
        """Whether its verdicts may stand at a time."""
        return self.began <= at <= self.may_until

    def demands(self, at: float) -> bool:
        """Whether one of its verdicts must stand at a time."""
        return self.known + NAMED_WITHIN <= at <= self.until
