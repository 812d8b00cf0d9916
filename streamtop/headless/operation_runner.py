"""From a plan to a receipt: what all commands that write have in common."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import click

from streamtop.headless.confirmation import agreed, must_be_answerable, tell
from streamtop.headless.output import write_text
from streamtop.headless.plan import show_plan
from streamtop.headless.progress import in_words, status_line
from streamtop.headless.receipts import ALL_DONE, NOT_ALL, code_of, exit_code, show_receipt
from streamtop.journal.writer import log_for
from streamtop.operations.apply import KEPT
from streamtop.operations.redis_cli import redis_cli_lines
from streamtop.planning.plan import Plan, PlanContext, UnsuitableError
from streamtop.source import RefusedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from streamtop.headless.confirmation import Choices
    from streamtop.masking import Mask
    from streamtop.model.snapshot import ServerInfo
    from streamtop.operations import Log, Receipt
    from streamtop.settings import Settings
    from streamtop.source import Source

_STOPS = signal.SIGINT, signal.SIGTERM


class Connected(NamedTuple):
    """A server that was connected to, and which one it is."""

    source: Source
    server: ServerInfo


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes: where, what, and where it is recorded."""

    connect: Callable[[], Awaitable[Connected]]
    plan: Callable[[PlanContext], Awaitable[Plan]]
    """Makes the plan; changes nothing."""
    open_log: Callable[[ServerInfo], Log]
    """Called once it is sure that something will be done."""


def log_of(settings: Settings, mask: Mask | None, server: ServerInfo) -> Log:
    """Where operations are recorded, as the settings say, and what of entries is not."""
    return log_for(settings.journal, server, mask=mask.hide if mask is not None else None)


def carry_out(act: Command, choices: Choices) -> int:
    """Plan, ask, do and report.

    The question is asked while nothing else runs, so that Ctrl-C ends it. While entries are
    being changed, Ctrl-C ends it after the batch under way; once more ends it at once.

    Returns:
        The exit code.

    Raises:
        click.UsageError: If nobody is there to ask and no option answers.
    """
    must_be_answerable(choices)
    with asyncio.Runner() as runner:
        try:
            connected = runner.run(_connected(act))
        except SourceError as error:
            return _told(error)
        try:
            return _carried_out(runner, connected, act, choices)
        except SourceError as error:
            return _told(error)
        finally:
            runner.run(connected.source.close())


def _carried_out(
    runner: asyncio.Runner, connected: Connected, act: Command, choices: Choices
) -> int:
    source = connected.source
    if choices.sends:
        runner.run(_must_be_able(source))
    planned = runner.run(_planned(act, source))
    operation = planned.operation
    if choices.redis_cli:
        return _print_lines(planned)
    if choices.dry_run:
        abilities = runner.run(source.abilities())
        show_plan(planned, choices, refusal=abilities.why_not(*operation.needs))
        return ALL_DONE
    if operation.total:
        runner.run(_must_be_able(source, *operation.needs))
        if not agreed(planned, choices):
            tell("nothing was sent\n")
            return NOT_ALL
        receipt = runner.run(_applied(source, act.open_log(connected.server), planned, choices))
    else:
        receipt = planned.without_sending()
    show_receipt(receipt, as_json=choices.as_json)
    return exit_code(receipt)


async def _connected(act: Command) -> Connected:
    return await act.connect()


async def _planned(act: Command, source: Source) -> Plan:
    with status_line() as show:
        context = PlanContext(
            source,
            progress=lambda looked_at, found: show(f"{looked_at:,} entries read, {found:,} found"),
        )
        try:
            return await act.plan(context)
        except UnsuitableError as error:
            raise click.UsageError(str(error)) from None


async def _must_be_able(source: Source, *commands: str) -> None:
    """Refuse early what would be refused.

    Raises:
        RefusedError: If nothing may be written, or one of these commands cannot be used.
    """
    why_not = (await source.abilities()).why_not(*commands)
    if why_not is not None:
        raise RefusedError(f"nothing was sent: {why_not}")


async def _applied(source: Source, log: Log, planned: Plan, choices: Choices) -> Receipt:
    with _stoppable() as stop, status_line() as show:
        receipt = await planned.run(
            source,
            log,
            progress=lambda progress: show(in_words(planned.operation.verb, progress)),
            stop=stop,
            keep=None if choices.all_outcomes else KEPT,
        )
    stopped = ("It was stopped before its end.",) if stop.is_set() and receipt.left else ()
    return replace(receipt, notes=(*receipt.notes, *stopped))


@contextmanager
def _stoppable() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C sets; the second time, Ctrl-C does what it does elsewhere."""
    stop = asyncio.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    loop = asyncio.get_running_loop()

    def end_soon() -> None:
        stop.set()
        as_usual()
        tell("\nstopping after the batch under way; once more stops at once\n")

    def as_usual() -> None:
        for each in _STOPS:
            loop.remove_signal_handler(each)

    for each in _STOPS:
        loop.add_signal_handler(each, end_soon)
    try:
        yield stop
    finally:
        as_usual()


def _print_lines(planned: Plan) -> int:
    """Print all commands; end quietly once nobody reads them any more."""
    if planned.already:
        tell(f"streamtop: {len(planned.already):,} left out: {planned.already[0].reason}\n")
    for line in redis_cli_lines(planned.operation, time.monotonic):
        if not write_text(f"{line}\n"):
            break
    return ALL_DONE


def _told(error: SourceError) -> int:
    tell(f"streamtop: {error}\n")
    return code_of(error)
