"""The output of PHP's serialize() as a tree of texts and numbers; no objects are created.

Source:
    https://www.php.net/manual/en/function.serialize.php
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.formats.json_values import CUT
from streamtop.decode.limits import DEEPEST, NODES
from streamtop.model.text import printable_bytes

if TYPE_CHECKING:
    from streamtop.decode.values import Json

CLASS = "class"
"""The member of an object's tree that holds the name of its class."""


def php(raw: bytes) -> Json:
    r"""The serialized value.

    Raises:
        ValueError: If the bytes are anything else, or more than one value.

    >>> php(b'a:2:{i:0;s:3:"caf";s:1:"n";O:4:"User":1:{s:2:"id";i:7;}}')
    {'0': 'caf', 'n': {'class': 'User', 'id': 7}}
    """
    reader = _Reader(raw)
    value = reader.value(0)
    if reader.at != len(raw):
        raise ValueError("more than one value")
    return value


def string(raw: bytes) -> bytes:
    r"""The bytes of a serialized string, which is how Symfony wraps its JSON.

    Raises:
        ValueError: If the bytes are not a serialized string.

    >>> string(b's:2:"{}";')
    b'{}'
    """
    reader = _Reader(raw)
    content = reader.string() if raw.startswith(b"s:") else b""
    if not content or reader.at != len(raw):
        raise ValueError("not a string")
    return content


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.at = 0
        self._raw = raw
        self._left = NODES

    def value(self, depth: int) -> Json:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise ValueError("too much of it")
        kind = self._raw[self.at : self.at + 2]
        match kind:
            case b"N;":
                self.at += 2
                return None
            case b"b:":
                return self._scalar() == b"1"
            case b"i:":
                return int(self._scalar())
            case b"d:":
                return self._float()
            case b"s:" | b"S:":
                return printable_bytes(self.string())
            case b"E:":
                return printable_bytes(self.string())
            case b"r:" | b"R:":
                return f"{CUT} the value number {printable_bytes(self._scalar())}"
            case b"a:":
                self.at += 2
                return self._pairs(depth)
            case b"O:":
                name = self._name()
                return {CLASS: name, **self._pairs(depth)}
            case b"C:":
                name = self._name()
                return {CLASS: name, "serialized": printable_bytes(self._delimited(b"{", b"}"))}
        raise ValueError("no serialized value")

    def string(self) -> bytes:
        """Read a string, which is preceded by its length, and the semicolon after it."""
        self.at += 2
        content = self._delimited(b'"', b'"')
        self._expect(b";")
        return content

    def _name(self) -> str:
        self.at += 2
        name = printable_bytes(self._delimited(b'"', b'"'))
        self._expect(b":")
        return name

    def _delimited(self, opening: bytes, closing: bytes) -> bytes:
        length = self._length()
        self._expect(opening)
        content = self._raw[self.at : self.at + length]
        self.at += length
        self._expect(closing)
        return content

    def _pairs(self, depth: int) -> dict[str, Json]:
        number = self._length()
        self._expect(b"{")
        members: dict[str, Json] = {}
        for _ in range(number):
            key = self.value(depth + 1)
            # The names of private and protected properties contain NULs and the class.
            name = key.rpartition("\\x00")[2] if isinstance(key, str) else str(key)
            members[name] = self.value(depth + 1)
        self._expect(b"}")
        return members

    def _scalar(self) -> bytes:
        end = self._raw.index(b";", self.at, self.at + 400)
        word = self._raw[self.at + 2 : end]
        self.at = end + 1
        return word

    def _float(self) -> Json:
        word = self._scalar()
        number = float(word)
        return number if abs(number) < float("inf") else printable_bytes(word)

    def _length(self) -> int:
        end = self._raw.index(b":", self.at, self.at + 20)
        digits = self._raw[self.at : end]
        if not digits.isdigit() or int(digits) > len(self._raw):
            raise ValueError("no length")
        self.at = end + 1
        return int(digits)

    def _expect(self, mark: bytes) -> None:
        if not self._raw.startswith(mark, self.at):
            raise ValueError("no serialized value")
        self.at += len(mark)
