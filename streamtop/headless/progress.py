"""A line of progress on the terminal, erased at the end."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.cell_width import cut
from streamtop.headless.output import write_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtop.operations import Progress

_EVERY = 0.1
"""Seconds between two updates."""
_CLEAR = "\r\x1b[K"


@contextmanager
def status_line() -> Iterator[Callable[[str], None]]:
    """A function that shows a text in one line of standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    drawn_at = 0.0

    def show(text: str) -> None:
        nonlocal drawn_at
        now = time.monotonic()
        if now - drawn_at >= _EVERY:
            drawn_at = now
            write_error(_CLEAR + cut(text, shutil.get_terminal_size().columns - 1))

    try:
        yield show
    finally:
        if drawn_at:
            write_error(_CLEAR)


def in_words(verb: str, progress: Progress) -> str:
    """The progress of an operation in words.

    >>> from streamtop.operations import Progress
    >>> in_words("Claim", Progress(30_000, 90_000, 2.0))
    'Claim: 30,000 of 90,000, 15,000/s, 4.0 s left'
    """
    words = f"{verb}: {progress.reached:,} of {progress.total:,}"
    if progress.rate is not None and progress.seconds_left is not None:
        left = figures.duration(progress.seconds_left * 1000)
        words += f", {figures.rate(progress.rate)}/s, {left} left"
    return words
