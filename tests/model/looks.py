"""Snapshots for a History: one stream with one group, seen repeatedly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.model.history import History
from tests.fakes import NOW_MS, SERVER, snapshot, stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.observed_changes import ObservedChanges
    from streamtop.model.snapshot import Group, ServerInfo, Snapshot, Stream


def look_at(
    *streams: Stream,
    at: float,
    server: ServerInfo = SERVER,
    time_ms: int | None = None,
    seconds: float = 0.0,
) -> Snapshot:
    """A snapshot of streams, `at` seconds on both clocks, from a look that took `seconds`."""
    seen = snapshot(*streams, server=server, at=at)
    cost = replace(seen.cost, seconds=seconds)
    return replace(seen, time_ms=NOW_MS + int(at * 1000) if time_ms is None else time_ms, cost=cost)


def look_at_group(seen: Group, at: float, server: ServerInfo = SERVER) -> Snapshot:
    """A snapshot of a stream `s` with this group only."""
    return look_at(stream("s", seen), at=at, server=server)


def watched(looks: Iterable[tuple[float, Group]], server: ServerInfo = SERVER) -> History:
    """A history of the group of stream `s`, by times and states."""
    history = History()
    for at, seen in looks:
        history.add(look_at_group(seen, at, server))
    return history


def changes_of(history: History, name: str = "g") -> ObservedChanges:
    """The changes of the group of stream `s`."""
    changes = history.changes("s", name)
    assert changes is not None
    return changes
