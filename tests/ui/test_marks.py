from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations.acknowledge import Acknowledge
from streamtop.ui.widgets import marks as module
from streamtop.ui.widgets.marks import Marks
from tests.fakes import pending_entries

if TYPE_CHECKING:
    from streamtop.model.entries import PendingEntry

ROWS = pending_entries(8)
_numbers = st.sets(st.integers(0, len(ROWS) - 1))
_actions = st.lists(
    st.tuples(st.just("toggle"), st.integers(0, len(ROWS) - 1).map(lambda number: {number}))
    | st.tuples(st.sampled_from(["replace", "clear"]), _numbers)
)


def some(numbers: set[int]) -> PendingEntries:
    """Those entries, by ID."""
    return PendingEntries(ROWS[number] for number in sorted(numbers))


@pytest.mark.parametrize("few", [0, 100])
@given(actions=_actions, done=_numbers, reached=st.integers(0, len(ROWS)))
async def test_marks_one_by_one_and_in_bulk_are_a_set_of_entries(
    few: int, actions: list[tuple[str, set[int]]], done: set[int], reached: int
) -> None:
    marks: Marks[PendingEntry] = Marks(lambda row: row.id, lambda row: row)
    expected = set[int]()
    for action, numbers in actions:
        if action == "toggle":
            expected ^= numbers
            marks.toggle(ROWS[min(numbers)])
        elif action == "replace":
            expected = set(numbers)
            marks.replace(some(numbers))
        else:
            expected.clear()
            marks.clear()
        check(marks, expected)
    operation = Acknowledge("orders", "billing", some(done))
    with patch.object(module, "FEW", few):
        await marks.remove_reached(operation, min(reached, operation.total))
    check(marks, expected - set(sorted(done)[:reached]))


def check(marks: Marks[PendingEntry], expected: set[int]) -> None:
    """Exactly the expected entries are marked and chosen; without any the selected one is."""
    assert len(marks) == len(expected)
    assert {number for number, row in enumerate(ROWS) if row in marks} == expected
    chosen = some(expected or {3})
    assert marks.chosen_pending(ROWS[3]).ids == chosen.ids
    assert list(marks.chosen_ids(ROWS[3])) == chosen.ids
    assert bool(marks.chosen_ids(None)) == bool(expected)
