"""The output of a Nagios plugin: a line and its details, whatever characters the names hold.

Source:
    https://nagios-plugins.org/doc/guidelines.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.cell_width import cut
from streamtop.model.text import printable
from streamtop.model.verdict import MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtop.headless.metrics import Reading
    from streamtop.headless.thresholds import ThresholdPair

_LONGEST_NAME = 80
_TEXT_BYTES = 2_000
_DATA_BYTES = 5_500
"""Text and data together stay below the 8 kB that Nagios and NRPE read."""


def line(state: str, text: str, data: str = "") -> str:
    r"""The line: the state, a text and performance data, if any.

    >>> line("OK", "a|b\n", "'a lag'=1;;;0")
    "STREAMTOP OK - a\\x7cb\\n | 'a lag'=1;;;0"
    """
    return f"STREAMTOP {state} - {_plain(text)}" + (f" | {data}" if data else "")


def short_name(name: str) -> str:
    """A name, cut to 80 cells."""
    return cut(name, _LONGEST_NAME)


def detail_lines(details: Iterable[str]) -> list[str]:
    """As many of the details as there is room for, at least the first; a line each."""
    kept: list[str] = []
    room = _TEXT_BYTES
    left_out = 0
    for detail in details:
        text = cut(_plain(detail), _TEXT_BYTES // 4)
        room -= len(text.encode()) + 1
        if kept and room < 0:
            left_out += 1
        else:
            kept.append(text)
    if left_out:
        kept.append(f"... and {left_out:,} more")
    return kept


def datum(label: str, reading: Reading, pair: ThresholdPair[int], *, seconds: bool = False) -> str:
    """One figure: 'label'=value[unit];warning;critical;0.

    The value is U where it is unknown, a lower bound, or the mark of a fatal delivery count.

    Args:
        label: The name of the figure; any text.
        reading: The figure; milliseconds if it is a duration.
        pair: Its thresholds, in the same unit.
        seconds: Whether it is a duration.
    """

    def number(value: int | None) -> str:
        if value is None:
            return ""
        return f"{value / 1000:.3f}".rstrip("0").rstrip(".") if seconds else str(value)

    value = reading.value
    if value is None or reading.at_least or value >= MARKED_FATAL:
        shown = "U"
    else:
        shown = number(value) + ("s" if seconds else "")
    return f"{quoted(label)}={shown};{number(pair.warning)};{number(pair.critical)};0"


def quoted(label: str) -> str:
    r"""A label in quotes; quotes in it are doubled, = and | escaped.

    >>> quoted("it's a=b|c")
    "'it''s a\\x3db\\x7cc'"
    """
    return "'" + _plain(label).replace("=", "\\x3d").replace("'", "''") + "'"


def names_that_fit(data: Iterable[tuple[str, Sequence[str]]]) -> set[str]:
    """The names whose data fit into the line, given in order of importance."""
    kept: set[str] = set()
    room = _DATA_BYTES
    for name, texts in data:
        size = sum(len(text.encode()) + 1 for text in texts)
        if size <= room:
            kept.add(name)
            room -= size
    return kept


def _plain(text: str) -> str:
    return printable(text).replace("|", "\\x7c")
