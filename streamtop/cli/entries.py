"""The command that lists the entries of a stream."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypedDict

import click

from streamtop.cli.options import mask_of
from streamtop.cli.selection import (
    ServerFlags,
    connector,
    name_argument,
    server_options,
    settings_of,
    url_argument,
)

if TYPE_CHECKING:
    from typing import Unpack

    from streamtop.decode.query import Query
    from streamtop.headless.entry_list import OutputFormat

ON_A_TERMINAL = 100
"""Entries that are listed on a terminal, unless it was told how many."""


class EntriesFlags(TypedDict):
    """Which entries to list, and how."""

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
    """The options of entries."""


@click.command(short_help="The entries of a stream, decoded: a table, JSON lines, CSV.")
@url_argument
@name_argument("stream")
@click.option("--from", "first", metavar="ID|TIME", help="Begin here: 5-1, 10:32, -15m, ISO.")
@click.option("--to", "last", metavar="ID|TIME", help="End here, with this one.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most so many.  [default: all; 100 on a terminal]",
)
@click.option("--reverse", is_flag=True, help="The newest first.")
@click.option("--follow", "-f", is_flag=True, help="Then wait for newer ones, until Ctrl-C.")
@click.option(
    "--find",
    metavar="QUERY",
    help="Only those with these words, /a regex/, name=value, or $.path=value.",
)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each.")
@click.option("--csv", "as_csv", is_flag=True, help="Rows of CSV.")
@click.option("--redis-cli", "as_commands", is_flag=True, help="XADD commands for redis-cli.")
@server_options
def entries(url: str, stream: str, **flags: Unpack[ListFlags]) -> None:
    """The entries of STREAM, the oldest first, as the frameworks that wrote them mean them.

    Nothing is written and no group is touched. URL may be - for the usual one.
    """
    from streamtop.decode import SlowQueryError
    from streamtop.headless.entry_list import EntryListing, PositionError, show_entries

    wanted: dict[OutputFormat, bool] = {
        "json": flags["as_json"],
        "csv": flags["as_csv"],
        "redis-cli": flags["as_commands"],
    }
    forms = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise click.UsageError("--json, --csv and --redis-cli exclude one another")
    if flags["follow"] and (flags["reverse"] or flags["last"]):
        raise click.UsageError("--follow goes on at the end: not with --reverse or --to")
    unbounded = flags["count"] is None and sys.stdout.isatty() and not forms
    listing = EntryListing(
        stream,
        flags["first"],
        flags["last"],
        ON_A_TERMINAL if unbounded and not flags["follow"] else flags["count"],
        flags["reverse"],
        flags["follow"],
        _query(flags["find"]),
        forms[0] if forms else "table",
    )
    settings = settings_of(url, flags)
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
