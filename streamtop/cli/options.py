"""The arguments and options of the commands, and the values that they stand for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

import click

from streamtop.model.ids import EntryId
from streamtop.model.selection import Selection
from streamtop.model.text import from_name, to_name
from streamtop.settings import INTERVALS, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.headless.confirmation import Choices

CommandT = TypeVar("CommandT", bound="Callable[..., Any]")


class ServerFlags(TypedDict):
    """The options of every command over a server."""

    read_only: bool | None
    config: str | None


class LookFlags(ServerFlags):
    """The options of every command over many streams."""

    match: tuple[str, ...]
    interval: float | None
    theme: str | None
    limit: tuple[str, ...]


class SelectionFlags(TypedDict):
    """The conditions on pending entries."""

    everything: bool
    idle_over: int | None
    deliveries_over: int | None
    consumer: str | None
    contains: str | None


class EntryFlags(SelectionFlags):
    """Entries by ID, or conditions on pending ones."""

    ids: tuple[EntryId, ...]


class WriteFlags(ServerFlags):
    """The options of every command that writes."""

    yes: bool
    confirm: str | None
    dry_run: bool
    redis_cli: bool
    as_json: bool
    all_outcomes: bool


class EntryWriteFlags(EntryFlags, WriteFlags):
    """The options of every command that writes and takes entries."""


class WaitFlags(WriteFlags):
    """The options of every command whose entries can be followed."""

    wait: int | None


class EntryWaitFlags(EntryWriteFlags, WaitFlags):
    """The same, of a command that takes entries."""


# Values


def _name(_: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A name in Redis, with the bytes that the shell passed."""
    if value == "":
        raise click.BadParameter("a name, not an empty one", param=param)
    return None if value is None else to_name(os.fsencode(value))


def _consumer(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """The name of a consumer, or "" for none."""
    return None if value is None else to_name(os.fsencode(value))


def _ids(_: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[EntryId, ...]:
    try:
        return tuple(map(EntryId.parse, value))
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


def _duration(_: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Milliseconds, from a duration such as 500ms, 90s, 5m, 2h or 1d."""
    try:
        return None if value is None else milliseconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


# Arguments and options

url_argument = click.argument("url")
ids_argument = click.argument("ids", nargs=-1, callback=_ids, metavar="[ID]...")
config_option = click.option(
    "--config", metavar="FILE", help="Settings file to use instead of the default one."
)


def name_argument(name: str) -> Callable[[CommandT], CommandT]:
    """An argument that is a name in Redis."""
    return click.argument(name, callback=_name)


def name_option(
    *flags: str, metavar: str, text: str, required: bool = False
) -> Callable[[CommandT], CommandT]:
    """An option that is a name in Redis."""
    return click.option(*flags, metavar=metavar, callback=_name, help=text, required=required)


def duration_option(flag: str, *, text: str) -> Callable[[CommandT], CommandT]:
    """An option that is a duration; its value is in milliseconds."""
    return click.option(flag, metavar="DURATION", callback=_duration, help=text)


def _read_only_option(*, hidden: bool = False) -> Callable[[CommandT], CommandT]:
    return click.option(
        "--read-only/--no-read-only",
        default=None,
        hidden=hidden,
        help="Refuse every command that writes.",
    )


def _all(*options: Callable[[Any], Any]) -> Callable[[CommandT], CommandT]:
    """A decorator that adds several options, shown in this order."""

    def with_options(command: CommandT) -> CommandT:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def look_options(*, live: bool = True) -> Callable[[CommandT], CommandT]:
    """The options of a command over many streams.

    Args:
        live: Whether it shows a screen; if not, the options of a screen are accepted but hidden.
    """
    shortest, longest = INTERVALS
    return _all(
        click.option(
            "--match",
            metavar="GLOB",
            multiple=True,
            help="Only streams whose names match; may be given more than once.",
        ),
        click.option(
            "--interval",
            type=click.FloatRange(shortest, longest),
            metavar="SECONDS",
            hidden=not live,
            help="Time between two looks at the server.  [default: 1]",
        ),
        _read_only_option(hidden=not live),
        click.option(
            "--theme",
            metavar="NAME",
            hidden=not live,
            help="One of Textual's themes: nord, dracula, …",
        ),
        click.option(
            "--limit",
            metavar="NAME=VALUE",
            multiple=True,
            help="Limits from which a group is reported, unless its own habits are longer: "
            "stuck=5m, gone=90s, poison_deliveries=3, …",
        ),
        config_option,
    )


wait_option = duration_option(
    "--wait", text="Then wait for so long until all are acknowledged: 90s, 5m."
)
server_options = _all(_read_only_option(), config_option)
selection_options = _all(
    click.option("--all", "everything", is_flag=True, help="All pending entries."),
    duration_option("--idle-over", text="Entries idle for longer: 90s, 5m."),
    click.option(
        "--deliveries-over",
        type=click.IntRange(min=0),
        metavar="N",
        help="Entries delivered more than N times.",
    ),
    click.option(
        "--consumer",
        metavar="NAME",
        callback=_consumer,
        help='Entries of this consumer; "" for released ones.',
    ),
    click.option(
        "--contains",
        metavar="TEXT",
        callback=_name,
        help="Entries with this text in a field or a value.",
    ),
)
write_options = _all(
    click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation."),
    click.option(
        "--confirm",
        metavar="NAME",
        help="The name that must be typed where much would be lost.",
    ),
    click.option("--dry-run", is_flag=True, help="Only show what would be done."),
    click.option("--redis-cli", is_flag=True, help="Only print the commands, for redis-cli."),
    click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON."),
    click.option("--all-outcomes", is_flag=True, help="List more than 1,000 outcomes."),
    server_options,
)


def choices_from(flags: WriteFlags) -> Choices:
    """How to confirm an operation, and what to print.

    Raises:
        click.UsageError: If the options contradict each other.
    """
    from streamtop.headless.confirmation import Choices

    prints = [name for name in ("dry_run", "redis_cli") if flags[name]]
    if len(prints) > 1 or (flags["redis_cli"] and flags["as_json"]):
        raise click.UsageError("--redis-cli prints commands and nothing else")
    return Choices(
        yes=flags["yes"],
        confirm=flags["confirm"],
        dry_run=flags["dry_run"],
        redis_cli=flags["redis_cli"],
        as_json=flags["as_json"],
        all_outcomes=flags["all_outcomes"],
        wait_ms=cast("WaitFlags", flags).get("wait"),
    )


def selection_from(flags: SelectionFlags) -> Selection | None:
    """The conditions on pending entries; `None` without any.

    Raises:
        click.UsageError: If --all is combined with a condition.
    """
    over, contains = flags["deliveries_over"], flags["contains"]
    selection = Selection(
        idle_over_ms=flags["idle_over"],
        deliveries_least=None if over is None else over + 1,
        consumer=flags["consumer"],
        contains=None if contains is None else from_name(contains),
    )
    if selection == Selection():
        return selection if flags["everything"] else None
    if flags["everything"]:
        raise click.UsageError("--all is all: leave it out, or the other conditions")
    return selection


def chosen_entries(flags: EntryFlags) -> Selection | tuple[EntryId, ...]:
    """The entries of a command: conditions on pending ones, or IDs.

    Raises:
        click.UsageError: Unless there are either IDs or a selection.
    """
    selection = selection_from(flags)
    if flags["ids"] and selection is not None:
        raise click.UsageError("IDs or a selection, not both")
    if not flags["ids"] and selection is None:
        raise click.UsageError(
            "which entries? IDs, --all, or --idle-over, --deliveries-over, --consumer, --contains"
        )
    return flags["ids"] if selection is None else selection
