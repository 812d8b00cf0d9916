"""What decoders make of entries: values that can be shown, searched and exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtop.decode.values import Json, Reading
    from streamtop.model.entries import Entry


@dataclass(frozen=True)
class Body:
    """A value of an entry, decoded once, when it is first needed."""

    raw: bytes

    @cached_property
    def reading(self) -> Reading:
        """The decoded value."""
        from streamtop.decode.layers import read

        return read(self.raw)

    @cached_property
    def line(self) -> str:
        """The value on one line of up to `SUMMARY` characters."""
        from streamtop.decode.layers import line

        return line(self.raw)


@dataclass(frozen=True)
class Decoded:
    """An entry in the terms of the framework that wrote it.

    The texts may contain any characters; they are made printable where they are shown.
    """

    framework: str | None
    """The writer: faststream, taskiq, … `None` if no framework was recognised."""
    summary: str
    """One line: the task and its arguments, the event, the order."""
    facts: tuple[tuple[str, str], ...] = ()
    """Names and values that tell entries apart, most important first: task, id, trace."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values that travel beside the payload."""
    bodies: tuple[tuple[str, Body], ...] = field(default=())
    """The payload, or several of them, by title."""

    def as_json(self) -> Json:
        """Facts, headers and payloads as a structure for other programs."""
        headers: dict[str, Json] = dict(self.headers)
        bodies: dict[str, Json] = {title: body.reading.tree for title, body in self.bodies}
        return {"facts": dict(self.facts), "headers": headers, "bodies": bodies}


Decoder = Callable[["Entry"], Decoded | None]
"""Decodes an entry; returns `None` for one that another framework wrote."""
