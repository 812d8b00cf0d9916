"""The question before a write: shown with what follows, answered on a terminal or by options."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import click

from streamtop.cell_width import cut
from streamtop.headless.output import encoded
from streamtop.model.text import printable, to_name
from streamtop.operations import as_redis_cli
from streamtop.operations.operation import script_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtop.operations import Operation
    from streamtop.planning.plan import Plan
    from streamtop.source import Command

_COMMANDS = 3
"""Commands that are shown."""
_WIDTH = 200
"""Cells of a command that is shown, where there is no terminal to ask for its width."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How a command that writes was called."""

    yes: bool = False
    """The question is answered, unless a name must be typed for a yes."""
    confirm: str | None = None
    """The name that would have to be typed."""
    dry_run: bool = False
    """Only show what would be done."""
    redis_cli: bool = False
    """Only print the commands."""
    as_json: bool = False
    all_outcomes: bool = False
    """Whether the receipt holds the outcome of every entry, however many there are."""

    @property
    def sends(self) -> bool:
        """Whether anything is to be changed at all."""
        return not (self.dry_run or self.redis_cli)


def must_be_answerable(choices: Choices) -> None:
    """See to it that there will be an answer, before anything is asked of a server.

    Raises:
        click.UsageError: If nobody is there to ask, and no option answers.
    """
    if choices.sends and not (choices.yes or choices.confirm is not None or _somebody_is_there()):
        raise click.UsageError(
            "there is no terminal to ask on: --yes does it, --dry-run shows what would be done"
        )


def agreed(plan: Plan, choices: Choices) -> bool:
    """Whether the operation is to be run; asks on the terminal if no option says so.

    Raises:
        click.UsageError: If nobody is there to ask, or another name was given than asked for.
    """
    name = plan.operation.typed
    if choices.confirm is not None:
        if name is not None and not _is(choices.confirm, name):
            raise click.UsageError(f"--confirm: it is {printable(name)} that this is about")
        if name is not None or choices.yes:
            return True
    elif choices.yes and name is None:
        return True
    if not _somebody_is_there():
        needed = "--yes" if name is None else f"--confirm {printable(name)}"
        raise click.UsageError(f"there is no terminal to ask on: {needed} would answer")
    tell(preview(plan))
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
    """The first commands, and one more if there are more; scripts by their names."""
    steps: Iterator[Command] = (step.command for step in operation.steps(time.monotonic))
    return [_shown(command) for command in islice(steps, _COMMANDS + 1)]


def tell(text: str) -> None:
    """Write to standard error; what its encoding does not know is escaped."""
    with suppress(BrokenPipeError):  # what nobody reads is no reason to end
        click.echo(encoded(text, sys.stderr), nl=False, err=True)


def _shown(command: Command) -> str:
    """A command as it can be read: a script by its name."""
    if command[0] != b"EVAL":
        return as_redis_cli(command)
    name = script_name(command[1]) or "script"
    return as_redis_cli((command[0], f"{name}.lua".encode(), *command[2:]))


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _answer(name: str | None) -> bool:
    """Ask until there is an answer; nothing at all is a no."""
    wanted = "yes" if name is None else printable(name)
    tell(f"Type {wanted} to do it: ")
    given = sys.stdin.readline()
    if not given.endswith("\n"):
        tell("\n")
    answer = given.strip("\r\n") if name is not None else given.strip().lower()
    return answer == wanted or (name is not None and _is(answer, name))


def _is(given: str, name: str) -> bool:
    """Whether a text from the shell is a name: as its bytes, or as it is shown."""
    return to_name(os.fsencode(given)) == name or given == printable(name)
