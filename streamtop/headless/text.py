"""Lines for a terminal or a pipe: aligned by display width, coloured on request."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

Tone = Literal["plain", "dim", "strong", "good", "warning", "error"]
_CODES: dict[Tone, str] = {
    "dim": "2",
    "strong": "1",
    "good": "32",
    "warning": "33",
    "error": "31",
}


class Cell(NamedTuple):
    """A piece of a line, and how it is coloured."""

    text: str
    tone: Tone = "plain"


def cells(text: str) -> int:
    """How many cells of a terminal a text without control characters takes.

    >>> cells("billing"), cells("注文"), cells("e\u0301")
    (7, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def cut(text: str, width: int) -> str:
    """A text in at most so many cells, with an ellipsis where it is cut.

    >>> cut("billing", 7), cut("billing", 5), cut("注文", 3), cut("x", 0)
    ('billing', 'bill…', '注…', '')
    """
    if cells(text) <= width:
        return text
    kept, room = [], width - 1
    for character in text:
        room -= _cells_of(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…" if width > 0 else ""


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text in at least so many cells.

    >>> padded("注", 3), padded("1", 3, right=True)
    ('注 ', '  1')
    """
    padding = " " * (width - cells(text))
    return padding + text if right else text + padding


def line(pieces: Iterable[Cell], *, width: int | None, colour: bool) -> str:
    r"""Pieces as one line; whatever they hold, no control character but our own comes out.

    Args:
        pieces: What to show, in order.
        width: Cells of the terminal; `None` for a line of any length.
        colour: Whether tones become colours.

    >>> line([Cell("✖ ", "error"), Cell("a\x1b[2J"), Cell("   ")], width=None, colour=False)
    '✖ a\\x1b[2J'
    >>> line([Cell("✖ ", "error"), Cell("orders")], width=5, colour=True)
    '\x1b[31m✖ \x1b[0mor…'
    """
    shown = [Cell(printable(piece.text), piece.tone) for piece in pieces]
    while shown and not shown[-1].text.strip():
        shown.pop()
    if shown:
        shown[-1] = Cell(shown[-1].text.rstrip(), shown[-1].tone)
    left = width if width is not None else sum(cells(piece.text) for piece in shown)
    done: list[str] = []
    for index, piece in enumerate(shown):
        rest = sum(cells(later.text) for later in shown[index:])
        takes = cells(piece.text)
        # The last piece that fits gives a cell to the ellipsis if more would follow.
        fits = takes <= left if rest <= left else takes < left
        text = piece.text if fits else cut(piece.text + "…", left)
        done.append(_toned(text, piece.tone) if colour else text)
        if not fits:
            break
        left -= takes
    return "".join(done)


def _toned(text: str, tone: Tone) -> str:
    return f"\x1b[{_CODES[tone]}m{text}\x1b[0m" if tone in _CODES and text else text


def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
