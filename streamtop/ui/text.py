"""Text on its way to the terminal: escaped, cut to its cells, never markup."""

from __future__ import annotations

from typing import Literal, NamedTuple

from streamtop.cell_width import cut, padded
from streamtop.model.text import printable

Tone = Literal["plain", "dim", "good", "warning", "error", "accent", "marked"]
"""The colour of a piece of text; the theme defines it."""


class Cell(NamedTuple):
    """The text of one cell and its tone; the text is escaped when it is drawn."""

    text: str
    tone: Tone = "plain"


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """A text in exactly so many cells, with an ellipsis where it is cut.

    >>> fitted("billing", 5), fitted("注文", 6), fitted("42", 4, right=True)
    ('bill…', '注文  ', '  42')
    """
    if width <= 0:
        return ""
    return padded(cut(printable(text[: width * 4 + 1]), width), width, right=right)


def as_sentence(words: str) -> str:
    """A few words as a sentence.

    >>> as_sentence("this server has no XNACK (Redis 8.8 and later)")
    'This server has no XNACK (Redis 8.8 and later).'
    """
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?', '!')) else '.'}"
