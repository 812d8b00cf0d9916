"""Writing to standard output: lines are cut and coloured on a terminal, whole in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click
import msgspec

from streamtop.headless.text_table import PLAIN, Style

if TYPE_CHECKING:
    from typing import TextIO

    from streamtop.model.snapshot import Snapshot
    from streamtop.model.verdict import Thresholds


def show_snapshot(snapshot: Snapshot, limits: Thresholds, *, as_json: bool) -> None:
    """Write a snapshot: as a table, or as JSON, which is indented on a terminal."""
    if as_json:
        from streamtop.headless.snapshot_json import to_document

        write_json(to_document(snapshot, limits))
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
    """Write text; characters that the encoding lacks are escaped.

    Returns:
        Whether the reader is still there.
    """
    return write_bytes(encoded(text, sys.stdout))


def write_json(value: object) -> None:
    """Write a value as JSON with a final newline, indented on a terminal."""
    raw = msgspec.json.encode(value)
    write_bytes((msgspec.json.format(raw, indent=2) if sys.stdout.isatty() else raw) + b"\n")


def write_error(text: str) -> None:
    """Write text to standard error; characters that the encoding lacks are escaped."""
    with suppress(BrokenPipeError):  # the command goes on if nobody reads its messages
        click.echo(encoded(text, sys.stderr), nl=False, err=True)


def encoded(text: str, output: TextIO) -> bytes:
    """Text in the encoding of an output; characters that it lacks are escaped."""
    return text.encode(output.encoding or "utf-8", errors="backslashreplace")


def write_bytes(raw: bytes) -> bool:
    """Write bytes. It is no error if the reader is gone, as with `head`.

    Returns:
        Whether the reader is still there.
    """
    try:
        click.echo(raw, nl=False)
    except BrokenPipeError:
        # The interpreter would try to write the rest of the buffer at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
