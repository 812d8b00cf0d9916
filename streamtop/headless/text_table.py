"""Lines and tables of text for a terminal or a pipe, coloured on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtop.cell_width import cells, cut, padded
from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

Tone = Literal["plain", "dim", "strong", "good", "warning", "error"]
_CODES: dict[Tone, str] = {
    "dim": "2",
    "strong": "1",
    "good": "32",
    "warning": "33",
    "error": "31",
}


class Cell(NamedTuple):
    """A piece of a line and its tone. The text is escaped when it is drawn."""

    text: str
    tone: Tone = "plain"


class Style(NamedTuple):
    """How lines are drawn."""

    width: int | None = None
    """Cells of the terminal, to which lines are cut; `None` for a pipe."""
    colour: bool = False


PLAIN = Style()


def line(pieces: Sequence[Cell], style: Style = PLAIN) -> str:
    r"""Pieces as one line without its end, and without control characters but for colours.

    >>> line([Cell("✖ ", "error"), Cell("a\x1b[2J"), Cell("   ")])
    '✖ a\\x1b[2J'
    >>> line([Cell("✖ ", "error"), Cell("orders")], Style(width=5, colour=True))
    '\x1b[31m✖ \x1b[0mor…'
    """
    texts = [printable(piece.text) for piece in pieces]
    whole = "".join(texts).rstrip()
    shown = whole if style.width is None else cut(whole, style.width)
    if not style.colour:
        return shown
    coloured, start = "", 0
    for piece, text in zip(pieces, texts, strict=True):
        end = start + len(text)
        coloured += _coloured(shown[start:end], piece.tone)
        start = end
    return coloured


def _coloured(text: str, tone: Tone) -> str:
    return f"\x1b[{_CODES[tone]}m{text}\x1b[0m" if tone in _CODES and text else text


class Column(NamedTuple):
    """A column of a table."""

    heading: str = ""
    right: bool = False
    """Whether cells are aligned to the right."""
    min_width: int = 0
    shrinks_to: int | None = None
    """The width to which the column may be cut where the terminal is narrow."""
    gap: int = 2
    """Cells between this column and the next."""


class TextTable:
    """Rows in columns, written page by page; the first page sets the widths."""

    def __init__(self, columns: Sequence[Column], style: Style = PLAIN) -> None:
        self._columns = columns
        self._style = style
        self._widths: list[int] = []

    def lines(self, rows: Sequence[Sequence[Cell] | Cell]) -> str:
        """The next rows as lines with their ends, the headings before the first.

        Args:
            rows: A row may end before the last column. A single cell is a line of its own.
        """
        if not self._widths:
            self._fit([row for row in rows if not isinstance(row, Cell)])
            if any(column.heading for column in self._columns):
                rows = [[Cell(column.heading, "dim") for column in self._columns], *rows]
        return "".join(
            line([row] if isinstance(row, Cell) else self._aligned(row), self._style) + "\n"
            for row in rows
        )

    def _fit(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._widths = [
            max(
                column.min_width,
                cells(column.heading),
                *(cells(printable(row[index].text)) for row in rows if index < len(row)),
            )
            for index, column in enumerate(self._columns)
        ]
        if self._style.width is not None:
            total = sum(self._widths) + sum(column.gap for column in self._columns[:-1])
            for index, column in enumerate(self._columns):
                if column.shrinks_to is not None and total > self._style.width:
                    room = self._widths[index] - (total - self._style.width)
                    self._widths[index] = max(column.shrinks_to, room)

    def _aligned(self, row: Sequence[Cell]) -> list[Cell]:
        pieces: list[Cell] = []
        for cell, column, width in zip(row, self._columns, self._widths, strict=False):
            text = printable(cell.text)
            if column.shrinks_to is not None:
                text = cut(text, width)
            pieces.append(Cell(padded(text, width, right=column.right), cell.tone))
            pieces.append(Cell(" " * column.gap))
        return pieces
