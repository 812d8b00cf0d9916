"""What decoders make of bytes: values that can be shown, searched and given to programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Language = Literal["json", "text", "hex"]


class SlowQueryError(ValueError):
    """A regular expression that goes round and round: it is of no use here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as it was understood."""

    formats: tuple[str, ...]
    """What it was found to be, the outermost first: gzip, then JSON."""
    tree: Json
    """Its structure, or its text."""
    text: str
    """Laid out to be read: lines ending in a line feed, no other control characters."""
    language: Language = "text"
    note: str = ""
    """What the text leaves out, or what could not be read and why."""
    inner: bytes = b""
    """The JSON itself, out of all that was around it."""


@dataclass(frozen=True)
class Body:
    """A value out of an entry; understood when it is first looked at, and once."""

    raw: bytes

    @cached_property
    def reading(self) -> Reading:
        """The value as it is understood."""
        from streamtop.decode.layers import read

        return read(self.raw)

    @cached_property
    def line(self) -> str:
        """The value on one line of some hundred characters."""
        from streamtop.decode.layers import line

        return line(self.raw)


@dataclass(frozen=True)
class Decoded:
    """An entry in the terms of whoever wrote it.

    Decoders make these; all texts may hold any characters, they are made printable where
    they are shown.
    """

    framework: str | None
    """Who wrote it: faststream, taskiq, … `None` when nobody is recognised."""
    summary: str
    """One line: the task and its arguments, the event, the order."""
    facts: tuple[tuple[str, str], ...] = ()
    """Name and value of what tells entries apart, the important first: task, id, trace."""
    headers: tuple[tuple[str, str], ...] = ()
    """Name and value of what travels beside the payload."""
    bodies: tuple[tuple[str, Body], ...] = field(default=())
    """The payload, or several of them, by title."""

    def as_json(self) -> Json:
        """For programs: headers and payloads."""
        headers: dict[str, Json] = dict(self.headers)
        bodies: dict[str, Json] = {title: body.reading.tree for title, body in self.bodies}
        return {"facts": dict(self.facts), "headers": headers, "bodies": bodies}


Decoder = Callable[["Entry"], Decoded | None]
"""Reads an entry; `None` when it was written by somebody else."""
