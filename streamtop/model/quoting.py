"""Commands in the syntax of redis-cli."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BARE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/*$+@~=,")
_LONG = 500
"""Minimum bytes of a word whose quoted form is cached."""
_ESCAPES = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x22: '\\"', 0x5C: "\\\\"}


def as_redis_cli(command: Iterable[bytes]) -> str:
    r"""A command as a line that can be typed into redis-cli.

    >>> as_redis_cli((b"XACK", b"my orders", b"caf\xe9", b"1-0"))
    'XACK "my orders" "caf\\xe9" 1-0'
    """
    return " ".join(map(_quoted, command))


def _quoted(word: bytes) -> str:
    if word and _BARE.issuperset(word):
        return word.decode("ascii")
    return _once(word) if len(word) > _LONG else quoted(word)


@lru_cache(maxsize=16)
def _once(word: bytes) -> str:
    """The same as `quoted`, cached: every command of an operation contains its script."""
    return quoted(word)


def quoted(word: bytes) -> str:
    r"""Any bytes as a quoted word of redis-cli.

    >>> print(quoted(b'a"\xff'))
    "a\"\xff"
    """
    body = "".join(
        _ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")
        for byte in word
    )
    return f'"{body}"'
