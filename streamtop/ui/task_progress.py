"""What goes on for a while, can be watched, and can be stopped."""

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
    """Work on many entries, as far as it has come."""

    title: str
    what: str
    """What is being done, as a sentence."""
    total: int
    """Entries to be reached; 0 where nobody knows."""
    reached: int = 0
    found: int | None = None
    """Of those that were reached, the ones that are meant; `None` where all are."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.monotonic)

    def reach(self, progress: Progress) -> None:
        """An operation has come so far."""
        self.reached = progress.reached

    def look_at(self, looked_at: int, found: int) -> None:
        """So many were looked at, and so many of them are meant."""
        self.reached, self.found = looked_at, found

    @property
    def told(self) -> str:
        """How far it is, how fast it goes, and how long it will go on."""
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
