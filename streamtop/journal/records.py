r"""The journal's records as lines of JSON, and back.

Each line has `record` (begin, sending, sent or end), `schema` and `operation`, its ID. Names that
are not UTF-8 are text with \xNN in it, and their bytes stand beside as `<key>_hex`.
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
RecordKind = Literal["begin", "sending", "sent", "end"]
OutcomeCode = Literal["d", "s", "f", "u"]
"""An outcome: done, skipped, failed, or unknown: the connection broke before the answer came."""
CODES: tuple[OutcomeCode, ...] = ("d", "s", "f", "u")


Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Head(msgspec.Struct, frozen=True):
    """What every record begins with."""

    record: str
    operation: str
    schema: int


class ServerRecord(msgspec.Struct, frozen=True):
    """The server; its URL without password."""

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
    """A batch was about to be sent: what a list needs of it."""

    batch: int
    count: int


class Sending(msgspec.Struct, frozen=True):
    """A batch was about to be sent."""

    batch: int
    at: str
    count: int
    consumers: tuple[str, ...] = ()
    rows: tuple[tuple[str, int, Number, Number], ...] = ()
    """ID, number of the consumer, idle milliseconds at that time, delivery count."""
    ids: tuple[str, ...] = ()
    consumers_hex: tuple[str | None, ...] = ()


class SentCounts(msgspec.Struct, frozen=True):
    """A batch was answered: what a list needs of it."""

    batch: int
    counts: tuple[int, int, int, int]
    """Done, skipped, failed, unknown."""


Base64Bytes = dict[str, str]
ByteString = str | Base64Bytes
"""Text where it is UTF-8, and else {"base64": ...}."""
FieldPairs = tuple[tuple[ByteString, ByteString], ...]


class OutcomeRecord(msgspec.Struct, frozen=True, array_like=True):
    """What happened to one entry."""

    code: OutcomeCode
    idle_ms: Number | None = None
    deliveries: Number | None = None
    copy: str | None = None
    to: int | None = None
    """The number of the stream that the copy was added to."""
    reason: int | None = None
    """The number of the reason."""
    fields: FieldPairs | None = None
    count: int | None = None
    """How many entries it stands for; `None` for one."""


class Sent(msgspec.Struct, frozen=True):
    """A batch was answered, for the first of its entries at least."""

    batch: int
    at: str
    outcomes: tuple[OutcomeRecord, ...]
    reasons: tuple[str, ...] = ()
    to: tuple[ByteString, ...] = ()
    ids: tuple[str | None, ...] | None = None
    """Where they are not those that were sent, in that order."""


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
    """The batch that was not sent after all."""


def line(kind: RecordKind, operation_id: str, values: Mapping[str, object]) -> bytes:
    r"""A record as one line: nothing in it acts upon a terminal, whoever prints the file.

    >>> line("end", "7-a", {"error": "a\x9b\n"})
    b'{"record":"end","schema":1,"operation":"7-a","error":"a\\u009b\\n"}\n'
    """
    record = {"record": kind, "schema": SCHEMA, "operation": operation_id, **values}
    return escape_invisible(msgspec.json.encode(record)) + b"\n"


def escape_invisible(encoded: bytes) -> bytes:
    r"""The same JSON with everything escaped that is not plainly visible.

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
    """A time as records tell it: UTC, to the millisecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_time(text: str) -> datetime:
    """A time of a record.

    Raises:
        ValueError: If it is none, or names no zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at


def json_text(text: str) -> str:
    r"""A text as JSON can hold it.

    >>> json_text("caf\udce9")
    'caf\\xe9'
    """
    return from_name(text).decode(errors="backslashreplace")


def name_as_json(key: str, name: str | None) -> dict[str, str | None]:
    r"""A name under its key, and its bytes in hex beside where that is not the name itself.

    >>> name_as_json("stream", "caf\udce9")
    {'stream': 'caf\\xe9', 'stream_hex': '636166e9'}
    """
    if name is None:
        return {key: None}
    odd = _hex(name)
    return {key: name} if odd is None else {key: json_text(name), f"{key}_hex": odd}


def names_as_json(key: str, given: Sequence[str]) -> dict[str, list[str] | list[str | None]]:
    """Names under their key, and the bytes beside of those that are not the name itself."""
    odd = [_hex(name) for name in given]
    if not any(odd):
        return {key: list(given)}
    return {key: [json_text(name) for name in given], f"{key}_hex": odd}


def name_from_json(text: str, odd: str | None) -> str:
    """The name that `name_as_json` was given."""
    return text if odd is None else to_name(bytes.fromhex(odd))


def params_as_json(params: Params) -> dict[str, str | int | bool | None]:
    """The params of an operation; texts among them are names."""
    told: dict[str, str | int | bool | None] = {}
    for key, value in params.items():
        told |= name_as_json(key, value) if isinstance(value, str) else {key: value}
    return told


def params_from_json(told: Mapping[str, str | int | bool | None]) -> Params:
    """The params that `params_as_json` was given."""
    params: Params = {}
    for key, value in told.items():
        of = key.removesuffix("_hex")
        if of == key or of not in told:
            odd = told.get(f"{key}_hex")
            text = isinstance(value, str) and isinstance(odd, str)
            params[key] = name_from_json(str(value), str(odd)) if text else value
    return params


def bytes_as_json(raw: bytes) -> ByteString:
    r"""Any bytes: text, or base64 where they are not UTF-8.

    >>> bytes_as_json(b"4\x00"), bytes_as_json(b"\xff")
    ('4\x00', {'base64': '/w=='})
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}


def bytes_from_json(told: ByteString) -> bytes:
    """The bytes that `bytes_as_json` was given.

    Raises:
        ValueError: If they are no such thing.
    """
    if isinstance(told, str):
        return told.encode()
    return b64decode(told.get("base64", "?"), validate=True)


def fields_as_json(fields: Fields) -> list[tuple[ByteString, ByteString]]:
    """The fields of an entry."""
    return [(bytes_as_json(field), bytes_as_json(value)) for field, value in fields]


def fields_from_json(told: FieldPairs) -> Fields:
    """The fields that `fields_as_json` was given.

    Raises:
        ValueError: If they are no such thing.
    """
    return tuple((bytes_from_json(field), bytes_from_json(value)) for field, value in told)


def _hex(name: str) -> str | None:
    """The bytes of a name in hex, if they are not UTF-8."""
    raw = from_name(name)
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.hex()
    return None
