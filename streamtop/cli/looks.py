"""The commands that look once: snapshot and check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from streamtop.cli.options import Flags, common, settings_from

if TYPE_CHECKING:
    from typing import Unpack

    from streamtop.model.snapshot import Snapshot
    from streamtop.settings import Settings
    from streamtop.source import Source

PAIR = "WARN,CRIT"
CHECK_WITHIN = 8.0
"""Seconds that a check may search for streams: monitors end a plugin after ten."""
UNREACHABLE = 3


class CheckFlags(Flags):
    """The options of check, as they were given."""

    max_lag: str | None
    max_lag_age: str | None
    max_pending: str | None
    max_pending_age: str | None
    max_deliveries: str | None
    verdict: str | None


class _Plugin(click.Command):
    """A command whose wrong usage is UNKNOWN, as monitors want it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As any command, but what is wrong is told in a line of its own."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            from streamtop.headless.check import unknown_result
            from streamtop.headless.output import write_text

            result = unknown_result(error.format_message())
            write_text(result.line + "\n")
            ctx.exit(result.state)


@click.command(short_help="One look, printed: a table, or JSON.")
@click.argument("url", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@common(watches=False)
def snapshot(url: str | None, *, as_json: bool, **flags: Unpack[Flags]) -> None:
    """One look at the server at URL, printed: a table, or JSON."""
    from streamtop.headless import output
    from streamtop.source import SourceError

    settings = settings_from(url, flags)
    try:
        seen = _one_look(settings)
    except SourceError as error:
        click.echo(f"streamtop: {error}", err=True)
        raise SystemExit(UNREACHABLE) from None
    if not seen.complete:
        click.echo("streamtop: the search for streams was not done: there may be more", err=True)
    output.show_snapshot(seen, settings.limits, as_json=as_json)


@click.command(cls=_Plugin, short_help="One look, as a Nagios plugin: one line, an exit code.")
@click.argument("url", required=False)
@click.option("--max-lag", metavar=PAIR, help="Entries not yet delivered to a group.")
@click.option("--max-lag-age", metavar=PAIR, help="How long the first of them has waited.")
@click.option("--max-pending", metavar=PAIR, help="Entries delivered and not acknowledged.")
@click.option("--max-pending-age", metavar=PAIR, help="How long ago the oldest of them was added.")
@click.option("--max-deliveries", metavar=PAIR, help="Deliveries of one entry still pending.")
@click.option("--verdict", metavar=PAIR, help="Verdicts as bad as these.  [orphaned,stuck]")
@click.option("--group", metavar="GLOB", multiple=True, help="Only groups whose names match.")
@common(watches=False)
def check(url: str | None, *, group: tuple[str, ...], **options: Unpack[CheckFlags]) -> None:
    """One look at the server at URL, as a Nagios plugin: one line and an exit code.

    0 is OK, 1 WARNING, 2 CRITICAL, and 3 UNKNOWN: a figure that was asked for is not known.
    The worst is told, in the order CRITICAL, WARNING, UNKNOWN, OK.

    WARN,CRIT are two limits, alarms sound above them: --max-lag 1000,10000. One of them may
    be left out: --max-lag 10000 is critical only, "1000," warns only. Ages are durations:
    500ms, 90s, 5m, 2h, 1d. Verdicts, worst first, are loss, stuck, poison, orphaned, …:
    --verdict poison,loss warns of poison or worse.
    """
    from streamtop.headless.check import check_snapshot, unknown_result
    from streamtop.headless.output import write_text
    from streamtop.headless.thresholds import parse_thresholds
    from streamtop.source import SourceError

    try:
        questions = parse_thresholds(options)
        settings = settings_from(url, options)
        seen = _one_look(settings, within=CHECK_WITHIN)
    except (SourceError, ValueError) as error:
        result = unknown_result(str(error))
    except click.UsageError as error:
        result = unknown_result(error.format_message())
    else:
        result = check_snapshot(seen, settings, questions, groups=group)
    write_text(result.line + "\n")
    raise SystemExit(result.state)


def _one_look(settings: Settings, *, within: float | None = None) -> Snapshot:
    """What there is now, every lag counted as far as it may be.

    Raises:
        SourceError: If the server cannot be looked at.
        click.UsageError: If the URL has options that cannot be.
    """
    import asyncio

    from streamtop.headless.snapshot_once import WITHIN, look_once

    async def connected() -> Source:
        from streamtop.gateway.connect import connect

        return await connect(settings.url, match=settings.match, read_only=True, thorough=True)

    try:
        return asyncio.run(look_once(connected, within=within or WITHIN))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
