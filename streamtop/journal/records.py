r"""The journal's records, encoded as lines of JSON and decoded.

Each line has `record` (begin, sending, sent, end or recovery), `schema`, and `operation`, an ID. A
name that is not UTF-8 is written with \xNN for its odd bytes, and in full as `<key>_hex`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from streamtop.model.text import from_name, to_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamtop.model.entries import Fields
    from streamtop.operations.operation import Params

SCHEMA = 1
RecordKind = Literal["begin", "sending", "sent", "end", "recovery"]
OutcomeCode = Literal["d", "s", "f", "u"]
"""Done, skipped, failed, or unknown: the connection broke before the answer came."""
CODES: tuple[OutcomeCode, ...] = ("d", "s", "f", "u")


Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Head(msgspec.Struct, frozen=True):
    """The beginning of every record."""

    record: str
    operation: str
    schema: int


class ServerRecord(msgspec.Struct, frozen=True):
    """The server; its URL without the password."""

    url: str
    flavour: str
    version: str


class Begin(msgspec.Struct, frozen=True):
    """An operation was confirmed."""

    operation: str
    at: str
    user: str
    host: str
    pid: int
    streamtop: str
    server: ServerRecord
    name: str
    verb: str
    stream: str
    group: str | None
    params: dict[str, str | int | bool | None]
    question: str
    total: int
    commands: tuple[str, ...] = ()
    stream_hex: str | None = None
    group_hex: str | None = None


class SendingCount(msgspec.Struct, frozen=True):
    """The part of `Sending` that a list of operations needs."""

    batch: int
    count: int


class Sending(msgspec.Struct, frozen=True):
    """A batch was about to be sent."""

    batch: int
    at: str
    count: int
    consumers: tuple[str, ...] = ()
    """Those of `rows`; without rows, those that the batch is about."""
    rows: tuple[tuple[str, int, Number, Number], ...] = ()
    """ID, index in `consumers`, idle milliseconds at that time, delivery count."""
    ids: tuple[str, ...] = ()
    consumers_hex: tuple[str | None, ...] = ()


class SentCounts(msgspec.Struct, frozen=True):
    """The part of `Sent` that a list of operations needs."""

    batch: int
    counts: tuple[int, int, int, int]
    """Done, skipped, failed, unknown."""


Base64Bytes = dict[str, str]
ByteString = str | Base64Bytes
"""Text if it is UTF-8, otherwise {"base64": ...}."""
FieldPairs = tuple[tuple[ByteString, ByteString], ...]


class OutcomeRecord(msgspec.Struct, frozen=True, array_like=True):
    """The outcome of one entry, as an array."""

    code: OutcomeCode
    idle_ms: Number | None = None
    deliveries: Number | None = None
    copy: str | None = None
    to: int | None = None
    """The index in `Sent.to` of the stream to which the copy was added."""
    reason: int | None = None
    """The index in `Sent.reasons`."""
    fields: FieldPairs | None = None
    count: int | None = None
    """How many entries it stands for; `None` means one."""


class Sent(msgspec.Struct, frozen=True):
    """A batch was answered, or at least its first entries were."""

    batch: int
    at: str
    outcomes: tuple[OutcomeRecord, ...]
    reasons: tuple[str, ...] = ()
    to: tuple[ByteString, ...] = ()
    ids: tuple[str | None, ...] | None = None
    """`None` where they are those sent, in the same order."""


class End(msgspec.Struct, frozen=True):
    """An operation has ended."""

    at: str
    seconds: float
    done: int
    skipped: int
    failed: int
    left: int
    notes: tuple[str, ...] = ()
    error: str | None = None
    unsent: int | None = None
    """The number of a batch that was not sent after all."""


class Recovery(msgspec.Struct, frozen=True):
    """What had become of the moved entries in one group when they were last followed."""

    at: str
    stream: str
    group: str
    followed: int
    acknowledged: int
    pending: int
    waiting: int
    """Copies that were not delivered."""
    finished: bool
    """Whether nothing more could become of them."""
    sentence: str
    stream_hex: str | None = None
    group_hex: str | None = None


def line(kind: RecordKind, operation_id: str, values: Mapping[str, object]) -> bytes:
    r"""A record as one line, safe to print: everything invisible is escaped.

    >>> line("end", "7-a", {"error": "a\x9b\n"})
    b'{"record":"end","schema":1,"operation":"7-a","error":"a\\u009b\\n"}\n'
    """
    record = {"record": kind, "schema": SCHEMA, "operation": operation_id, **values}
    return escape_invisible(msgspec.json.encode(record)) + b"\n"


def escape_invisible(encoded: bytes) -> bytes:
    r"""The same JSON, with all invisible characters escaped.

    >>> escape_invisible('"é 注\u202e\x7f"'.encode()).decode()
    '"é 注\\u202e\\u007f"'
    """
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded
    return "".join(map(_visible, encoded.decode())).encode()


def _visible(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def format_time(at: datetime) -> str:
    """A time as in records: UTC, to the millisecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_time(text: str) -> datetime:
    """The time of a record.

    Raises:
        ValueError: If the text is not a time with a zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at


def json_text(text: str) -> str:
    r"""A text as valid Unicode: other bytes become \xNN.

    >>> json_text("caf\udce9")
    'caf\\xe9'
    """
    return from_name(text).decode(errors="backslashreplace")


def name_as_json(key: str, name: str | None) -> dict[str, str | None]:
    r"""A name under its key, and its bytes in hex as `<key>_hex` if it is not UTF-8.

    >>> name_as_json("stream", "caf\udce9")
    {'stream': 'caf\\xe9', 'stream_hex': '636166e9'}
    """
    if name is None:
        return {key: None}
    odd = _hex(name)
    return {key: name} if odd is None else {key: json_text(name), f"{key}_hex": odd}


def names_as_json(key: str, values: Sequence[str]) -> dict[str, list[str] | list[str | None]]:
    """Names under their key, and the bytes in hex of those that are not UTF-8."""
    odd = [_hex(name) for name in values]
    if not any(odd):
        return {key: list(values)}
    return {key: [json_text(name) for name in values], f"{key}_hex": odd}


def name_from_json(text: str, odd: str | None) -> str:
    """The inverse of `name_as_json`."""
    return text if odd is None else to_name(bytes.fromhex(odd))


def params_as_json(params: Params) -> dict[str, str | int | bool | None]:
    """The params of an operation as JSON; texts are treated as names."""
    encoded: dict[str, str | int | bool | None] = {}
    for key, value in params.items():
        encoded |= name_as_json(key, value) if isinstance(value, str) else {key: value}
    return encoded


def params_from_json(encoded: Mapping[str, str | int | bool | None]) -> Params:
    """The inverse of `params_as_json`."""
    params: Params = {}
    for key, value in encoded.items():
        name_key = key.removesuffix("_hex")
        if name_key == key or name_key not in encoded:
            odd = encoded.get(f"{key}_hex")
            text = isinstance(value, str) and isinstance(odd, str)
            params[key] = name_from_json(str(value), str(odd)) if text else value
    return params


def bytes_as_json(raw: bytes) -> ByteString:
    r"""Bytes as text, or as base64 if they are not UTF-8.

    >>> bytes_as_json(b"4\x00"), bytes_as_json(b"\xff")
    ('4\x00', {'base64': '/w=='})
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}


def bytes_from_json(encoded: ByteString) -> bytes:
    """The inverse of `bytes_as_json`.

    Raises:
        ValueError: If the base64 is invalid.
    """
    if isinstance(encoded, str):
        return encoded.encode()
    return b64decode(encoded.get("base64", "?"), validate=True)


def fields_as_json(fields: Fields) -> list[tuple[ByteString, ByteString]]:
    """The fields of an entry as JSON."""
    return [(bytes_as_json(field), bytes_as_json(value)) for field, value in fields]


def fields_from_json(encoded: FieldPairs) -> Fields:
    """The inverse of `fields_as_json`.

    Raises:
        ValueError: If any base64 is invalid.
    """
    return tuple((bytes_from_json(field), bytes_from_json(value)) for field, value in encoded)


def _hex(name: str) -> str | None:
    """The bytes of a name in hex, if they are not UTF-8."""
    raw = from_name(name)
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.hex()
    return None
