"""The commands over the journal: journal and undo."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import click

from streamtop.cli.connection import DEFAULT_SERVER, connector, mask_of, settings_from
from streamtop.cli.options import (
    WaitFlags,
    WriteFlags,
    choices_from,
    config_option,
    wait_option,
    write_options,
)
from streamtop.model.text import printable
from streamtop.settings import SettingsError, load_settings, milliseconds

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from streamtop.journal.past_operations import PastOperation
    from streamtop.settings import Settings

_COUNT = 20


def _moment(_: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A time in ISO form, local unless it has a zone; or how long ago."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).astimezone()
    except ValueError:
        pass
    try:
        return datetime.now(UTC) - timedelta(milliseconds=milliseconds(value))
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"a time such as 2h, 1d or 2026-01-31T12:00, not {printable(value)}", param=param
        ) from None


class QueryFlags(TypedDict):
    """The options that select operations."""

    since: datetime | None
    until: datetime | None
    stream: str | None
    group: str | None
    operation: str | None
    server: str | None
    user: str | None


@click.command(short_help="List past operations, who ran them, and their outcome.")
@click.argument("operation_id", required=False)
@click.option("--since", metavar="TIME", callback=_moment, help="Not before: 2h, 1d, 2026-01-31.")
@click.option("--until", metavar="TIME", callback=_moment, help="Not after.")
@click.option("--stream", metavar="GLOB", help="Only streams whose names match.")
@click.option("--group", metavar="GLOB", help="Only groups whose names match.")
@click.option("--operation", metavar="NAME", help="Only this operation: claim, acknowledge, …")
@click.option("--server", metavar="TEXT", help="Only servers with this in their URL.")
@click.option("--user", metavar="NAME", help="Only operations of this user.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    default=_COUNT,
    show_default=True,
    help="At most the newest N.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
@config_option
def journal(
    operation_id: str | None,
    *,
    count: int,
    as_json: bool,
    config: str | None,
    **flags: Unpack[QueryFlags],
) -> None:
    """List what streamtop has done to servers, newest first; with an ID, show one operation.

    Needs no server. `streamtop undo ID` undoes an operation where that is possible.
    """
    from streamtop.headless.journal_list import show_operation, show_operations
    from streamtop.journal.past_entries import read_entries
    from streamtop.journal.past_operations import JournalQuery, UnreadableError, read_operations

    path = _path(_settings(config))
    try:
        if operation_id is not None:
            done = _past_operation(path, operation_id)
            show_operation(done, read_entries(path, done.id), as_json=as_json)
            return
        listing = read_operations(path, JournalQuery(**flags))
    except UnreadableError as error:
        raise click.ClickException(str(error)) from None
    show_operations(listing.operations[:count], as_json=as_json)
    for problem, number in (
        ("unreadable: cut short, or written by another program", listing.unreadable),
        ("of a later version of streamtop, and skipped", listing.newer),
    ):
        if number:
            lines = "1 line of the journal is" if number == 1 else f"{number:,} of its lines are"
            click.echo(f"streamtop: {lines} {problem}", err=True)


@click.command(short_help="Undo an operation of the journal, as far as possible.")
@click.argument("operation_id")
@click.argument("url", required=False)
@wait_option
@write_options
def undo(operation_id: str, url: str | None, **flags: Unpack[WaitFlags]) -> None:
    """Undo a claim, acknowledgement, release, handover, copy, creation, prune or new position.

    Entries that changed since are skipped. The journal has the URL of the server, but no
    password; give a URL of the same server where that is needed.
    """
    from streamtop.headless.operation_runner import Command, carry_out, log_of
    from streamtop.journal.past_entries import read_entries
    from streamtop.journal.past_operations import UnreadableError
    from streamtop.planning.undo import CannotUndo, plan_undo, undo_of

    choices = choices_from(flags)
    path = _path(_settings(flags["config"]))
    try:
        done = _past_operation(path, operation_id)
        operation = undo_of(done, read_entries(path, done.id))
    except UnreadableError as error:
        raise click.ClickException(str(error)) from None
    if isinstance(operation, CannotUndo):
        raise click.ClickException(f"{done.id} cannot be undone. {operation.reason}")
    settings = _settings_for(done, url, flags)

    plan = partial(plan_undo, done=done, undo=operation)
    log = partial(log_of, settings, mask_of(settings))
    act = Command(done.stream, partial(connector, settings), plan, log, path)
    raise SystemExit(carry_out(act, choices))


def _settings(config: str | None) -> Settings:
    try:
        return load_settings({"config": config}, os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def _path(settings: Settings) -> Path:
    from streamtop.journal.location import journal_path

    path = journal_path(settings.journal)
    if path is None:
        origin = settings.origins.get("journal", "the settings")
        raise click.UsageError(f"{origin}: the journal is switched off")
    return path


def _past_operation(path: Path, operation_id: str) -> PastOperation:
    from streamtop.journal.past_operations import NoSuchOperationError, find_operation

    try:
        return find_operation(path, operation_id)
    except NoSuchOperationError as error:
        raise click.UsageError(str(error)) from None


def _settings_for(done: PastOperation, url: str | None, flags: WriteFlags) -> Settings:
    """The settings with the URL of the server on which an operation was done.

    Raises:
        click.UsageError: If `url` is another server's, or no valid URL is known.
    """
    from streamtop.gateway.address import redacted, same_server

    recorded = done.server.url
    settings = settings_from(url or DEFAULT_SERVER, flags)
    if same_server(settings.url, recorded):
        return settings
    if url is not None:
        raise click.UsageError(f"{done.id} was done on {recorded}, not on {redacted(url)}")
    try:
        return settings_from(recorded, flags)
    except click.UsageError:
        raise click.UsageError(f"{done.id} was done on {recorded}: give its URL") from None
