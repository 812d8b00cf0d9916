"""The confirmation of an operation, on a terminal or by an option."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import click

from streamtop.cell_width import cut
from streamtop.headless.output import write_error
from streamtop.model.text import printable, to_name
from streamtop.operations import as_redis_cli
from streamtop.operations.operation import script_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtop.operations import Operation
    from streamtop.planning.plan import Plan
    from streamtop.source import Command

_COMMANDS = 3
"""How many commands are shown."""
_WIDTH = 200
"""Cells of a command that is shown without a terminal."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How a command that writes was called."""

    yes: bool = False
    """Confirms the operation, unless a name must be typed."""
    confirm: str | None = None
    """The name that must be typed, given in advance."""
    dry_run: bool = False
    """Only show what would be done."""
    redis_cli: bool = False
    """Only print the commands."""
    as_json: bool = False
    all_outcomes: bool = False
    """Whether the receipt holds the outcome of every entry, however many there are."""
    wait_ms: int | None = None
    """How long to wait until all entries that were moved are acknowledged; `None` for not."""

    @property
    def sends(self) -> bool:
        """Whether the operation is to be run."""
        return not (self.dry_run or self.redis_cli)


def must_be_answerable(choices: Choices) -> None:
    """Make sure that the operation can be confirmed, before any server is asked.

    Raises:
        click.UsageError: If there is no terminal and no option that confirms.
    """
    if choices.sends and not (choices.yes or choices.confirm is not None or _has_terminal()):
        raise click.UsageError(
            "there is no terminal to ask on: add --yes, or --dry-run to see what would be done"
        )


def agreed(plan: Plan, choices: Choices) -> bool:
    """Whether the operation is confirmed; asks on the terminal unless an option confirms it.

    Raises:
        click.UsageError: If there is no terminal, or `--confirm` has the wrong name.
    """
    name = plan.operation.typed
    if choices.confirm is not None:
        if name is not None and not _is(choices.confirm, name):
            raise click.UsageError(f"--confirm: the name to confirm is {printable(name)}")
        if name is not None or choices.yes:
            return True
    elif choices.yes and name is None:
        return True
    if not _has_terminal():
        needed = "--yes" if name is None else f"--confirm {printable(name)}"
        raise click.UsageError(f"there is no terminal to ask on: add {needed}")
    write_error(preview(plan))
    return _answer(name)


def preview(plan: Plan) -> str:
    """The question, consequences, notes and first commands of a plan, a line each."""
    width = shutil.get_terminal_size((_WIDTH, 0)).columns if sys.stderr.isatty() else _WIDTH
    operation = plan.operation
    sentences = *operation.consequences, *plan.notes
    lines = [operation.question, *(f"  {sentence}" for sentence in sentences)]
    commands = first_commands(operation)
    if commands:
        lines.append("Commands (all of them: --redis-cli):")
        lines += [f"  {cut(command, width - 2)}" for command in commands[:_COMMANDS]]
    if len(commands) > _COMMANDS:
        lines.append("  …")
    return "".join(f"{printable(line)}\n" for line in lines)


def first_commands(operation: Operation) -> Sequence[str]:
    """The first commands, and one more if there are more, with the names of scripts."""
    steps: Iterator[Command] = (step.command for step in operation.steps(time.monotonic))
    return [_shown(command) for command in islice(steps, _COMMANDS + 1)]


def _shown(command: Command) -> str:
    """A command with the name of its script in place of the text."""
    if command[0] != b"EVAL":
        return as_redis_cli(command)
    name = script_name(command[1]) or "script"
    return as_redis_cli((command[0], f"{name}.lua".encode(), *command[2:]))


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _answer(name: str | None) -> bool:
    """Ask on the terminal; anything but the expected text is a no."""
    expected = "yes" if name is None else printable(name)
    write_error(f"Type {expected} to do it: ")
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        write_error("\n")
    answer = line.strip("\r\n") if name is not None else line.strip().lower()
    return answer == expected or (name is not None and _is(answer, name))


def _is(text: str, name: str) -> bool:
    """Whether text from the shell is a name, by its bytes or in its printable form."""
    return to_name(os.fsencode(text)) == name or text == printable(name)
