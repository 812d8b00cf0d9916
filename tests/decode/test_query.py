from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.decode import SlowQueryError
from streamtop.decode.query import query
from tests.fakes import entry

ORDER = json.dumps({"id": 7, "customer": {"name": "Zoë"}, "lines": [{"sku": "a1", "n": 2}]})
PLAIN = entry(1, (b"payload", ORDER.encode()))
PACKED = entry(2, (b"payload", gzip.compress(ORDER.encode())))
FIELDS = entry(3, (b"tenant", b"blue"), (b"Note", b"red ball"))


@pytest.mark.parametrize("sample", [PLAIN, PACKED], ids=["plain", "packed"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zoë a1", True),
        ("a1 ZOË", True),
        ("zoe", False),
        ("", True),
        ("/sku.{1,6}a[0-9]/", True),
        ("/SKU/", False),
        ("/SKU/i", True),
        ("/^nothing$/", False),
        ("id=7", True),
        ("id = 7", True),
        ("id=8", False),
        ("id!=8", True),
        ("id!=7", False),
        ("absent!=7", False),
        ("$.customer.name", True),
        ("$.customer.name=Zoë", True),
        ("$.customer.name=='Zoë'", True),
        ("$.customer.name=x", False),
        ("$..sku=a1", True),
        ("$.lines[?@.n > 1]", True),
        ("$.lines[?@.n > 2]", False),
        ("$.lines[?@.sku == 'a1']", True),
        ("$.absent", False),
    ],
)
def test_entries_are_found_by_what_is_in_them(sample: object, text: str, found: bool) -> None:
    assert query(text).matches(sample) is found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [("tenant=blue", True), ("note=red ball", True), ("tenant=red", False), ("4-0", False)],
)
def test_fields_are_found_by_their_value(text: str, found: bool) -> None:
    assert query(text).matches(FIELDS) is found


def test_an_entry_is_found_by_its_id() -> None:
    assert query(str(FIELDS.id)).matches(FIELDS)


@pytest.mark.parametrize(
    ("text", "why"),
    [("/(/", "invalid regular expression"), ("$.a[", "invalid JSON path"), ("$.", "invalid JSON")],
)
def test_an_invalid_query_is_explained_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as raised:
        query(text)
    assert "\n" not in str(raised.value)


def test_an_expression_that_takes_too_long_is_stopped() -> None:
    sample = entry(1, (b"a", b"a" * 60 + b"b"))
    with pytest.raises(SlowQueryError, match="takes too long"):
        query("/(a|aa)+$/").matches(sample)
    assert query("/(a|aa)+b/").matches(sample)


@given(st.text(max_size=20), st.binary(max_size=30))
def test_no_text_and_no_bytes_break_a_search(text: str, value: bytes) -> None:
    try:
        asked = query(text)
    except ValueError:
        return
    assert asked.matches(entry(1, (b"a", value), (b"b", b'{"a": [1]}'))) in (True, False)
