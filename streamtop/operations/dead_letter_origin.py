"""The stream that an entry of a dead-letter stream came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streamtop.model.text import to_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtop.model.entries import Entry

ORIGIN_STREAM = b"streamtop-origin-stream"
"""Our own field for the stream of the original; `scripts/origin.lua` lists all of them."""
MOST_REPLAYS = 5
"""The number of replays after which an entry is not replayed again."""
SUFFIXES = (":dead-letter", ":dead", ":dlq", ".dlq")
PREFIX = "dlq:"
_HEADERS = (b"x-original-topic", b"x-original-channel", b"x-original-stream")


class _Poisoned(msgspec.Struct):
    """What Watermill's poison queue adds to the metadata of a message."""

    topic_poisoned: str


class _Headers(msgspec.Struct):
    topic: str | None = msgspec.field(default=None, name="x-original-topic")
    channel: str | None = msgspec.field(default=None, name="x-original-channel")
    stream: str | None = msgspec.field(default=None, name="x-original-stream")


class _Envelope(msgspec.Struct):
    headers: _Headers


def origin_of(entry: Entry, stream: str) -> str | None:
    """The stream that an entry was in before it came to a dead-letter stream.

    Our own fields go first, then what frameworks write, then the dead-letter stream's name.

    Args:
        entry: The entry.
        stream: The dead-letter stream that it is in now.

    Returns:
        The name of another stream; `None` if it is unknown.

    >>> from streamtop.model.entries import Entry
    >>> from streamtop.model.ids import EntryId
    >>> origin_of(Entry(EntryId(5, 1), ((b"n", b"1"),)), "orders:dlq")
    'orders'
    """
    return next((name for name in _hints(entry, stream) if name and name != stream), None)


def _hints(entry: Entry, stream: str) -> Iterator[str | None]:
    ours = [value for field, value in entry.fields if field == ORIGIN_STREAM]
    yield to_name(ours[-1]) if ours else None  # the last: it was dead-lettered last
    yield from (_poisoned(value) for field, value in entry.fields if field == b"metadata")
    yield from (to_name(value) for field, value in entry.fields if field.lower() in _HEADERS)
    for field, value in entry.fields:
        yield from _in_headers(field, value)
    yield _by_name(stream)


def _poisoned(value: bytes) -> str | None:
    """The stream in Watermill's metadata, a MessagePack map."""
    try:
        return msgspec.msgpack.decode(value, type=_Poisoned).topic_poisoned
    except (ValueError, RecursionError):
        return None


def _in_headers(field: bytes, value: bytes) -> tuple[str | None, ...]:
    """The streams in headers that are JSON, alone or in an envelope with the data."""
    if value.lstrip()[:1] != b"{" or b"x-original-" not in value:
        return ()
    try:
        if field == b"headers":
            headers = msgspec.json.decode(value, type=_Headers)
        else:
            headers = msgspec.json.decode(value, type=_Envelope).headers
    except (ValueError, RecursionError):
        return ()
    return headers.topic, headers.channel, headers.stream


def _by_name(stream: str) -> str | None:
    """The stream that a dead-letter stream belongs to by its name.

    >>> _by_name("orders:dead-letter"), _by_name("dlq:orders"), _by_name("orders")
    ('orders', 'orders', None)
    """
    if stream.startswith(PREFIX):
        return stream.removeprefix(PREFIX)
    suffix = next((each for each in SUFFIXES if stream.endswith(each)), None)
    return stream.removesuffix(suffix) if suffix else None
