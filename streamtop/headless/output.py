"""Writing to standard output: lines are cut and coloured on a terminal, whole in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

from streamtop.headless.text_table import PLAIN, Style

if TYPE_CHECKING:
    from typing import TextIO

    from streamtop.model.snapshot import Snapshot
    from streamtop.model.verdict import Thresholds


def show_snapshot(snapshot: Snapshot, limits: Thresholds, *, as_json: bool) -> None:
    """Write a snapshot: as a table, or as JSON, which is indented on a terminal."""
    if as_json:
        from streamtop.headless.snapshot_json import to_json

        write_bytes(to_json(snapshot, limits, pretty=sys.stdout.isatty()))
    else:
        from streamtop.headless.snapshot_table import snapshot_table

        write_text(snapshot_table(snapshot, limits, stdout_style()))


def stdout_style() -> Style:
    """How lines are drawn on standard output: a pipe gets them whole and plain."""
    if not sys.stdout.isatty():
        return PLAIN
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(shutil.get_terminal_size().columns, colour)


def write_text(text: str) -> bool:
    """Write a text; what the encoding of the output does not know is escaped.

    Returns:
        Whether somebody is there to read on.
    """
    return write_bytes(encoded(text, sys.stdout))


def encoded(text: str, output: TextIO) -> bytes:
    """A text in the encoding of an output; what that does not know is escaped."""
    return text.encode(output.encoding or "utf-8", errors="backslashreplace")


def write_bytes(raw: bytes) -> bool:
    """Write bytes; a reader that has gone, as `head` does, is no error.

    Returns:
        Whether somebody is there to read on.
    """
    try:
        click.echo(raw, nl=False)
    except BrokenPipeError:
        # What is still buffered would fail again, and aloud, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
