from __future__ import annotations

import pytest

from streamtop.model.entries import Entry, PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.selection import Selection

ROW = PendingEntry(EntryId(5, 1), "w1", 200, 3, seen_at=0.0)
RELEASED = PendingEntry(EntryId(5, 1), "", -1, 3, seen_at=0.0)
ENTRY = Entry(EntryId(5, 1), ((b"order", b"7\xff"), (b"order", b"8")))


@pytest.mark.parametrize(
    ("selection", "is_meant"),
    [
        (Selection(), True),
        (Selection(idle_over_ms=199), True),
        (Selection(idle_over_ms=200), False),
        (Selection(deliveries_least=3), True),
        (Selection(deliveries_least=4), False),
        (Selection(consumer="w1"), True),
        (Selection(consumer="w"), False),
        (Selection(consumer=""), False),
        (Selection(up_to=EntryId(5, 1)), True),
        (Selection(up_to=EntryId(5, 0)), False),
        (Selection(idle_over_ms=100, deliveries_least=4), False),
        (Selection(idle_over_ms=100, deliveries_least=1, consumer="w1"), True),
    ],
)
def test_all_conditions_that_are_given_must_hold(selection: Selection, is_meant: bool) -> None:
    assert selection.admits(ROW) is is_meant


def test_a_released_entry_counts_as_idle_for_ever() -> None:
    assert Selection(idle_over_ms=10**12).admits(RELEASED)
    assert Selection(consumer="").admits(RELEASED)


@pytest.mark.parametrize(
    ("contains", "is_meant"),
    [(None, True), (b"rder", True), (b"7\xff", True), (b"\xff8", False), (b"", True)],
)
def test_a_field_or_a_value_holds_the_bytes_and_not_the_two_together(
    contains: bytes | None, is_meant: bool
) -> None:
    assert Selection(contains=contains).admits_payload(ENTRY) is is_meant


def test_an_entry_without_payload_is_meant_only_if_none_is_asked_for() -> None:
    assert Selection().admits_payload(None)
    assert not Selection(contains=b"").admits_payload(None)
    assert (Selection().needs_payload, Selection(contains=b"").needs_payload) == (False, True)
