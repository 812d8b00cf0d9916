from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.order import in_order, matches


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5))), st.booleans())
def test_rows_without_a_key_come_last_in_either_direction(
    keys: list[int | None], descending: bool
) -> None:
    rows = list(enumerate(keys))
    ordered = in_order(rows, lambda row: row[1], descending=descending)
    assert sorted(ordered, key=lambda row: row[0]) == rows
    found = [key for _, key in ordered]
    known = [key for key in found if key is not None]
    assert known == sorted(known, reverse=descending)
    assert found == known + [None] * (len(found) - len(known))


@given(st.lists(st.integers(0, 2)), st.booleans())
def test_rows_with_equal_keys_stay_in_their_order(keys: list[int], descending: bool) -> None:
    rows = list(enumerate(keys))
    ordered = in_order(rows, lambda row: row[1], descending=descending)
    for key in range(3):
        places = [place for place, found in ordered if found == key]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("text", "needle", "found"),
    [
        ("orders:EU", "", True),
        ("orders:EU", "  ", True),
        ("orders:EU", "eu", True),
        ("orders:EU", "eu ord", True),
        ("orders:EU", "ord us", False),
        ("orders:EU", "order:", False),
        ("Straße", "STRASSE", True),
        ("a[/x]b", "[/x]", True),
        ("a.b", "a*b", False),
    ],
)
def test_a_text_matches_a_filter_if_it_contains_all_its_words(
    text: str, needle: str, found: bool
) -> None:
    assert matches(text, needle) is found
