"""Entries as the faststream library itself writes them."""

from __future__ import annotations

import json

import pytest
from faststream.redis.parser.binary import BinaryMessageFormatV1
from hypothesis import given
from hypothesis import strategies as st

from streamtop.decode import summary
from streamtop.model.text import printable
from tests.decode.parts import parts
from tests.fakes import entry

_words = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=20)


async def encoded(
    message: object, headers: dict[str, str] | None = None, reply_to: str | None = None
) -> bytes:
    """A message as FastStream's publisher puts it into the field `__data__`."""
    return await BinaryMessageFormatV1.encode(
        message=message,  # type: ignore[arg-type] # whatever JSON can hold
        reply_to=reply_to,
        headers=headers,
        correlation_id="6d22ee4d",
    )


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ({"order_id": 7, "note": None}, '{"order_id":7,"note":null}'),
        ("hello, 注文", "hello, 注文"),
        (b"\x00\xff", "\\x00\\xff"),
        ([1, 2], "[1,2]"),
        ("", ""),
    ],
)
async def test_a_message_is_shown_without_its_frame(message: object, line: str) -> None:
    sample = entry(1, (b"__data__", await encoded(message)))
    assert summary(sample).replace(" ", "") == line.replace(" ", "")


async def test_a_message_is_laid_out_with_its_headers() -> None:
    value = await encoded({"order_id": 7}, {"tenant": "blue"}, reply_to="answers")
    body, *headers = parts(entry(1, (b"__data__", value)))
    assert (body.title, body.language, body.note) == ("body", "json", "FastStream")
    assert json.loads(body.text) == {"order_id": 7}
    assert body.text.count("\n") == 2
    texts = {header.title: header.text for header in headers}
    assert texts["correlation_id"] == "6d22ee4d"
    assert texts["content-type"] == "application/json"
    assert texts["reply_to"] == "answers"
    assert texts["tenant"] == "blue"


@given(st.binary(max_size=200), st.dictionaries(_words, _words, max_size=4))
async def test_body_and_headers_are_those_that_faststream_reads(
    body: bytes, headers: dict[str, str]
) -> None:
    value = await encoded(body, headers)
    its_body, its_headers = BinaryMessageFormatV1.parse(value)
    assert its_body == body
    ours = parts(entry(1, (b"__data__", value)))[1:]
    assert {part.title: part.text for part in ours} == its_headers


async def test_a_header_that_is_not_ascii_does_not_cost_the_body() -> None:
    value = await encoded({"n": 1}, {"café": "naïve", "later": "x"})
    assert summary(entry(1, (b"__data__", value))).replace(" ", "") == '{"n":1}'


def test_a_message_of_faststream_before_0_6_is_shown_without_its_envelope() -> None:
    envelope = {"data": '{"order_id":7}', "headers": {"correlation_id": "6d22ee4d"}}
    sample = entry(1, (b"__data__", json.dumps(envelope).encode()))
    assert summary(sample) == '{"order_id":7}'
    body, header = parts(sample)
    assert json.loads(body.text) == {"order_id": 7}
    assert (header.title, header.text) == ("correlation_id", "6d22ee4d")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x89BIN\x0d\x0a\x1a\x0a",
        b"\x89BIN\x0d\x0a\x1a\x0a\x00\x02" + b"\x00" * 20,
        b"\x89BIN\x0d\x0a\x1a\x0a\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff",
        b'{"data": 7, "headers": {}}',
        b'{"data": "x"}',
        b'{"data": "\xff", "headers": {}}',
        b'{"data": "x", "headers": {"n": 1}}',
        b"[" * 100_000,
    ],
)
def test_a_value_that_is_not_a_frame_is_shown_unchanged(value: bytes) -> None:
    sample = entry(1, (b"__data__", value))
    [part] = parts(sample)
    assert part.title == "__data__"
    assert summary(sample)[:20] == printable(value.decode(errors="surrogateescape"))[:20]


@given(st.binary(max_size=60), st.integers(0, 80), st.integers(0, 80))
async def test_a_damaged_frame_is_never_an_error(tail: bytes, start: int, cut: int) -> None:
    value = await encoded({"n": 1}, {"a": "b"})
    for damaged in (value[:start] + tail, value[:start] + tail + value[cut:], value[:cut]):
        sample = entry(1, (b"__data__", damaged))
        assert "\n" not in summary(sample)
        assert parts(sample)
