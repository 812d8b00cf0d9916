"""Text measured, cut and padded by the cells that it takes in a terminal."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def cells(text: str) -> int:
    """The number of cells of a text without control characters.

    >>> cells("billing"), cells("注文"), cells("e\u0301")
    (7, 4, 1)
    """
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """A text in at most `width` cells, with an ellipsis where it was cut.

    >>> cut("billing", 7), cut("billing", 5), cut("注文", 3), cut("x", 0)
    ('billing', 'bill…', '注…', '')
    """
    if cells(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text in at least `width` cells, aligned to the left or to the right.

    >>> padded("注", 3), padded("1", 3, right=True)
    ('注 ', '  1')
    """
    padding = " " * (width - cells(text))
    return padding + text if right else text + padding
