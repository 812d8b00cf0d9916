from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.entries import Entry
from streamtop.model.ids import EntryId
from streamtop.model.text import from_name, to_name
from streamtop.operations.dead_letter_origin import origin_of

ORIGIN = b"streamtop-origin-stream"


def entry(*fields: tuple[bytes, bytes]) -> Entry:
    return Entry(EntryId(5, 1), fields)


@pytest.mark.parametrize(
    ("fields", "stream", "origin"),
    [
        ([(b"n", b"1")], "orders", None),
        ([(b"n", b"1")], "orders:dlq", "orders"),
        ([(b"n", b"1")], "orders.dlq", "orders"),
        ([(b"n", b"1")], "orders:dead-letter", "orders"),
        ([(b"n", b"1")], "orders:dead", "orders"),
        ([(b"n", b"1")], "dlq:orders", "orders"),
        ([(b"n", b"1")], ":dlq", None),
        ([(b"n", b"1")], "dlq:", None),
        ([(ORIGIN, b"caf\xe9")], "dead", to_name(b"caf\xe9")),
        ([(ORIGIN, b"first"), (ORIGIN, b"last")], "orders:dlq", "last"),
        ([(ORIGIN, b"orders:dlq")], "orders:dlq", "orders"),
        ([(ORIGIN, b"")], "dead", None),
        ([(b"metadata", msgspec.msgpack.encode({"topic_poisoned": "paid"}))], "poison", "paid"),
        ([(b"metadata", msgspec.msgpack.encode({"topic_poisoned": 5}))], "poison", None),
        ([(b"metadata", msgspec.msgpack.encode({"other": "paid"}))], "poison", None),
        ([(b"metadata", b'{"topic_poisoned": "paid"}')], "poison", None),
        ([(b"x-original-topic", b"orders")], "dead", "orders"),
        ([(b"X-Original-Topic", b"orders")], "dead", "orders"),
        ([(b"headers", b'{"x-original-topic": "orders", "n": 1}')], "dead", "orders"),
        ([(b"headers", b'{"x-original-channel": "orders"}')], "dead", "orders"),
        ([(b"headers", b'{"x-original-topic": 7}')], "dead", None),
        (
            [(b"__data__", b'{"data": "x", "headers": {"x-original-topic": "orders"}}')],
            "dead",
            "orders",
        ),
        ([(b"body", b'{"headers": "x-original-topic"}')], "dead", None),
        ([(b"body", b"{" * 100_000 + b"x-original-")], "dead", None),
    ],
)
def test_an_entry_tells_where_it_came_from(
    fields: list[tuple[bytes, bytes]], stream: str, origin: str | None
) -> None:
    assert origin_of(entry(*fields), stream) == origin


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"metadata", b"headers", ORIGIN, b"x-original-topic", b"body"]),
            st.binary(max_size=30)
            | st.builds(
                msgspec.json.encode,
                st.dictionaries(st.just("x-original-topic"), st.text() | st.integers()),
            )
            | st.builds(
                msgspec.msgpack.encode, st.dictionaries(st.just("topic_poisoned"), st.text())
            ),
        ),
        min_size=1,
    )
)
def test_whatever_is_written_in_an_entry_its_origin_is_another_name_or_none(
    fields: list[tuple[bytes, bytes]],
) -> None:
    origin = origin_of(entry(*fields), "dead")
    assert origin is None or (origin not in ("", "dead") and from_name(origin))
