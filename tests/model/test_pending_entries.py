from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries, PendingOrder

_rows = st.lists(
    st.builds(
        PendingEntry,
        id=st.builds(EntryId, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)),
        consumer=st.sampled_from(["w1", "w2", "", "caf\udce9"]),
        idle_ms=st.integers(-1, 2**62),
        deliveries=st.integers(0, 2**63 - 1),
        seen_at=st.sampled_from([0.0, 1.5, 2.5]),
    ),
    max_size=12,
)


@given(rows=_rows, start=st.integers(-14, 14), end=st.integers(-14, 14))
def test_the_rows_come_out_as_they_went_in(rows: list[PendingEntry], start: int, end: int) -> None:
    held = PendingEntries(rows)
    assert list(held) == rows
    assert held[start:end] == tuple(rows[start:end])
    assert held[start:end:3] == tuple(rows[start:end:3])
    assert held.ids == [row.id for row in rows]
    assert len(held) == len(rows)
    names = [row.consumer for row in rows]
    assert held.by_consumer == {name: names.count(name) for name in names}
    for index in range(-len(rows), len(rows)):
        assert held[index] == rows[index]
    with pytest.raises(IndexError):
        held[len(rows)]


def test_a_million_rows_fit_into_60_mb() -> None:
    pages = [
        [PendingEntry(EntryId(0, 0), f"w{n % 50}", n, 1, float(page)) for n in range(500)]
        for page in range(4)
    ]
    tracemalloc.start()
    try:
        held = PendingEntries()
        for _ in range(5):
            for page in pages:
                for row in page:
                    held.add(row)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # a hundredth of them, in pages as they are read
    assert len(held) == 10_000
    assert used * 100 < 60_000_000


@given(rows=_rows, most=st.integers(0, 14), descending=st.booleans())
@pytest.mark.parametrize("order", ["id", "consumer", "idle", "deliveries"])
def test_the_foremost_are_the_first_of_the_sorted_ones_lowest_id_first(
    rows: list[PendingEntry], order: PendingOrder, most: int, descending: bool
) -> None:
    name = {"idle": "idle_ms"}.get(order, order)
    ordered = sorted(rows, key=lambda row: getattr(row, name), reverse=descending)
    foremost = PendingEntries(rows).foremost(order, most, descending=descending)
    assert foremost == sorted(ordered[:most], key=lambda row: row.id)
