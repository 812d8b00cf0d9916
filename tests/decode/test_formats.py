"""The formats that are recognised in values."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import time
import tracemalloc
import zlib
from datetime import UTC, datetime
from uuid import UUID

import cbor2
import lz4.frame
import msgspec
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from streamtop.decode import decode
from streamtop.decode.export import csv_lines, json_line
from streamtop.decode.formats import php
from streamtop.decode.layers import line, read
from streamtop.decode.limits import EXPANDED, NODES, SHOWN
from tests.fakes import entry
from tests.kit.screen import acted_upon

ORDER = {"order_id": 7, "note": None, "lines": [1.5, "Zoë"]}
JSON = json.dumps(ORDER).encode()


@pytest.mark.parametrize(
    ("raw", "formats"),
    [
        (JSON, ("JSON",)),
        (msgspec.msgpack.encode(ORDER), ("MessagePack",)),
        (cbor2.dumps(ORDER), ("CBOR",)),
        (cbor2.dumps(cbor2.CBORTag(55799, ORDER)), ("CBOR",)),
        (gzip.compress(JSON), ("gzip", "JSON")),
        (zlib.compress(JSON), ("zlib", "JSON")),
        (zstandard.compress(JSON), ("zstd", "JSON")),
        (zstandard.ZstdCompressor(write_content_size=False).compress(JSON), ("zstd", "JSON")),
        (lz4.frame.compress(JSON), ("lz4", "JSON")),
        (base64.b64encode(JSON), ("base64", "JSON")),
        (base64.urlsafe_b64encode(JSON).rstrip(b"="), ("base64", "JSON")),
        (base64.b64encode(gzip.compress(msgspec.msgpack.encode(ORDER))), None),
        (json.dumps(JSON.decode()).encode(), ("JSON", "JSON")),
        (b"%7B%22order_id%22%3A7%2C%22note%22%3Anull%2C%22lines%22%3A[1.5,%22Zo%C3%AB%22]}", None),
    ],
    ids=[
        *("json", "messagepack", "cbor", "cbor-tagged", "gzip", "zlib", "zstd", "zstd-unsized"),
        *("lz4", "base64", "base64-url", "base64-gzip-messagepack", "json-in-json", "url"),
    ],
)
def test_structures_are_found_in_every_layer(raw: bytes, formats: tuple[str, ...] | None) -> None:
    reading = read(raw)
    assert reading.tree == ORDER
    assert reading.language == "json"
    assert json.loads(reading.text) == ORDER
    if formats is not None:
        assert reading.formats == formats


@pytest.mark.parametrize(
    ("raw", "formats", "note"),
    [
        (b"", ("text",), ""),
        (b"hello", ("text",), ""),
        (b"17", ("text",), ""),
        (b"completed", ("text",), ""),
        (b"abcdefghijklmnop", ("text",), ""),
        (b"customer", ("text",), ""),
        (b"1769860800123", ("text",), "2026-01-31 12:00:00.123 UTC"),
        (b"6d22ee4d-5c00-4000-8000-000000000000", ("text",), "UUID, version 4"),
        (UUID(int=1, version=4).bytes, ("UUID",), ""),
        (b"\x00\xff\xfe", ("bytes",), ""),
        (b"\x80", ("MessagePack",), ""),
        (b"\x08\x96\x01", ("maybe protobuf",), ""),
        (b"\xac\xed\x00\x05sr\x00\x04User\x00", ("Java",), "an object of the class User"),
        (pickle.dumps({"a": 1}), ("pickle",), "never opened: it could execute anything"),
        (b'a:1:{s:1:"a";i:7;}', ("PHP",), ""),
    ],
)
def test_other_values_are_named_by_their_format(
    raw: bytes, formats: tuple[str, ...], note: str
) -> None:
    reading = read(raw)
    assert (reading.formats, reading.note) == (formats, note)


def test_bytes_are_dumped_with_their_places() -> None:
    reading = read(b"\x00\xff" * 10)
    assert reading.language == "hex"
    assert reading.text.splitlines()[1].startswith("00000010  00 ff 00 ff")


def test_times_and_odd_values_of_cbor_and_messagepack_become_texts() -> None:
    when = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for raw in (cbor2.dumps([when, b"\xff"]), msgspec.msgpack.encode([when, b"\xff"])):
        assert read(raw).tree == [str(when), "\\xff"]
    assert read(cbor2.dumps({1: float("inf")})).tree == {"1": "inf"}


def test_php_objects_keep_their_class_and_lose_the_marks_of_privacy() -> None:
    raw = b'O:4:"User":3:{s:2:"id";i:7;s:7:"\0*\0name";s:4:"Zo\xc3\xab";s:1:"x";d:1.5;}'
    assert php.php(raw) == {"class": "User", "id": 7, "name": "Zoë", "x": 1.5}


def test_numbers_of_json_stay_as_they_are_written() -> None:
    raw = b'{"a": 1.10, "b": 123456789012345678901234567890, "a": 1e999}'
    assert "1.10" in read(raw).text
    assert "123456789012345678901234567890" in read(raw).text


BOMB = b"\0" * 50_000_000


@pytest.mark.parametrize(
    "raw",
    [
        gzip.compress(BOMB),
        zlib.compress(BOMB),
        zstandard.compress(BOMB),
        lz4.frame.compress(BOMB),
        gzip.compress(gzip.compress(BOMB)),
    ],
    ids=["gzip", "zlib", "zstd", "lz4", "twice"],
)
def test_a_bomb_stays_small(raw: bytes) -> None:
    tracemalloc.start()
    reading = read(raw)
    line(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "opened as far as its first 1,000,000 bytes" in reading.note
    assert len(reading.text) < 20 * SHOWN
    assert peak < 30 * EXPANDED


@pytest.mark.parametrize(
    "raw",
    [
        b"\x81" * 5000,
        b"\x9f" * 5000,
        b"\xdd\xff\xff\xff\xff",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xbf" * 100_000,
        b"\xd8\x1c" * 5000,
        cbor2.dumps([[1]] * (NODES * 4)),
        b"a:99999999:{",
        b"a:1:{i:0;" * 5000,
        b's:99999999999:"',
        b"\x0a\xff\xff\xff\xff\x0f",
        b"\xac\xed\x00\x05sr",
        b"\xac\xed\x00\x05s",
        b"\x28\xb5\x2f\xfd" + b"\xff" * 40,
        b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x82\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x01",
        b'"' * 3,
        b"i:" + b"9" * 300 + b";",
    ],
)
def test_values_that_claim_to_be_huge_or_deep_cost_nothing(raw: bytes) -> None:
    began = time.process_time()
    assert read(raw).text is not None
    assert line(raw) is not None
    assert time.process_time() - began < 1


_HEADS = [
    b"", b"\x1f\x8b\x08", b"\x78\x9c", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x80\x04",
    b"\xac\xed\x00\x05", b"\xd9\xd9\xf7", b"\x81", b"\x91", b"\xa1", b"\xbf", b'O:1:"', b"a:1:{",
    b's:3:"', b'{"a":', b'"', b"%7B", b"eyJ", b"\x89BIN\x0d\x0a\x1a\x0a\x00\x01",
]  # fmt: skip
_values = st.builds(lambda head, tail: head + tail, st.sampled_from(_HEADS), st.binary(max_size=60))
_names = st.sampled_from(
    [
        *(b"__data__", b"data", b"message", b"_watermill_message_uuid", b"metadata", b"payload"),
        *(b"event", b"headers", b"body", b"_class", b"_raw", b"key", b"value", b"uid", b"nsp"),
        *(b"type", b"jobId", b"kafka_topic", b"wolverine-id", b"streamtop-origin-id", b"\xff"),
    ]
)
_envelopes = st.sampled_from(
    [
        b'{"task_id":1,"task_name":[],"args":{},"kwargs":[],"labels":7}',
        b'{"body":"a","headers":null}',
        b'{"specversion":1,"type":null,"id":[],"data":{}}',
        b'{"op":[],"after":1,"source":"x"}',
        b'{"cap-msg-name":7}',
        b'{"deliveryAttempt":null}',
        b'{"data":"x","headers":{}}',
    ]
)


@given(st.lists(st.tuples(_names, _values | _envelopes | st.binary(max_size=80)), max_size=4))
@example([(b"a", b'{"a":' + b"9" * 40 + b"}")])
@example([(b"data", b'{"task_id":1,"task_name":1,"args":[%b],"kwargs":{}}' % (b"9" * 40))])
@example([(b"data", b'{"specversion":1,"type":"a","id":1,"data":%b}' % (b"9" * 40))])
@example([(b"data", cbor2.dumps({"task_id": 1, "task_name": 1, "args": 1, "kwargs": 1}))])
def test_no_bytes_raise_in_any_decoder_and_all_can_be_exported(
    fields: list[tuple[bytes, bytes]],
) -> None:
    found = decode(entry(1, *fields))
    assert json_line(entry(1, *fields)).endswith(b"\n")
    assert csv_lines([entry(1, *fields)])
    for _, body in found.bodies:
        assert not acted_upon(body.line)
        assert not acted_upon(body.reading.text, but="\n")
