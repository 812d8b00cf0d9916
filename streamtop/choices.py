"""Single choices: what was given → what it stands for, or why it cannot be."""

from __future__ import annotations

import math
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from streamtop.config import shortened
from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtop.config import Given


_DURATION = r"\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d|)\s*"
_UNITS = {"ms": 1, "s": 1_000, "": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Hidden(NamedTuple):
    """What is to be hidden of entries, as it was written."""

    fields: tuple[str, ...] = ()
    """Patterns of names."""
    paths: tuple[str, ...] = ()
    """JSON paths."""
    patterns: tuple[str, ...] = ()
    """Regular expressions."""


def url(value: object) -> str:
    """A text, which may hold a password.

    Raises:
        ValueError: If it is none.
    """
    if not isinstance(value, str):
        raise ValueError("a text")  # never the value: there may be a password in it
    return value


def text(value: object) -> str:
    """A text that is not empty.

    Raises:
        ValueError: If it is none.
    """
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text, not {'an empty one' if value == '' else shortened(value)}")
    return value


def patterns(value: object) -> tuple[str, ...]:
    """One text, or a list of them.

    Raises:
        ValueError: If it is neither.
    """
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError(f"a list of patterns, not {shortened(value)}")
    return tuple(text(word) for word in words)


def times(value: object) -> int:
    """How many times: a whole number from 1.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"a whole number from 1, not {shortened(value)}")
    return value


def truth(value: object) -> bool:
    """Yes or no.

    Raises:
        ValueError: If it is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f"true or false, not {shortened(value)}")
    return value


def truth_or_patterns(value: object) -> bool | tuple[str, ...]:
    """Yes or no, or patterns of the servers for which it is yes.

    Raises:
        ValueError: If it is nothing of these.
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, list):
        raise ValueError(f"true or false, or a list of patterns, not {shortened(value)}")
    for each in value:
        if not isinstance(each, str) or not each:
            raise ValueError(f"a pattern of server URLs, not {shortened(each)}")
    return tuple(value)


def read_only_because(
    given: Given, chosen: bool | Sequence[str], names: Iterable[str]
) -> str | None:
    """Why a server is only to be looked at; `None` if it is not.

    Args:
        given: The choice, for where it was made.
        chosen: What it says, patterns in any case of letters.
        names: What the server is called: its URL without the password, its hosts.

    >>> from streamtop.config import Given
    >>> read_only_because(Given(None, "config.toml:3: read_only"), ["*PROD*"], ["redis://prod-1:6379"])
    'config.toml:3: read_only matches *PROD*'
    """
    if isinstance(chosen, bool):
        return given.origin if chosen else None
    known = [name.lower() for name in names]
    for pattern in chosen:
        if any(fnmatchcase(name, pattern.lower()) for name in known):
            return f"{given.origin} matches {printable(pattern)}"
    return None


def milliseconds(text: str) -> int:
    """A duration: 500ms, 90s, 5m, 1.5h, 2d; a bare number is seconds.

    Raises:
        ValueError: If the text is no duration.

    >>> [milliseconds(text) for text in ("500ms", "90", "90s", "5m", "1.5h", "2d")]
    [500, 90000, 90000, 300000, 5400000, 172800000]
    """
    match = re.fullmatch(_DURATION, text)
    if match is None:
        raise ValueError(f"a duration such as 500ms, 90s, 5m, 2h or 1d, not {shortened(text)}")
    return round(float(match[1]) * _UNITS[match[2]])


def span(value: object, unit: int) -> int:
    """A duration in milliseconds; numbers count units of so many, texts name their own."""
    if isinstance(value, str) and value.strip()[-1:].isalpha():
        return milliseconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        wanted = "a number, or a duration such as '90s' or '5m'"
        raise ValueError(f"{wanted}, not {shortened(value)}")
    if not 0 <= value <= 10**12:
        raise ValueError(f"a duration from 0, not {shortened(value)}")
    return round(value * unit)
