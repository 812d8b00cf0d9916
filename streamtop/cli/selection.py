"""What the commands over pending entries share: arguments, selections, and how to answer."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from streamtop.cli.options import settings_from
from streamtop.model.ids import EntryId
from streamtop.model.selection import Selection
from streamtop.model.text import from_name, to_name
from streamtop.settings import milliseconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from streamtop.headless.confirmation import Choices
    from streamtop.headless.operation_runner import Connected
    from streamtop.settings import Settings

CommandT = TypeVar("CommandT", bound="Callable[..., Any]")
USUAL = "-"
"""Stands for the URL that is taken where none is given."""


def _name(_: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A name of Redis: the same bytes as the shell gave them."""
    if value == "":
        raise click.BadParameter("a name, not an empty one", param=param)
    return None if value is None else to_name(os.fsencode(value))


def _consumer(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A consumer; "" for nobody."""
    return None if value is None else to_name(os.fsencode(value))


def _ids(_: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[EntryId, ...]:
    """The IDs of entries."""
    try:
        return tuple(map(EntryId.parse, value))
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


def _duration(_: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A time span in milliseconds: 500ms, 90s, 5m, 2h, 1d."""
    try:
        return None if value is None else milliseconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


class SelectionFlags(TypedDict):
    """What selects entries, as it was given."""

    everything: bool
    idle_over: int | None
    deliveries_over: int | None
    consumer: str | None
    contains: str | None


class WantedFlags(SelectionFlags):
    """Which entries were named or selected."""

    ids: tuple[EntryId, ...]


class ServerFlags(TypedDict):
    """Which settings were given."""

    read_only: bool | None
    config: str | None


class ActFlags(ServerFlags):
    """How a command that writes was called."""

    yes: bool
    confirm: str | None
    dry_run: bool
    redis_cli: bool
    as_json: bool
    all_outcomes: bool


_SERVER = (
    click.option("--read-only/--no-read-only", default=None, help="Refuse everything that writes."),
    click.option("--config", metavar="FILE", help="Settings, instead of the usual file."),
)
_SELECTION = (
    click.option("--all", "everything", is_flag=True, help="All pending entries."),
    click.option(
        "--idle-over",
        metavar="DURATION",
        callback=_duration,
        help="Those idle for longer: 90s, 5m.",
    ),
    click.option(
        "--deliveries-over",
        type=click.IntRange(min=0),
        metavar="N",
        help="Those delivered more than N times.",
    ),
    click.option(
        "--consumer",
        metavar="NAME",
        callback=_consumer,
        help='Those that this consumer holds; "" for released ones.',
    ),
    click.option(
        "--contains", metavar="TEXT", callback=_name, help="Those with this in a field or a value."
    ),
)
_ACT = (
    click.option("--yes", "-y", is_flag=True, help="Do not ask."),
    click.option(
        "--confirm", metavar="NAME", help="The name that is asked for where much would be lost."
    ),
    click.option("--dry-run", is_flag=True, help="Only show what would be done."),
    click.option("--redis-cli", is_flag=True, help="Only print the commands, for redis-cli."),
    click.option("--json", "as_json", is_flag=True, help="A receipt as JSON."),
    click.option("--all-outcomes", is_flag=True, help="Keep more than 1,000 outcomes."),
    *_SERVER,
)


url_argument = click.argument("url")
ids_argument = click.argument("ids", nargs=-1, callback=_ids, metavar="[ID]...")


def name_argument(name: str) -> Callable[[CommandT], CommandT]:
    """An argument that is a name of Redis."""
    return click.argument(name, callback=_name)


def name_option(
    *flags: str, metavar: str, told: str, required: bool = False
) -> Callable[[CommandT], CommandT]:
    """An option that is a name of Redis."""
    return click.option(*flags, metavar=metavar, callback=_name, help=told, required=required)


def duration_option(flag: str, *, told: str) -> Callable[[CommandT], CommandT]:
    """An option that is a time span, in milliseconds."""
    return click.option(flag, metavar="DURATION", callback=_duration, help=told)


def server_options(command: CommandT) -> CommandT:
    """The settings of a command over one stream."""
    return _with(_SERVER, command)


def acting(command: CommandT) -> CommandT:
    """The options of every command that writes."""
    return _with(_ACT, command)


def selecting(command: CommandT) -> CommandT:
    """The options that select pending entries."""
    return _with(_SELECTION, command)


def _with(
    options: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]], command: CommandT
) -> CommandT:
    for option in reversed(options):
        option(command)  # adds to the command, and gives it back
    return command


def settings_of(url: str, flags: ServerFlags) -> Settings:
    """All choices.

    Raises:
        click.UsageError: If something that was given cannot be.
    """
    return settings_from(
        None if url == USUAL else url,
        {
            "match": (),
            "interval": None,
            "theme": None,
            "limit": (),
            "read_only": flags["read_only"],
            "config": flags["config"],
        },
    )


def choices_from(flags: ActFlags) -> Choices:
    """How to answer, and what to print.

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
    )


def selection_from(flags: SelectionFlags) -> Selection | None:
    """What was selected; `None` if nothing was said.

    Raises:
        click.UsageError: If --all is not all.
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


def chosen_entries(flags: WantedFlags) -> Selection | tuple[EntryId, ...]:
    """The entries that a command is about: conditions on pending ones, or IDs.

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


def connector(settings: Settings, stream: str) -> Callable[[], Awaitable[Connected]]:
    """What connects to the server, to look at this stream alone."""

    async def connected() -> Connected:
        from streamtop.gateway.connect import connect
        from streamtop.headless.operation_runner import Connected

        pattern = _as_pattern(stream)
        try:
            source = await connect(
                settings.url,
                match=[pattern],
                read_only=settings.read_only,
                because=settings.read_only_because,
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        return Connected(source, source.info)

    return connected


def _as_pattern(name: str) -> str:
    r"""A pattern that only this name matches; the name itself if it needs no escapes.

    >>> _as_pattern("orders"), _as_pattern("a*b")
    ('orders', 'a\\*b')
    """
    return re.sub(r"([*?\[\]\\])", r"\\\1", name)
