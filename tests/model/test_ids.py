from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import ZERO, EntryId, age_ms, looks_like_time

_LARGEST = 2**64 - 1
_parts = st.one_of(
    st.integers(0, 3), st.integers(0, _LARGEST), st.sampled_from([_LARGEST, _LARGEST - 1])
)
_ids = st.builds(EntryId, _parts, _parts)
NOW_MS = 1_769_860_800_123


@given(_ids)
def test_an_id_is_the_same_after_it_was_written_and_read_again(entry_id: EntryId) -> None:
    assert EntryId.parse(str(entry_id)) == entry_id
    assert EntryId.parse(bytes(entry_id)) == entry_id
    assert bytes(entry_id).decode() == str(entry_id)


@given(_ids, _ids)
def test_ids_are_ordered_by_time_and_then_by_sequence(one: EntryId, other: EntryId) -> None:
    assert (one < other) == ((one.ms, one.seq) < (other.ms, other.seq))
    assert (one == other) == (str(one) == str(other))


@given(_ids.filter(lambda entry_id: entry_id != (_LARGEST, _LARGEST)), _ids)
def test_nothing_fits_between_an_id_and_the_next(entry_id: EntryId, other: EntryId) -> None:
    following = entry_id.next()
    assert entry_id < following
    assert following.previous() == entry_id
    assert other <= entry_id or other >= following


@given(_ids)
def test_the_id_before_has_this_one_as_its_next(entry_id: EntryId) -> None:
    before = entry_id.previous()
    if entry_id == ZERO:
        assert before is None
    else:
        assert before is not None
        assert before < entry_id
        assert before.next() == entry_id


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "-1", "x", "1-x", "1-2-3", " 1-0", "1-0 ", "+1-0", "1_0-0", "٣-0", "1-٣"),
        *("$", ">", "18446744073709551616-0", "0-18446744073709551616", "9" * 10_000),
    ],
)
def test_other_texts_are_refused_with_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"ID|digits"):
        EntryId.parse(text)
    with pytest.raises(ValueError, match=r"ID|digits"):
        EntryId.parse(text.encode())


@given(st.binary(max_size=12))
def test_any_bytes_are_an_id_or_a_value_error(raw: bytes) -> None:
    try:
        parsed = EntryId.parse(raw)
    except ValueError:
        return
    assert int(raw.partition(b"-")[0]) == parsed.ms


@pytest.mark.parametrize(
    ("entry_id", "age"),
    [
        (EntryId(NOW_MS - 5_000, 7), 5_000),
        (EntryId(NOW_MS, 0), 0),
        (EntryId(NOW_MS + 1_000, 0), 0),
        (EntryId(NOW_MS + 2 * 86_400_000, 0), None),
        (EntryId(1, 0), None),
        (ZERO, None),
        (None, None),
    ],
)
def test_only_an_id_that_can_be_a_time_has_an_age(
    entry_id: EntryId | None, age: int | None
) -> None:
    assert age_ms(entry_id, NOW_MS) == age
    assert age_ms(entry_id, None) is None


@given(_ids, st.integers(1_262_304_000_000, 2**53))
def test_an_age_is_never_negative(entry_id: EntryId, now_ms: int) -> None:
    age = age_ms(entry_id, now_ms)
    assert (age is not None) == looks_like_time(entry_id, now_ms)
    assert age is None or age >= 0
