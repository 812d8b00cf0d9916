"""What is understood of the bytes of one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Language = Literal["json", "text", "hex"]
Extent = Literal["whole", "unopened", "bounded", "truncated"]
"""How much of a value was decoded.

whole: all of it. unopened: its format was recognised, its content not read. bounded: the
first part, up to a limit of streamtop. truncated: the data end before the value does.
"""
EXTENTS: tuple[Extent, ...] = ("whole", "unopened", "bounded", "truncated")
"""In the order in which they prevail when one format lies within another."""


class SlowQueryError(ValueError):
    """A regular expression takes too long to match."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A decoded value."""

    formats: tuple[str, ...]
    """The formats that were found, outermost first: gzip, then JSON."""
    tree: Json
    """Its structure, or its text."""
    text: str
    """For display: lines separated by line feeds, no other control characters."""
    language: Language = "text"
    note: str = ""
    """For display: what the text leaves out, or why the value could not be read."""
    inner: bytes = b""
    """The JSON itself, without the formats around it."""
    extent: Extent = "whole"
    """How much of the value `tree` covers."""
