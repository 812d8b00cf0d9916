"""Runs a command that writes: plan, confirmation, operation, receipt."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import click

from streamtop.headless.confirmation import agreed, must_be_answerable
from streamtop.headless.output import write_error, write_text
from streamtop.headless.plan import show_plan
from streamtop.headless.progress import in_words, status_line
from streamtop.headless.receipts import ALL_DONE, NOT_ALL, code_of, exit_code, show_receipt
from streamtop.headless.recovery import wait_for_recovery
from streamtop.journal.writer import log_for
from streamtop.operations.apply import KEPT, NoLog
from streamtop.operations.redis_cli import redis_cli_lines
from streamtop.planning.moved_entries import MovedEntries
from streamtop.planning.plan import Plan, PlanContext, UnsuitableError
from streamtop.source import RefusedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from streamtop.headless.confirmation import Choices
    from streamtop.headless.receipts import RecoveryRecord
    from streamtop.masking import Mask
    from streamtop.model.snapshot import ServerInfo
    from streamtop.operations import Log, Receipt
    from streamtop.settings import Settings
    from streamtop.source import Source

_STOPS = signal.SIGINT, signal.SIGTERM


class Connected(NamedTuple):
    """A connected source, and the server behind it."""

    source: Source
    server: ServerInfo


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes."""

    stream: str
    """The stream that it is about."""
    connect_to: Callable[[str], Callable[[], Awaitable[Connected]]]
    """Returns what connects to the server, for one stream alone."""
    plan: Callable[[PlanContext], Awaitable[Plan]]
    """Makes the plan; changes nothing."""
    open_log: Callable[[ServerInfo], Log]
    """Called just before the operation is run."""
    journal: Path | None = None
    """The file in which it is recorded, if any."""


def log_of(settings: Settings, mask: Mask | None, server: ServerInfo) -> Log:
    """The log of the operations on a server, with the mask of the settings."""
    return log_for(settings.journal, server, mask=mask.hide if mask is not None else None)


def carry_out(command: Command, choices: Choices) -> int:
    """Plan, confirm, run and report.

    Ctrl-C at the confirmation ends the command. While the operation runs, Ctrl-C ends it
    after the current batch, and a second one ends it at once.

    Returns:
        The exit code.

    Raises:
        click.UsageError: If there is no terminal and no option that confirms.
    """
    must_be_answerable(choices)
    with asyncio.Runner() as runner:
        try:
            connected = runner.run(_connected(command))
        except SourceError as error:
            return _reported(error)
        try:
            return _carried_out(runner, connected, command, choices)
        except SourceError as error:
            return _reported(error)
        finally:
            runner.run(connected.source.close())


def _carried_out(
    runner: asyncio.Runner, connected: Connected, command: Command, choices: Choices
) -> int:
    source = connected.source
    if choices.sends:
        runner.run(_must_be_able(source))
    plan = runner.run(_planned(command, source))
    operation = plan.operation
    if choices.redis_cli:
        return _print_lines(plan)
    if choices.dry_run:
        abilities = runner.run(source.abilities())
        show_plan(plan, choices, refusal=abilities.why_not(*operation.needs))
        return ALL_DONE
    if operation.total:
        runner.run(_must_be_able(source, *operation.needs))
        if not agreed(plan, choices):
            write_error("nothing was sent\n")
            return NOT_ALL
        moved = MovedEntries(operation, command.open_log(connected.server))
        receipt = runner.run(_applied(source, moved, plan, choices))
    else:
        moved = MovedEntries(operation, NoLog())
        receipt = plan.without_sending()
    if choices.wait_ms is None:
        show_receipt(receipt, as_json=choices.as_json)
        return exit_code(receipt)
    recovery: list[RecoveryRecord] = []
    try:
        recovery = runner.run(_awaited(command, moved, receipt, choices.wait_ms / 1000))
    except SourceError as error:
        write_error(f"streamtop: not followed: {error}\n")
    show_receipt(receipt, as_json=choices.as_json, recovery=recovery)
    recovered = all(each.recovered for each in recovery) and bool(recovery or not moved.moved)
    return exit_code(receipt) or (ALL_DONE if recovered else NOT_ALL)


async def _awaited(
    command: Command, moved: MovedEntries, receipt: Receipt, seconds: float
) -> list[RecoveryRecord]:
    """Wait until what was moved is acknowledged; Ctrl-C ends the wait."""

    async def connect(stream: str) -> Source:
        return (await command.connect_to(stream)()).source

    with _stoppable("\nno longer waiting\n") as stop:
        return await wait_for_recovery(
            moved, receipt, connect, command.journal, seconds=seconds, stop=stop
        )


async def _connected(command: Command) -> Connected:
    return await command.connect_to(command.stream)()


async def _planned(command: Command, source: Source) -> Plan:
    with status_line() as show:
        context = PlanContext(
            source,
            progress=lambda looked_at, found: show(f"{looked_at:,} entries read, {found:,} found"),
        )
        try:
            return await command.plan(context)
        except UnsuitableError as error:
            raise click.UsageError(str(error)) from None


async def _must_be_able(source: Source, *commands: str) -> None:
    """Check that commands can be used, before anything is sent.

    Raises:
        RefusedError: If the source is read-only, or one of the commands cannot be used.
    """
    why_not = (await source.abilities()).why_not(*commands)
    if why_not is not None:
        raise RefusedError(f"nothing was sent: {why_not}")


async def _applied(source: Source, log: Log, plan: Plan, choices: Choices) -> Receipt:
    with _stoppable() as stop, status_line() as show:
        receipt = await plan.run(
            source,
            log,
            progress=lambda progress: show(in_words(plan.operation.verb, progress)),
            stop=stop,
            keep=None if choices.all_outcomes else KEPT,
        )
    stopped = ("It was stopped before its end.",) if stop.is_set() and receipt.left else ()
    return replace(receipt, notes=(*receipt.notes, *stopped))


@contextmanager
def _stoppable(
    notice: str = "\nstopping after the batch under way; once more stops at once\n",
) -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C sets; the second one interrupts as usual."""
    stop = asyncio.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    loop = asyncio.get_running_loop()

    def end_soon() -> None:
        stop.set()
        as_usual()
        write_error(notice)

    def as_usual() -> None:
        for signum in _STOPS:
            loop.remove_signal_handler(signum)

    for signum in _STOPS:
        loop.add_signal_handler(signum, end_soon)
    try:
        yield stop
    finally:
        as_usual()


def _print_lines(plan: Plan) -> int:
    """Print all commands until the reader is gone."""
    for sentence in plan.left_out:
        write_error(f"streamtop: {sentence}\n")
    for line in redis_cli_lines(plan.operation, time.monotonic):
        if not write_text(f"{line}\n"):
            break
    return ALL_DONE


def _reported(error: SourceError) -> int:
    write_error(f"streamtop: {error}\n")
    return code_of(error)
