"""Well-formed values in every format and entries of every framework."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import uuid
import zlib

import cbor2
import lz4.frame
import msgspec
import zstandard

ORDER = {"id": 7, "customer": {"name": "Zoë", "tags": ["a", "b"]}, "lines": [{"n": 1.5}], "x": None}
JSON = json.dumps(ORDER).encode()
PACKED = msgspec.msgpack.encode({**ORDER, 7: b"\xff"})


def php_string(value: bytes) -> bytes:
    """A string as PHP's serialize() writes it."""
    return b's:%d:"%s";' % (len(value), value)


VALUES: tuple[bytes, ...] = (
    b"plain text, 7",
    b"1769860800123",
    uuid.UUID(int=0x0198D3F05C0070008000000000000000).bytes,
    JSON,
    json.dumps([[ORDER] * 3, "\x1b[31m", "\ud800", 10**30, 1e300], indent=2).encode(),
    b'{"a": 1, "a": 2, "\\u001b": "\\ud83d\\ude00"}',
    json.dumps(JSON.decode()).encode(),
    base64.b64encode(JSON),
    b"%7B%22a%22%3A%5B1%5D%7D",
    PACKED,
    msgspec.msgpack.encode([msgspec.msgpack.Ext(5, b"x"), {b"k": 1}, -(2**63), 2**64 - 1]),
    cbor2.dumps(ORDER),
    b"\xd9\xd9\xf7" + cbor2.dumps([10**40, b"\xff", 1.5, cbor2.CBORTag(99, [1])]),
    bytes.fromhex("d81c82d81d0001"),  # a list that holds itself
    php_string(JSON),
    b'a:3:{i:0;d:1.5;s:1:"n";O:4:"User":2:{s:5:"\0*\0id";i:7;s:1:"r";R:1;}i:1;C:3:"Set":2:{x:}}',
    b"\xac\xed\x00\x05sr\x00\x04User" + b"\0" * 12,
    b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94K\x01a.",
    b"\x08\x96\x01\x12\x03caf\x1a\x04\x08\x01\xff\x01" + b"\x25\x01\x02\x03\x04",
    gzip.compress(JSON),
    zlib.compress(PACKED),
    zstandard.compress(JSON),
    lz4.frame.compress(JSON),
    base64.b64encode(gzip.compress(php_string(JSON))),
)

_MAGIC = b"\x89BIN\x0d\x0a\x1a\x0a"
_WORD = struct.Struct(">H")


def _faststream(payload: bytes) -> bytes:
    words = (b"correlation_id", b"6d22", b"content-type", b"application/json")
    headers = _WORD.pack(2) + b"".join(_WORD.pack(len(word)) + word for word in words)
    return _MAGIC + struct.pack(">HII", 1, 18, 18 + len(headers)) + headers + payload


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


ENTRIES: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "faststream": ((b"__data__", _faststream(JSON)),),
    "faststream-json": (
        (b"__data__", _json({"data": JSON.decode(), "headers": {"correlation_id": "1"}})),
    ),
    "taskiq": (
        (
            b"data",
            _json(
                {
                    "task_id": "1",
                    "task_name": "shop:bill",
                    "labels": {"retries": 1},
                    "args": [7, "x"],
                    "kwargs": {"note": "Zoë"},
                }
            ),
        ),
    ),
    "symfony": (
        (b"message", php_string(_json({"body": JSON.decode(), "headers": {"type": "A"}}))),
    ),
    "symfony-php": (
        (
            b"message",
            php_string(
                _json({"body": 'O:4:\\"User\\":1:{s:2:\\"id\\";i:7;}', "headers": {"a": "b"}})
            ),
        ),
    ),
    "watermill": (
        (b"_watermill_message_uuid", b"6d"),
        (b"metadata", msgspec.msgpack.encode({"reason_poisoned": "boom", "name": "n"})),
        (b"payload", JSON),
    ),
    "wolverine": ((b"payload", JSON), (b"wolverine-message-type", b"Shop.Order")),
    "wolverine-dead": (
        *((b"envelope-id", b"1"), (b"message-type", b"A.B"), (b"exception-type", b"C")),
        *((b"exception-message", b"boom"), (b"payload", JSON)),
    ),
    "mastra": (
        (b"event", _json({"type": "t", "data": ORDER, "runId": "1", "deliveryAttempt": 2})),
    ),
    "cloudevents": (
        (b"data", _json({"specversion": "1.0", "type": "t", "id": "1", "data": ORDER})),
    ),
    "dapr": (
        (
            b"data",
            _json(
                {
                    "specversion": "1.0",
                    "type": "t",
                    "id": "1",
                    "pubsubname": "p",
                    "data_base64": base64.b64encode(JSON).decode(),
                }
            ),
        ),
        (b"metadata", _json({"a": "b"})),
    ),
    "cap": (
        (b"headers", _json({"cap-msg-name": "order", "cap-msg-id": 1})),
        (b"body", _json(base64.b64encode(JSON).decode())),
    ),
    "spring": ((b"_class", b"shop.Order"), (b"id", b"7"), (b"customer.name", b"Zo\xc3\xab")),
    "spring-raw": ((b"_raw", JSON),),
    "debezium": (
        (
            _json({"id": 7}),
            _json(
                {"payload": {"op": "u", "before": None, "after": ORDER, "source": {"db": "shop"}}}
            ),
        ),
    ),
    "moleculer": ((b"payload", JSON), (b"headers", _json({"x-error-message": "boom"}))),
    "socket.io": (
        *((b"uid", b"u"), (b"nsp", b"/"), (b"type", b"3")),
        (b"data", msgspec.msgpack.encode({"packet": {"data": ["order", ORDER]}})),
    ),
    "bullmq": ((b"event", b"failed"), (b"jobId", b"7"), (b"failedReason", b"boom")),
    "benthos": ((b"body", JSON), (b"kafka_topic", b"orders")),
    "replayed": ((b"n", b"1"), (b"streamtop-origin-stream", b"s"), (b"streamtop-origin-id", b"1")),
    "plain": ((b"order_id", b"7"), (b"n\xe9", JSON), (b"\x1b[31m", b"")),
}
