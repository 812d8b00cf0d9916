"""The commands of an operation as text, to read, to copy, or to write to a file."""

from __future__ import annotations

import os
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from streamtop.operations import as_redis_cli
from streamtop.operations.redis_cli import redis_cli_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtop.operations import Operation, Step
    from streamtop.source import Command

LINES = 200
"""Lines that are shown, at most; the others are counted."""
COPIED = 1_000
"""Commands that are copied, at most."""
COPIED_BYTES = 1_000_000
"""Characters that are copied, at most: terminals take no more."""


class Shown:
    """The first commands of an operation as they would be sent now, as many as fit."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.commands = 0
        """Commands that are shown, in full or in part."""
        self.complete = False
        """Whether those are all."""
        self._scripts: dict[bytes, str] = {}
        self._lines: list[Content] = []
        self._entries = self._largest = 0
        self._take(operation.steps(time.monotonic))

    def _take(self, steps: Iterator[Step]) -> None:
        for step in steps:
            if len(self._lines) >= LINES:
                return
            self.commands += 1
            self._largest = max(self._largest, len(step.ids))
            self._add(step)
        self.complete = True

    def _add(self, step: Step) -> None:
        """Add a command, each of its entries on a separate line, as many as fit."""
        head, *rows = _by_entry(step)
        self._lines.append(Content(self._named(head)))
        if len(rows) <= 1:
            self._lines[-1] += Content("".join(f" {as_redis_cli(row)}" for row in rows))
            self._entries += len(rows)
            return
        shown = rows[: max(1, LINES - len(self._lines))]
        self._lines += [Content(f"  {as_redis_cli(row)}") for row in shown]
        self._entries += len(shown)

    def _named(self, command: Command) -> str:
        """The words of a command; a script by a name, as its text is shown once."""
        if command[0] != b"EVAL":
            return as_redis_cli(command)
        name = self._scripts.setdefault(command[1], f"<script {len(self._scripts) + 1}>")
        return f"EVAL {name} {as_redis_cli(command[2:])}"

    @property
    def title(self) -> str:
        """How many commands there are."""
        if not self.complete:
            return f"the first {self.commands:,} of about {self.commands + self._more:,} commands"
        return (
            "1 command, exactly" if self.commands == 1 else f"{self.commands:,} commands, exactly"
        )

    @property
    def _more(self) -> int:
        """Estimate of the commands that are not shown."""
        left = self.operation.total - self.commands * max(1, self._largest)
        return max(1, -(-left // max(1, self._largest)))

    @property
    def text(self) -> Content:
        """The commands, the number left out, and the scripts."""
        lines = [*self._lines]
        left = self.operation.total - self._entries if self._entries else 0
        if left > 0:
            more = "" if self.complete else f", in about {self._more:,} more commands"
            lines.append(_dim(f"… and {left:,} more entries{more}"))
        elif not self.complete:
            lines.append(_dim(f"… and about {self._more:,} more commands"))
        for script, name in self._scripts.items():
            lines.append(_dim(f"\n{name}:\n{script.decode().rstrip()}"))
        return Content("\n").join(lines)


def _dim(text: str) -> Content:
    return Content.styled(text, "$foreground 60%")


def _by_entry(step: Step) -> list[Command]:
    """The words before the first entry, then the words of each entry."""
    cuts, at, words = [0], 3 if step.command[0] == b"EVAL" else 0, step.command
    for entry_id in step.ids:
        try:
            at = words.index(bytes(entry_id), at)
        except ValueError:
            break
        cuts.append(at)
        at += 1
    return [words[begin:end] for begin, end in zip(cuts, [*cuts[1:], len(words)], strict=True)]


def to_copy(operation: Operation) -> tuple[str, bool]:
    """The first commands for redis-cli, and whether those are all."""
    lines: list[str] = []
    size = 0
    for line in redis_cli_lines(operation, time.monotonic):
        size += len(line) + 1
        if len(lines) >= COPIED or (lines and size > COPIED_BYTES):
            return "\n".join(lines), False
        lines.append(line)
    return "\n".join(lines), True


def export(operation: Operation) -> tuple[Path, int]:
    """Write all commands to a new file in the current directory that only its owner may read.

    Returns:
        The file, and how many commands are in it.

    Raises:
        OSError: If it cannot be written; an existing file is never overwritten.
    """
    name = f"streamtop-{operation.name}-{time.strftime('%Y%m%d-%H%M%S')}.redis"
    path = Path.cwd() / name
    number = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        lines = redis_cli_lines(operation, time.monotonic)
        while batch := list(islice(lines, 100)):
            file.writelines(f"{line}\n" for line in batch)
            number += len(batch)
    return path, number
