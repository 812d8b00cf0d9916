"""A stream of 2,500 entries, and the browser over it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId
from tests.fakes import (
    NOW_MS,
    FakeSource,
    entries,
    snapshot,
    stream,
)

if TYPE_CHECKING:
    from streamtop.model.snapshot import Snapshot
    from tests.kit.pilot import Dashboard

MANY = 2_500
FIRST = NOW_MS - MANY + 1


def seen(length: int = MANY, last: int | None = None, added: int | None = None) -> Snapshot:
    """A look at a stream of so many entries, a millisecond apart."""
    found = stream("orders", length=length, added=added)
    assert found.edges is not None
    newest = EntryId(FIRST + length - 1 if last is None else last, 0)
    edges = replace(found.edges, last_generated_id=newest, last_entry_id=newest)
    return snapshot(replace(found, edges=edges))


def browser() -> FakeSource:
    """A stream with 2,500 entries."""
    return FakeSource(seen(), stored={"orders": entries(MANY, FIRST)})


def shown(at: Dashboard) -> list[int]:
    """The entries that are listed, by the first part of their IDs."""
    return [row.entry.id.ms for row in at.screen.entries.rows]


def chosen(at: Dashboard) -> int:
    """The entry under the cursor."""
    row = at.screen.entries.selected
    assert row is not None
    return row.entry.id.ms


async def ready(at: Dashboard, count: int = 100) -> None:
    """Go to the entries and wait for the first page."""
    await at.press("5")
    await at.until(lambda: len(shown(at)) == count)


async def go(at: Dashboard, text: str) -> None:
    """Go to a position that is typed."""
    await at.press("g")
    await at.fill(*text)


def assert_without_gaps(at: Dashboard) -> None:
    """Newest first, each one once, none left out."""
    ids = shown(at)
    assert ids == list(range(ids[0], ids[0] - len(ids), -1))
