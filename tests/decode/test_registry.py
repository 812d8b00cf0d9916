from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamtop.decode import summary
from streamtop.decode.limits import SHOWN
from streamtop.model.entries import Entry
from tests.decode.parts import parts
from tests.fakes import entry
from tests.kit.screen import acted_upon

_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
    )
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
_values = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(str.encode),
    _json.map(lambda value: json.dumps(value, indent=1).encode()),
    # what begins like JSON and is none, or holds bytes that JSON may not
    st.builds(lambda head, tail: head + tail, st.sampled_from([b'{"', b"[\n", b'["']), st.binary()),
    st.builds(b'{"a":\n"%b"}'.__mod__, st.binary(max_size=12)),
)
_names = st.one_of(
    st.sampled_from([b"__data__", b"a", b"", b"\x1b[31m", b"caf\xe9"]), st.binary(max_size=30)
)
_entries = st.lists(st.tuples(_names, _values), max_size=5).map(lambda rows: entry(1, *rows))


def assert_readable(sample: Entry) -> None:
    line = summary(sample)
    assert not acted_upon(line)
    line.encode()
    assert len(line) <= 2000
    for part in parts(sample):
        assert not acted_upon(part.title + part.note)
        assert not acted_upon(part.text, but="\n")
        part.text.encode()


@given(_entries)
@example(Entry(entry(1).id, ()))
@example(entry(1, (b"a", b'["\xff"\n]')))
@example(entry(1, (b"a", b'{"a":\n"\\ud800"}')))
@example(entry(1, (b"a", b'["\x1b[31m"\n]')))
@example(entry(1, (b"a", b'["\\u001b[31m\\u202e"\n]')))
@example(entry(1, (b"a", b'{"a":\n1e999}')))
@example(entry(1, (b"a", b"[\n" * 5000)))
@example(entry(1, (b"a", b"[\n" * 5000 + b"]" * 5000)))
@example(entry(1, (b"a", b"x\x0by\x0cz\x1c\x85")))
def test_any_bytes_can_be_shown(sample: Entry) -> None:
    assert_readable(sample)


@given(_json.filter(lambda value: isinstance(value, dict | list)))
def test_json_is_laid_out_and_says_the_same(value: object) -> None:
    plain = json.dumps(value, ensure_ascii=False)
    [part] = parts(entry(1, (b"payload", plain.encode(errors="surrogatepass"))))
    assert part.language == "json"
    if not acted_upon(plain):
        assert json.loads(part.text) == value
        assert part.note == ""


def test_json_is_laid_out_with_a_line_for_each_value() -> None:
    [part] = parts(entry(1, (b"payload", b'{"order_id":7,"lines":[1,2]}')))
    assert part.text.splitlines() == [
        "{",
        '  "order_id": 7,',
        '  "lines": [',
        "    1,",
        "    2",
        "  ]",
        "}",
    ]


def test_json_over_several_lines_is_one_line_in_a_list() -> None:
    sample = entry(1, (b"payload", b'{\n  "order_id": 7,\n  "x": null\n}'))
    assert summary(sample) == '{"order_id":7,"x":null}'


def test_all_fields_are_shown_in_their_order_with_duplicates() -> None:
    sample = entry(1, (b"b", b"1"), (b"a", b"2"), (b"b", b"3"), (b"caf\xe9", b""))
    assert summary(sample) == "b=1 a=2 b=3 caf\\xe9="
    assert [(part.title, part.text) for part in parts(sample)] == [
        ("b", "1"),
        ("a", "2"),
        ("b", "3"),
        ("caf\\xe9", ""),
    ]


def test_lines_of_a_text_stay_lines() -> None:
    [part] = parts(entry(1, (b"log", b"one\ntwo\r\n\x1bthree")))
    assert part.text == "one\ntwo\n\\x1bthree"


@pytest.mark.parametrize(
    "value",
    [
        b"x" * 10_000_000,
        b"\xff" * 10_000_000,
        b"\n" * 10_000_000,
        "注".encode() * 3_300_000,
        b"[" + b"1," * 5_000_000 + b"1]",
        b'{"a": "' + b"\x1b" * 10_000_000,
        # less than what is laid out, and much more once it is
        b"[" * 900 + b"1," * 60_000 + b"1" + b"]" * 900,
    ],
    ids=["text", "bytes", "lines", "characters", "json", "escapes", "indentation"],
)
def test_a_value_of_10_mb_is_shown_in_part_and_at_once(value: bytes) -> None:
    sample = entry(1, (b"blob", value))
    began = time.process_time()
    line = summary(sample)
    [part] = parts(sample)
    assert time.process_time() - began < 1
    assert len(line) <= 2000
    assert len(part.text) <= 6 * SHOWN
    assert "not shown" in part.note


def test_many_fields_are_summed_up_in_some_hundred_characters() -> None:
    sample = entry(1, *((b"field-%d" % n, b"x" * 1000) for n in range(5000)))
    assert len(summary(sample)) <= 2000
    assert len(parts(sample)) == 5000


@pytest.mark.parametrize("before", range(4))
def test_a_text_that_is_cut_keeps_its_lines_wherever_the_cut_falls(before: int) -> None:
    value = b"x" * before + "注文\n".encode() * 20_000
    [part] = parts(entry(1, (b"log", value)))
    assert part.text.count("\n") > 1000
    assert "\\x" not in part.text
    assert "not shown" in part.note


def test_a_note_says_what_is_left_out() -> None:
    [part] = parts(entry(1, (b"log", b"x" * (SHOWN + 1234))))
    assert part.note == "1,234 more bytes are not shown"
