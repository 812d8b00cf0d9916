"""JSON, formatted from its own text, so that numbers and duplicate names are preserved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from streamtop.decode.limits import DEEPEST

if TYPE_CHECKING:
    from streamtop.decode.values import Json

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)"
)
"""A JSON escape: a pair of surrogates, one code unit, or a single character such as \\n."""
_decoder = msgspec.json.Decoder()


def parse(raw: bytes) -> Json:
    """The value of a JSON text.

    Raises:
        ValueError: If it is invalid or nested too deeply.
    """
    if depth(raw) > DEEPEST:
        raise ValueError("nested too deeply")
    try:
        value: Json = _decoder.decode(raw)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def is_json(raw: bytes) -> bool:
    """Whether bytes are one JSON object or array.

    >>> is_json(b' {"a": 1}'), is_json(b"17"), is_json(b"{")
    (True, False, False)
    """
    if raw.lstrip(b" \t\r\n")[:1] not in (b"{", b"["):
        return False
    try:
        parse(raw)
    except ValueError:
        return False
    return True


def indented(raw: bytes) -> str:
    """JSON with one value per line."""
    return msgspec.json.format(raw, indent=2).decode()


def squeezed(raw: bytes) -> bytes:
    """JSON without white space."""
    return msgspec.json.format(raw, indent=-1)


def unescaped(text: str) -> str:
    r"""JSON with needless escapes replaced by their characters.

    >>> unescaped(r'{"\u6ce8\u6587": "\ud83d\ude00 \u0022 \\u6ce8 \u001b"}')
    '{"注文": "😀 \\u0022 \\\\u6ce8 \\u001b"}'
    """
    return _ESCAPE.sub(_character, text) if "\\u" in text else text


def _character(escape: re.Match[str]) -> str:
    high, low, single = escape.groups()
    if high is not None:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    code = int(single, 16) if single is not None else 0
    keep = code < 0x80 or 0xD800 <= code <= 0xDFFF
    return escape[0] if keep else chr(code)


def depth(raw: bytes) -> int:
    """The deepest nesting of brackets, those in strings included."""
    now = deepest = 0
    for bracket in raw.translate(None, delete=_NO_BRACKETS):
        if bracket in b"[{":
            now += 1
            deepest = max(deepest, now)
        else:
            now -= 1
    return deepest
