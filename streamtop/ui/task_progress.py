"""The progress of a task that can be watched and stopped."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtop import figures

if TYPE_CHECKING:
    from streamtop.operations import Progress


@dataclass
class TaskProgress:
    """How far a task on many entries has come."""

    title: str
    what: str
    """The task in words."""
    total: int
    """Entries in all; 0 if unknown."""
    reached: int = 0
    found: int | None = None
    """Entries that matched, of those reached; `None` if nothing is searched for."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.monotonic)

    def reach(self, progress: Progress) -> None:
        """Take over the progress of an operation."""
        self.reached = progress.reached

    def look_at(self, looked_at: int, found: int) -> None:
        """Take over the progress of a search."""
        self.reached, self.found = looked_at, found

    @property
    def summary(self) -> str:
        """Entries reached, the rate, and the time left."""
        seconds = time.monotonic() - self.began
        of = f" of {self.total:,}" if self.total else ""
        parts = [f"{self.reached:,}{of} entries"]
        if self.found is not None:
            parts.append(f"{self.found:,} found")
        if self.reached and seconds > 0:
            rate = self.reached / seconds
            parts.append(f"{figures.rate(rate)} a second")
            if self.reached < self.total:
                left = (self.total - self.reached) / rate
                parts.append(f"{figures.duration(max(1000, left * 1000))} left")
        return "   ".join(parts)
