"""Lines of text: colours, wrapping, and foldable blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import get_character_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Tone = Literal["plain", "title", "dim", "name", "text", "number", "word", "found"]
_TOKENS = re.compile(
    r"""(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*"?)"""
    r"""|(?P<number>-?\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)"""
)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text that is safe to show, with its tone; JSON is coloured by its tokens."""

    text: str
    tone: Tone = "plain"
    is_json: bool = False
    value: str = ""
    """The part of the text that is copied; empty for all of it."""


class Piece(NamedTuple):
    """The part of a line that is shown on one line of the screen."""

    line: int
    start: int
    end: int


def wrapped(line: int, text: str, width: int) -> Iterator[Piece]:
    """The pieces of a line, each at most `width` cells wide; split at a space if one is near."""
    start, length = 0, len(text)
    while True:
        end = _end(text, start, width)
        if end < length:
            space = text.rfind(" ", start + width // 2, end)
            end = space + 1 if space > 0 else end
        yield Piece(line, start, end)
        if end >= length:
            return
        start = end


def _end(text: str, start: int, width: int) -> int:
    """The index up to which a text fits into `width` cells."""
    piece = text[start : start + width]
    if piece.isascii():
        return start + len(piece)
    for at, character in enumerate(piece):
        width -= get_character_cell_size(character)
        if width < 0:
            return start + at
    return start + len(piece)


def parts(line: TextLine) -> Iterator[tuple[str, str]]:
    """The pieces of a line with their tones."""
    if not line.is_json:
        yield line.text, line.tone
        return
    at = 0
    for token in _TOKENS.finditer(line.text):
        yield line.text[at : token.start()], "plain"
        yield token[0], token.lastgroup or "plain"
        at = token.end()
    yield line.text[at:], "plain"


def within(parts: Sequence[tuple[str, str]], piece: Piece) -> Iterator[tuple[str, str]]:
    """The parts of a line, cut to one of its pieces."""
    at = 0
    for text, tone in parts:
        inside = text[max(0, piece.start - at) : max(0, piece.end - at)]
        at += len(text)
        if inside:
            yield inside, tone


def blocks(lines: Sequence[TextLine]) -> Iterator[tuple[int, int]]:
    """The first line of each foldable block, and the line after its last."""
    open_blocks: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        stripped = line.text.lstrip(" ")
        indent = len(line.text) - len(stripped)
        if not line.is_json:
            open_blocks.clear()
            continue
        if stripped[:1] in ("}", "]") and open_blocks and open_blocks[-1][1] == indent:
            start, _ = open_blocks.pop()
            if number > start + 1:
                yield start, number + 1
        if stripped.endswith(("{", "[")):
            open_blocks.append((number, indent))
