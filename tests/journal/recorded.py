"""Records of operations that were never run, at a time of our choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from streamtop.journal.past_operations import (
    PastOperation,
    read_operations,
)
from streamtop.journal.writer import Journal
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import Receipt
from streamtop.operations.claim import Claim
from streamtop.operations.operation import Step
from tests.fakes import SERVER, pending_entries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamtop.model.entries import PendingEntry
    from streamtop.source import SourceError


WHOLE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROWS = [replace(row, seen_at=0.0) for row in pending_entries(3)]
IDS = [row.id for row in ROWS]
CLAIM = Claim("orders", "billing", "rescuer", PendingEntries(ROWS))


@dataclass
class Clocks:
    """The time of day and the monotonic clock, both standing."""

    wall: float = 1_795_250_000.0
    monotonic: float = 100.0


def a_journal(path: Path, clocks: Clocks | None = None) -> Journal:
    at = clocks or Clocks()
    return Journal(path, SERVER, wall=lambda: at.wall, clock=lambda: at.monotonic)


def a_new_file(folder: Path) -> Path:
    """A file that no example before this one wrote to."""
    path = folder / "journal.jsonl"
    path.unlink(missing_ok=True)
    return path


def a_step(seen: Sequence[PendingEntry]) -> Step:
    return Step((b"EVAL",), lambda _: (), [row.id for row in seen], seen)


def a_receipt(operation_id: str, error: SourceError | None = None, **counts: int) -> Receipt:
    done, skipped, left = (counts.get(word, 0) for word in ("done", "skipped", "left"))
    return Receipt("claim", "Claim", operation_id, done, skipped, 0, left, (), error=error)


def only(path: Path) -> PastOperation:
    [done] = read_operations(path).operations
    return done


def ids_of(done: Sequence[PastOperation]) -> list[str]:
    return [each.id for each in done]
