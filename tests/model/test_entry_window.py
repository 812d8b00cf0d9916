from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model import entry_window
from streamtop.model.edges import Edges
from streamtop.model.entries import Entry, EntryPage
from streamtop.model.entry_window import EntryWindow, around, from_newest, from_oldest
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.tail import Tail

if TYPE_CHECKING:
    from streamtop.source import Direction


def entry(number: int, size: int = 1) -> Entry:
    return Entry(EntryId(number, 0), ((b"", b"x" * size),))


def page(numbers: list[int], direction: Direction, beyond: int | None, count: int) -> EntryPage:
    """What a source answers."""
    newest_first = direction == "newest_first"
    left = [
        number
        for number in sorted(numbers, reverse=newest_first)
        if beyond is None or (number < beyond if newest_first else number > beyond)
    ]
    return EntryPage(tuple(map(entry, left[:count])), complete=len(left) <= count)


moves = st.lists(st.sampled_from(["older", "newer", "newest", "oldest", "around"]), max_size=12)


@given(
    st.sets(st.integers(1, 60)), moves, st.integers(1, 9), st.integers(1, 60), st.integers(2, 15)
)
def test_a_window_is_a_part_of_the_stream_without_gaps(
    present: set[int], plan: list[str], count: int, place: int, most: int
) -> None:
    numbers = sorted(present)
    loaded = from_newest(page(numbers, "newest_first", None, count))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(entry_window, "MOST", max(most, 2 * count))
        for move in plan:
            loaded = _moved(loaded, move, numbers, count, place)
            ids = [each.id.ms for each in loaded.entries]
            if not ids:
                assert move == "around" or not numbers
                continue
            inside = [number for number in numbers if ids[-1] <= number <= ids[0]]
            assert ids == inside[::-1]
            assert loaded.at_newest == (ids[0] == numbers[-1])
            assert loaded.at_oldest == (ids[-1] == numbers[0])
            assert len(ids) <= max(most, 2 * count)


def _moved(
    loaded: EntryWindow, move: str, numbers: list[int], count: int, place: int
) -> EntryWindow:
    if move == "newest":
        return from_newest(page(numbers, "newest_first", None, count))
    if move == "oldest":
        return from_oldest(page(numbers, "oldest_first", None, count))
    if move == "around":
        older = page(numbers, "newest_first", place + 1, count)
        return around(older, page(numbers, "oldest_first", place, count))
    if not loaded.entries:
        return loaded
    if move == "older":
        return loaded.older(page(numbers, "newest_first", loaded.entries[-1].id.ms, count))
    return loaded.newer(page(numbers, "oldest_first", loaded.entries[0].id.ms, count))


def test_bytes_are_bounded_and_one_entry_is_kept_however_large() -> None:
    huge = entry(5, entry_window.MOST_BYTES + 1)
    loaded = from_newest(EntryPage((entry(6),), complete=False))
    loaded = loaded.older(EntryPage((huge,), complete=False))
    assert [each.id.ms for each in loaded.entries] == [5]
    assert not loaded.at_newest


EDGES = Edges(0, ZERO, None, None, 0, None)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 5)), max_size=8),
    st.integers(0, 100),
)
def test_entries_skipped_by_a_live_view_are_counted(
    steps: list[tuple[int, int, int]], before: int
) -> None:
    """Add entries, show some of them at the newest end, and then look."""
    tail = Tail()
    tail.begin(replace(EDGES, entries_added=before, last_generated_id=EntryId(before, 0)))
    added = last = before
    expected = 0
    shown: list[EntryId] = []
    for more, seen, late in steps:
        added += more
        looked = replace(EDGES, entries_added=added, last_generated_id=EntryId(added, 0))
        newest = max((each.ms for each in shown), default=before)
        fresh = [
            EntryId(n, 0) for n in range(max(newest, added + late - seen) + 1, added + late + 1)
        ]
        added += late
        tail.show(fresh)
        shown += fresh
        newest = max((each.ms for each in shown), default=0)
        if newest >= last:
            expected = sum(EntryId(n, 0) not in shown for n in range(before + 1, last + 1))
        assert tail.skipped == expected
        last = looked.last_generated_id.ms
        tail.look(looked)
        if newest >= last:
            expected = sum(EntryId(n, 0) not in shown for n in range(before + 1, last + 1))
        assert tail.skipped == expected


def test_skipped_entries_are_unknown_where_the_server_does_not_count() -> None:
    tail = Tail()
    tail.begin(replace(EDGES, entries_added=None))
    tail.look(replace(EDGES, entries_added=None))
    assert tail.skipped == 0
    tail.jumped = True
    tail.look(replace(EDGES, entries_added=None))
    assert tail.skipped is None
