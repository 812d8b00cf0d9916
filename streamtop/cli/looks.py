"""The commands that look and print: snapshot and check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from streamtop.cli.connection import settings_from
from streamtop.cli.options import LookFlags, duration_option, look_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from streamtop.model.history import History
    from streamtop.model.snapshot import Snapshot
    from streamtop.settings import Settings
    from streamtop.source import Source

PAIR = "WARN,CRIT"
CHECK_WITHIN = 8.0
"""Seconds that a check may search for streams: monitors kill a plugin after ten."""
UNREACHABLE = 3


class CheckFlags(LookFlags):
    """The options of check."""

    max_lag: str | None
    max_lag_age: str | None
    max_pending: str | None
    max_pending_age: str | None
    max_deliveries: str | None
    max_length: str | None
    verdict: str | None


class _Plugin(click.Command):
    """A command whose usage errors are the state UNKNOWN, as monitors expect."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; print a usage error as the line of a plugin."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            from streamtop.headless.check import unknown_result
            from streamtop.headless.output import write_text

            result = unknown_result(error.format_message())
            write_text(result.output)
            ctx.exit(result.state)


@click.command(short_help="Print one look: a table, or JSON.")
@click.argument("url", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@look_options(live=False)
def snapshot(url: str | None, *, as_json: bool, **flags: Unpack[LookFlags]) -> None:
    """Print one look at the server at URL: a table, or JSON."""
    from streamtop.headless import output
    from streamtop.source import SourceError

    settings = settings_from(url, flags)
    try:
        look = _look(settings)
    except SourceError as error:
        click.echo(f"streamtop: {error}", err=True)
        raise SystemExit(UNREACHABLE) from None
    if not look.complete:
        click.echo("streamtop: the search for streams ran out of time: there may be more", err=True)
    output.show_snapshot(look, settings.limits, as_json=as_json)


@click.command(cls=_Plugin, short_help="A Nagios plugin: what is wrong, and an exit code.")
@click.argument("url", required=False)
@click.option("--max-lag", metavar=PAIR, help="Entries not yet delivered to a group.")
@click.option("--max-lag-age", metavar=PAIR, help="How long the first of them has been waiting.")
@click.option("--max-pending", metavar=PAIR, help="Entries delivered and not acknowledged.")
@click.option("--max-pending-age", metavar=PAIR, help="How long ago the oldest of them was added.")
@click.option("--max-deliveries", metavar=PAIR, help="Deliveries of one pending entry.")
@click.option("--max-length", metavar=PAIR, help="Entries of a stream: dead letters, say.")
@click.option("--verdict", metavar=PAIR, help="Verdicts that are alarms.  [default: behind,stuck]")
@duration_option("--watch", text="Look on for so long, and judge what moves too: 60s, 5m.")
@click.option("--group", metavar="GLOB", multiple=True, help="Only groups whose names match.")
@look_options(live=False)
def check(
    url: str | None,
    *,
    group: tuple[str, ...],
    watch: int | None,
    **options: Unpack[CheckFlags],
) -> None:
    """Check the server at URL as a Nagios plugin: a summary, details, an exit code.

    Without limits, the verdicts that one look proves are alarms: loss, entries that wait or
    stay pending for longer than the limit "forgotten" (10m), released ones that nobody takes,
    poison, and consumers that are gone. --watch judges like the dashboard, from all that moves
    in that time; it is at least the limit "window" (60s), so let the monitor wait for longer.

    Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (a figure to check is not known, or a
    right to read it is missing). The worst counts, in the order CRITICAL, WARNING, UNKNOWN, OK.

    WARN,CRIT are thresholds; a value above them is an alarm: --max-lag 1000,10000. One of them
    may be left out: --max-lag 10000 is only critical, "1000," only a warning. Ages are
    durations: 500ms, 90s, 5m, 2h, 1d. Verdicts, worst first, are loss, stalled, stuck, poison,
    orphaned, unrecovered, behind: --verdict poison,loss warns of poison or worse.
    """
    from streamtop.headless.check import check_snapshot, unknown_result
    from streamtop.headless.output import write_text
    from streamtop.headless.thresholds import parse_thresholds
    from streamtop.source import SourceError

    try:
        thresholds = parse_thresholds(options)
        settings = settings_from(url, options)
        history = None if watch is None else _history(settings, watch)
        look = _look(settings, within=CHECK_WITHIN)
    except (SourceError, ValueError) as error:
        result = unknown_result(str(error))
    except click.UsageError as error:
        result = unknown_result(error.format_message())
    else:
        if history is not None:
            history.add(look)
        result = check_snapshot(look, settings, thresholds, groups=group, history=history)
    write_text(result.output)
    raise SystemExit(result.state)


def _history(settings: Settings, watch_ms: int) -> History:
    """What looks at intervals show for so many milliseconds.

    Raises:
        SourceError: If the server cannot be reached at first.
        click.UsageError: If that is too short to judge anything by.
    """
    import asyncio

    from streamtop.figures import duration
    from streamtop.headless.watch import watch

    window_ms = settings.limits.window_ms
    if watch_ms < window_ms:
        raise click.UsageError(
            f"--watch: at least {duration(window_ms)}, the time over which it is judged what "
            "moves (--limit window=...)"
        )
    connected = _connecting(settings, thorough=False)
    try:
        return asyncio.run(
            watch(connected, watch_ms / 1000, every=settings.interval, window_ms=window_ms)
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _look(settings: Settings, *, within: float | None = None) -> Snapshot:
    """A snapshot in which lags are recounted where necessary.

    Raises:
        SourceError: If the server cannot be reached or read.
        click.UsageError: If the URL has invalid options.
    """
    import asyncio

    from streamtop.headless.snapshot_once import SEARCH_SECONDS, look_once

    connected = _connecting(settings, thorough=True)
    try:
        return asyncio.run(look_once(connected, within=within or SEARCH_SECONDS))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _connecting(settings: Settings, *, thorough: bool) -> Callable[[], Awaitable[Source]]:
    """Opens a source that writes nothing."""

    async def connected() -> Source:
        from streamtop.gateway.connect import connect

        return await connect(settings.url, match=settings.match, read_only=True, thorough=thorough)

    return connected
