"""The command over the entries of a stream: entries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypedDict

import click

from streamtop.cli.connection import connector, mask_of, settings_from
from streamtop.cli.options import ServerFlags, name_argument, server_options, url_argument

if TYPE_CHECKING:
    from typing import Unpack

    from streamtop.decode.query import Query
    from streamtop.headless.entry_list import OutputFormat

TERMINAL_COUNT = 100
"""How many entries are listed on a terminal by default."""


class EntriesFlags(TypedDict):
    """The options of entries alone."""

    first: str | None
    last: str | None
    count: int | None
    reverse: bool
    follow: bool
    find: str | None
    as_json: bool
    as_csv: bool
    as_commands: bool


class ListFlags(EntriesFlags, ServerFlags):
    """All options of entries."""


@click.command(short_help="List the entries of a stream, decoded: a table, JSON lines, CSV.")
@url_argument
@name_argument("stream")
@click.option(
    "--from", "first", metavar="ID|TIME", help="The first entry: 5-1, 10:32, -15m, or an ISO time."
)
@click.option("--to", "last", metavar="ID|TIME", help="The last entry.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most N entries.  [default: all; 100 on a terminal]",
)
@click.option("--reverse", is_flag=True, help="List the newest first.")
@click.option("--follow", "-f", is_flag=True, help="Go on with newer entries, until Ctrl-C.")
@click.option(
    "--find",
    metavar="QUERY",
    help="Only entries with these words, /a regex/, name=value, or $.path=value.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--redis-cli", "as_commands", is_flag=True, help="Print XADD commands for redis-cli.")
@server_options
def entries(url: str, stream: str, **flags: Unpack[ListFlags]) -> None:
    """List the entries of STREAM, oldest first, decoded as by the framework that wrote them.

    Nothing is written and no group is touched. URL may be - for the server in $STREAMTOP_URL,
    $REDIS_URL or the settings file.
    """
    from streamtop.decode import SlowQueryError
    from streamtop.headless.entry_list import EntryListing, PositionError, show_entries

    formats: dict[OutputFormat, bool] = {
        "json": flags["as_json"],
        "csv": flags["as_csv"],
        "redis-cli": flags["as_commands"],
    }
    chosen: list[OutputFormat] = [name for name, is_chosen in formats.items() if is_chosen]
    if len(chosen) > 1:
        raise click.UsageError("--json, --csv and --redis-cli exclude one another")
    if flags["follow"] and (flags["reverse"] or flags["last"]):
        raise click.UsageError("--follow cannot be combined with --reverse or --to")
    unbounded = flags["count"] is None and sys.stdout.isatty() and not chosen
    listing = EntryListing(
        stream,
        flags["first"],
        flags["last"],
        TERMINAL_COUNT if unbounded and not flags["follow"] else flags["count"],
        flags["reverse"],
        flags["follow"],
        _query(flags["find"]),
        chosen[0] if chosen else "table",
    )
    settings = settings_from(url, flags)
    try:
        code = show_entries(lambda name: connector(settings, name)(), listing, mask_of(settings))
    except SlowQueryError as error:
        raise click.UsageError(f"--find: {error}") from None
    except PositionError as error:
        raise click.UsageError(str(error)) from None
    raise SystemExit(code)


def _query(text: str | None) -> Query | None:
    if text is None:
        return None
    from streamtop.decode.query import query

    try:
        return query(text)
    except ValueError as error:
        raise click.UsageError(f"--find: {error}") from None
