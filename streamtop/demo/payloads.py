"""The payloads of the demo's entries.

Each function returns the fields of one entry, as alternating names and values for XADD. Its
arguments are the producer's random generator, seeded so that each run looks like the last,
and the entry's number in its stream.
"""

import json
import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import NoReturn, TypeAlias
from uuid import UUID

Fields: TypeAlias = tuple[str | bytes, ...]
Payload: TypeAlias = Callable[[Random, int], Fields]

FASTSTREAM_MAGIC = b"\x89BIN\r\n\x1a\n"
"""The first eight bytes of a binary FastStream value."""

CUSTOMERS = ("Ada Lovelace", "Alan Turing", "Édith Piaf", "Grace Hopper", "Søren Kierkegaard")
DOMAINS = ("example.com", "example.net", "example.org")
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "GBP")


def order(chance: Random, number: int) -> Fields:
    """An order in JSON, beside the name of its event."""
    lines = [
        {"sku": f"SKU-{chance.randrange(100, 999)}", "quantity": chance.randint(1, 4)}
        for _ in range(chance.randint(1, 3))
    ]
    body = {
        "order_id": 48_000 + number,
        "customer": chance.choice(CUSTOMERS),
        "total": _amount(chance),
        "currency": chance.choice(CURRENCIES),
        "lines": lines,
    }
    return ("event", "order.placed", "body", _json(body))


def payment(chance: Random, number: int) -> Fields:
    """A payment in JSON."""
    body = {
        "payment_id": f"pay_{chance.getrandbits(40):010x}",
        "order_id": 48_000 + number,
        "amount": _amount(chance),
        "currency": chance.choice(CURRENCIES),
        "method": chance.choice(("card", "card", "paypal", "sepa")),
    }
    return ("payload", _json(body))


def malformed_payment(chance: Random, number: int) -> Fields:
    """A payment that no consumer can process: NaN is not JSON, and the order is missing."""
    return ("payload", f'{{"payment_id": "pay_{number:010x}", "amount": NaN, "currency": ""}}')


def is_payment(fields: Sequence[bytes]) -> bool:
    """Whether a payment can be processed.

    >>> is_payment([b"payload", b'{"order_id": 7, "amount": 9.9}'])
    True
    >>> is_payment([b"payload", b'{"order_id": 7, "amount": NaN}'])
    False
    """
    try:
        body = json.loads(fields[1], parse_constant=_refuse)
    except ValueError:
        return False
    return isinstance(body, dict) and {"order_id", "amount"} <= body.keys()


def email(chance: Random, number: int) -> Fields:
    """An email to send, in fields."""
    template = chance.choice(("welcome", "receipt", "password-reset", "newsletter"))
    return _fields(
        to=_address(chance),
        template=template,
        locale=chance.choice(("de", "en", "fr", "ja")),
    )


def audit(chance: Random, number: int) -> Fields:
    """A line of an audit trail, in fields."""
    action = chance.choice(("login", "logout", "order.view", "order.edit", "export"))
    return _fields(
        actor=f"user-{chance.randrange(400)}",
        action=action,
        ip=f"10.0.{chance.randrange(4)}.{chance.randrange(1, 255)}",
    )


def thumbnail(chance: Random, number: int) -> Fields:
    """An image to resize, in fields."""
    return _fields(
        image=f"s3://uploads/{chance.getrandbits(48):012x}.jpg",
        width=str(chance.choice((160, 320, 640))),
    )


def stock(chance: Random, number: int) -> Fields:
    """A stock movement in JSON."""
    body = {
        "sku": f"SKU-{chance.randrange(100, 999)}",
        "warehouse": chance.choice(("BER-1", "HAM-2", "LYS-1")),
        "delta": chance.choice((-3, -2, -1, -1, 24, 48)),
    }
    return ("movement", _json(body))


def pageview(chance: Random, number: int) -> Fields:
    """A page view, in fields."""
    return _fields(
        path=chance.choice(("/", "/cart", "/checkout", f"/product/{chance.randrange(900)}")),
        visitor=f"{chance.getrandbits(32):08x}",
        ms=str(chance.randrange(20, 900)),
    )


def invoice(chance: Random, number: int) -> Fields:
    """An invoice to print, in JSON."""
    body = {
        "invoice": f"2026-{10_000 + number}",
        "order_id": 48_000 + number,
        "customer": chance.choice(CUSTOMERS),
        "total": _amount(chance),
    }
    return ("json", _json(body))


def refund(chance: Random, number: int) -> Fields:
    """A refund, in fields."""
    return _fields(
        order_id=str(48_000 + chance.randrange(900)),
        amount=f"{_amount(chance):.2f}",
        reason=chance.choice(("damaged", "late", "wrong size")),
    )


def webhook(chance: Random, number: int) -> Fields:
    """A call of a webhook, in fields."""
    return ("url", f"https://partner.example.com/hooks/{chance.randrange(9)}", "status", "410")


def kitchen_order(chance: Random, number: int) -> Fields:
    """A restaurant order with Japanese field names and values."""
    return _fields(
        顧客=chance.choice(("佐藤", "鈴木", "高橋", "田中")),
        品目=chance.choice(("ラーメン", "寿司", "カレーライス", "抹茶アイス")),
        合計=f"¥{chance.randrange(400, 3_000, 10)}",
    )


def task(chance: Random, number: int) -> Fields:
    """A task of taskiq: JSON in the field `data`."""
    body = {
        "task_id": _uuid(chance).hex,
        "task_name": chance.choice(("shop.tasks:reindex", "shop.tasks:send_reminder")),
        "labels": {"retry_on_error": True},
        "labels_types": {"retry_on_error": 5},
        "args": [48_000 + number],
        "kwargs": {"priority": chance.choice(("low", "high"))},
    }
    return ("data", _json(body))


def signup(chance: Random, number: int) -> Fields:
    """A new user, published by FastStream in its binary format in the field `__data__`."""
    body = {
        "user_id": 7_000 + number,
        "name": chance.choice(CUSTOMERS),
        "email": _address(chance),
        "plan": chance.choice(("free", "free", "team")),
    }
    headers = {"content-type": "application/json", "correlation_id": str(_uuid(chance))}
    return ("__data__", faststream(_json(body).encode(), headers))


def faststream(body: bytes, headers: dict[str, str]) -> bytes:
    """A value in FastStream's binary format, version 1.

    Args:
        body: The payload, stored unchanged.
        headers: Names and values, each at most 65,535 bytes of UTF-8.

    Returns:
        The magic bytes; u16 version; u32 start of the headers; u32 start of the body;
        u16 number of headers; each name and value after its u16 length; the body.
        All numbers big-endian.
    """
    words = [word.encode() for pair in headers.items() for word in pair]
    head = struct.pack(">H", len(headers))
    head += b"".join(struct.pack(">H", len(word)) + word for word in words)
    return FASTSTREAM_MAGIC + struct.pack(">HII", 1, 18, 18 + len(head)) + head + body


def _fields(**values: str) -> Fields:
    return tuple(word for pair in values.items() for word in pair)


def _amount(chance: Random) -> float:
    return chance.randrange(499, 24_999) / 100


def _address(chance: Random) -> str:
    name = chance.choice(("ada", "alan", "edith", "grace", "soren"))
    return f"{name}{chance.randrange(100)}@{chance.choice(DOMAINS)}"


def _uuid(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False)


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)
