from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.entry_search import search
from streamtop.model.ids import EntryId
from tests.fakes import FakeSource, entry

if TYPE_CHECKING:
    from streamtop.model.entries import Entry
    from streamtop.source import Direction

NUMBERS = st.integers(1, 40)


@given(
    present=st.sets(NUMBERS, max_size=30),
    wanted=st.sets(NUMBERS),
    first=st.none() | NUMBERS,
    last=st.none() | NUMBERS,
    page=st.integers(1, 7),
    direction=st.sampled_from(["oldest_first", "newest_first"]),
)
async def test_a_search_finds_what_a_walk_over_all_entries_finds(
    present: set[int],
    wanted: set[int],
    first: int | None,
    last: int | None,
    page: int,
    direction: Direction,
) -> None:
    stored = [entry(number, (b"n", b"%d" % number)) for number in sorted(present)]
    source = FakeSource(stored={"orders": stored})
    forward = direction == "oldest_first"

    def is_wanted(each: Entry) -> bool:
        return each.id.ms in wanted

    found: list[Entry] = []
    read = 0
    async for searched in search(
        source,
        "orders",
        is_wanted,
        direction=direction,
        beyond=_before(first, forward) if first is not None else None,
        until=EntryId(last, 0) if last is not None else None,
        page=page,
    ):
        found += searched.found
        assert searched.entries >= read
        read = searched.entries

    inside = [
        each
        for each in (stored if forward else reversed(stored))
        if (first is None or (each.id.ms >= first if forward else each.id.ms <= first))
        and (last is None or (each.id.ms <= last if forward else each.id.ms >= last))
    ]
    assert found == [each for each in inside if is_wanted(each)]
    assert read == len(inside)


def _before(number: int, forward: bool) -> EntryId | None:
    edge = EntryId(number, 0)
    return edge.previous() if forward else edge.next()


async def test_a_search_that_is_left_asks_for_no_further_page() -> None:
    source = FakeSource(stored={"orders": [entry(number) for number in range(1, 100)]})
    pages = search(source, "orders", lambda each: True, page=10)
    assert len((await anext(pages)).found) == 10
    await pages.aclose()
    assert source.asked == ["entries"]


async def test_a_missing_stream_ends_a_search_at_once() -> None:
    [searched] = [each async for each in search(FakeSource(), "none", lambda each: True)]
    assert (searched.found, searched.entries, searched.at, searched.complete) == ((), 0, None, True)


@pytest.mark.parametrize("count", [0, 1, 25])
async def test_a_search_reports_its_progress(count: int) -> None:
    stored = [entry(number, (b"n", b"12345")) for number in range(1, count + 1)]
    source = FakeSource(stored={"orders": stored})
    told = [
        (each.entries, each.octets)
        async for each in search(source, "orders", lambda each: False, page=10)
    ]
    assert told[-1] == (count, count * 6)
