"""Damaged values and entries: nothing raises, nothing is slow, nothing unsafe is shown."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import TYPE_CHECKING

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.decode import decode, summary
from streamtop.decode.export import csv_lines, json_line, xadd_line
from streamtop.decode.query import query
from streamtop.masking import mask
from tests.decode.parts import parts
from tests.decode.seeds import ENTRIES, VALUES, php_string
from tests.fakes import entry
from tests.kit.screen import acted_upon

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.entries import Entry

QUERIES = [
    query(text) for text in ("zoë 7", "/a{2,}[^b]/i", "id=7", "$..name", "$.lines[?@.n > 1]")
]
MASK = mask(["name", "*id"], ["$..n", "$.customer.tags[0]"], [r"\d{4,}", "Zo"])
SECONDS = 0.5
"""Processor time for everything that is done with an entry of some kilobytes."""


def assert_harmless(sample: Entry, within: float = SECONDS) -> None:
    """Everything done with an entry is fast and leaves nothing that a terminal acts on."""
    began = time.process_time()
    for each in (sample, MASK.entry(sample)):
        line = summary(each)
        assert not acted_upon(line)
        assert len(line) <= 2_000
        for part in parts(each):
            assert not acted_upon(part.title + part.note)
            assert not acted_upon(part.text, but="\n")
        line = json_line(each).decode()
        assert not acted_upon(line, but="\n")
        assert json.loads(line)["id"] == str(each.id)
        assert not acted_upon(csv_lines([each]).decode(), but="\r\n")
        assert xadd_line("s", each).decode().rstrip("\n").isprintable()
        for asked in QUERIES:
            assert asked.matches(each) in (True, False)
    assert time.process_time() - began < within


@pytest.mark.parametrize("name", ENTRIES)
def test_the_seeds_are_entries_of_their_frameworks(name: str) -> None:
    framework = {"replayed": None, "plain": None}.get(name, name.partition("-")[0])
    assert decode(entry(1, *ENTRIES[name])).framework == framework


def bent(raw: bytes, bends: list[tuple[str, int, bytes]]) -> bytes:
    """Bytes after some flips, cuts and insertions."""
    for how, at, piece in bends:
        place = at % (len(raw) + 1)
        match how:
            case "flip":
                raw = raw[:place] + piece + raw[place + len(piece) :]
            case "cut":
                raw = raw[:place] + raw[place + len(piece) :]
            case "end":
                raw = raw[:place]
            case "insert":
                raw = raw[:place] + piece + raw[place:]
            case _:
                raw = raw[:place] + raw[place // 2 : place] * 3 + raw[place:]
    return raw


AROUND: dict[str, Callable[[bytes], bytes]] = {
    "itself": lambda raw: raw,
    "base64": base64.b64encode,
    "gzip": lambda raw: gzip.compress(raw, 1),
    "json": lambda raw: json.dumps({"body": raw.decode("latin-1")}).encode(),
    "string": lambda raw: json.dumps(raw.decode("utf-8", "surrogateescape")).encode(),
    "php": php_string,
    "messagepack": lambda raw: msgspec.msgpack.encode({"p": raw}),
    "cbor": lambda raw: cbor2.dumps([raw]),
}
pieces = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from(
        (
            *(b"\x1b[2J", b"\xff", b"\0", b"9" * 5_000, b"[" * 60, b'{"a":' * 60, b"\xdf" * 9),
            *(b"\xe2\x80\xae", b"\xc2\x9b", b"\\ud800", b"R:1;", b"\xdb\xff\xff\xff\xff", b"\xbb"),
        )
    ),
)
bends = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "end", "insert", "again"]),
        st.integers(0, 10_000),
        pieces,
    ),
    max_size=4,
)
layers = st.lists(st.sampled_from(list(AROUND)), max_size=3)


@st.composite
def values(draw: st.DrawFn) -> bytes:
    """A damaged value in some format, in layers that are damaged too."""
    raw = bent(draw(st.sampled_from(VALUES)), draw(bends))
    for layer in draw(layers):
        raw = bent(AROUND[layer](raw), draw(bends))
    return raw


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """A damaged entry of some framework, or one with values of other kinds."""
    rows = []
    for name, value in ENTRIES[draw(st.sampled_from(list(ENTRIES)))]:
        row = draw(st.sampled_from(["same", "bent", "other", "both", "twice"]))
        sample = draw(values()) if row == "other" else value
        if row in ("bent", "both"):
            sample = bent(sample, draw(bends))
        rows.append((bent(name, draw(bends)) if row == "both" else name, sample))
        if row == "twice":
            rows.append((name, sample))
    return entry(1, *rows)


@given(entries())
def test_no_bent_entry_does_harm(sample: Entry) -> None:
    assert_harmless(sample)


@given(values())
def test_no_bent_value_does_harm(value: bytes) -> None:
    assert_harmless(entry(1, (b"payload", value)))


_MANY = 50_000
HEAVY = {
    "names-twice": b"{" + b",".join([b'"a":1'] * _MANY) + b"}",
    "names": b"{" + b",".join(b'"%d":1' % n for n in range(_MANY)) + b"}",
    "nested": b"[" * _MANY + b"]" * _MANY,
    "nested-objects": b'{"a":' * _MANY + b"1" + b"}" * _MANY,
    "nested-strings": b'"' + b"\\\\" * _MANY + b'"',
    "digits": b"[%s]" % (b"9" * _MANY),
    "escapes": b'["%s"]' % (b"\\u202e" * _MANY),
    "php-references": b"a:%d:{%s}" % (_MANY, b"".join(b"i:%d;R:1;" % n for n in range(_MANY))),
    "php-digits": b"a:1:{i:0;i:%s;}" % (b"9" * 390),
    "php-nested": b"a:1:{i:0;" * _MANY + b"}" * _MANY,
    "php-lengths": b"a:9:{" + b's:1:"' * _MANY,
    "msgpack-bytes": msgspec.msgpack.encode({b"%d" % n: n for n in range(_MANY)}),
    "msgpack-nested": b"\x91" * _MANY + b"\x01",
    "msgpack-length": b"\xdd\xff\xff\xff\xff" + b"\x01" * _MANY,
    "msgpack-same": b"\xdf" + (_MANY).to_bytes(4, "big") + b"\xa1a\x01" * _MANY,
    "cbor-shared": b"\xd8\x1c\x82" + b"\xd8\x1d\x00" * 2,
    "cbor-doubling": bytes.fromhex("d81c82") * 40 + b"\x01\x02" + bytes.fromhex("d81d00") * 40,
    "cbor-texts": cbor2.dumps(["x" * 30_000] * _MANY, string_referencing=True),
    "cbor-itself": bytes.fromhex("d81c83d81d00d81d00d81d00"),
    "cbor-nested": b"\x81" * _MANY + b"\x01",
    "cbor-length": b"\x9a\xff\xff\xff\xff" + b"\x01" * _MANY,
    "cbor-bignum": b"\x81\xc2\x59\x9c\x40" + b"\xff" * 40_000,
    "cbor-regex": b"\x81\xd8\x23\x65(a+)+",
    "cbor-decimal": b"\x81\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
    "protobuf": b"\x0a\x80\xfa\x01" + b"\x0a\x00" * 16_000,
    "protobuf-nested": b"".join(b"\x0a\xff\x7f" for _ in range(10_000)),
    "base64": base64.b64encode(base64.b64encode(base64.b64encode(b"\xff" * 200_000))),
    "base64-like": b"A" * 999_999,
    "zeros": b"\0" * 999_999,
    "spaces": b" " * 999_999,
    "quotes": b'"' * 999_999,
    "url": b"%7B" * 300_000,
    "lines": b"\n" * 999_999,
    "bomb": gzip.compress(gzip.compress(gzip.compress(b"\0" * 20_000_000))),
    "bidi": "\u202e".encode() * 300_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_no_heavy_value_takes_long(name: str) -> None:
    sample = entry(1, (b"payload", HEAVY[name]))
    began = time.process_time()
    summary(sample)
    decode(sample)
    assert time.process_time() - began < 1
    assert_harmless(sample, within=8)


@pytest.mark.parametrize("name", ENTRIES)
def test_no_framework_is_held_up_by_a_large_value(name: str) -> None:
    rows = ENTRIES[name]
    for at in range(len(rows)):
        for large in (b"x" * 20_000_000, rows[at][1] + b" " * 20_000_000, b"[" * 20_000_000):
            sample = entry(1, *rows[:at], (rows[at][0], large), *rows[at + 1 :])
            began = time.process_time()
            summary(sample)
            decode(sample)
            assert time.process_time() - began < 1
