"""Any structure of Python values as one that JSON can hold, bounded in depth and size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from streamtop.decode.limits import DEEPEST, EXPANDED, NODES
from streamtop.model.text import printable_bytes

if TYPE_CHECKING:
    from streamtop.decode.values import Json

CUT = "…"
"""Stands for values beyond the limits."""


def plain(value: object, *, nodes: int = NODES) -> Json:
    r"""The structure, with texts for values that JSON cannot hold.

    Args:
        value: A Python value, which may contain itself.
        nodes: Maximum number of values, if below the limit: the number of bytes for formats
            with references.

    >>> plain({1: b"\xff", "a": (1, {2.5})})
    {'1': '\\xff', 'a': [1, [2.5]]}
    """
    return _Plain(min(nodes, NODES)).of(value, 0)


class _Plain:
    def __init__(self, nodes: int) -> None:
        self._left = nodes
        self._room = EXPANDED  # characters of texts, which may be shared too

    def of(self, value: object, depth: int) -> Json:
        self._left -= 1
        if isinstance(value, str | bytes | bytearray):
            self._room -= len(value)
        if self._left < 0 or self._room < 0 or depth > DEEPEST:
            return CUT
        match value:
            case None | bool() | str():
                return value
            case int():
                return value if value.bit_length() <= 1024 else hex(value)[:300]
            case float():
                return value if math.isfinite(value) else str(value)
            case bytes() | bytearray() | memoryview():
                return printable_bytes(bytes(value))
            case Mapping():
                return self._of_mapping(value, depth)
            case list() | tuple() | set() | frozenset():
                items = []
                for item in value:
                    items.append(self.of(item, depth + 1))
                    if self._left < 0 or self._room < 0:
                        break
                return items
            case _:
                return str(value)[:1000]

    def _of_mapping(self, value: Mapping[object, object], depth: int) -> Json:
        members: dict[str, Json] = {}
        for key, item in value.items():
            if isinstance(key, str):
                name: Json = key
                self._room -= len(key)
            else:
                name = self.of(key, depth + 1)
            members[name if isinstance(name, str) else str(name)] = self.of(item, depth + 1)
            if self._left < 0 or self._room < 0:
                break
        return members
