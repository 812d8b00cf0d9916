"""The command line: argv → Settings → gateway + ui; exit codes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from streamtop import __version__
from streamtop.model.text import printable
from streamtop.settings import Settings, url_from

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from streamtop.source import Source


class _Group(click.Group):
    """Commands by name; whatever is none of them belongs to the dashboard."""

    DEFAULT = "dashboard"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the dashboard's name before arguments that name no command."""
        own = {"--help", "--version", "-h"}
        if not args or (args[0] not in self.commands and args[0] not in own):
            args = [self.DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The dashboard first: it is what streamtop is."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [URL]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The dashboard's options, then the commands."""
        options = [
            record
            for option in (*self.commands[self.DEFAULT].params, *self.get_params(ctx))
            if (record := option.get_help_record(ctx)) is not None
        ]
        with formatter.section("Options"):
            formatter.write_dl(options)
        self.format_commands(ctx, formatter)


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every command over a server has."""
    options = (
        click.option(
            "--match",
            metavar="GLOB",
            multiple=True,
            help="Only streams whose names match; may be given more than once.",
        ),
        click.option(
            "--interval",
            type=click.FloatRange(0.1, 3600),
            default=1.0,
            show_default=True,
            metavar="SECONDS",
            help="Time from one look at the server to the next.",
        ),
        click.option("--read-only", is_flag=True, help="Refuse everything that writes."),
        click.option("--theme", metavar="NAME", help="One of Textual's themes: nord, dracula, …"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="streamtop", message="%(prog)s %(version)s")
def cli() -> None:
    """Top for Redis Streams consumer groups: lag, idle consumers and stuck entries, live.

    URL is redis://, rediss://, valkey://, valkeys://, unix:// or
    redis+sentinel://host:port/service/db; without one, $STREAMTOP_URL, then $REDIS_URL,
    then redis://localhost:6379/0.
    """


@cli.command(hidden=True)
@click.argument("url", required=False)
@_common
def dashboard(url: str | None, **options: Any) -> None:
    """The dashboard over the server at URL."""
    _run_dashboard(url_from(url, os.environ), options)


@cli.command()
@click.option(
    "--serve-only",
    is_flag=True,
    help="Start only the server and its workload, and print the URL.",
)
@_common
def demo(*, serve_only: bool, **options: Any) -> None:
    """The dashboard over an embedded server with live, misbehaving workers."""
    from streamtop.demo.launch import DemoUnavailableError, running_demo

    try:
        with running_demo() as url:
            if serve_only:
                _serve(url)
            else:
                _run_dashboard(url, options)
    except DemoUnavailableError as error:
        raise click.ClickException(str(error)) from None


def _serve(url: str) -> None:
    """Print the URL and wait for Ctrl-C or SIGTERM."""
    import signal

    ends = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    click.echo(url)
    click.echo("Ctrl-C ends the server and its workload.", err=True)
    signal.sigwait(ends)


def _run_dashboard(url: str, options: dict[str, Any]) -> None:
    """Open the dashboard; exit as it says."""
    from streamtop.gateway import address

    try:
        address.parse(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the dashboard needs a terminal")
    from streamtop.ui.app import StreamtopApp

    settings = Settings(url, **options)
    app = StreamtopApp(_connector(settings), settings, shown_url=address.redacted(url))
    if settings.theme is not None and settings.theme not in app.available_themes:
        themes = ", ".join(sorted(app.available_themes))
        raise click.UsageError(f"no theme {settings.theme!r}; there are {themes}")
    app.run()
    if app.fatal:
        click.echo(f"streamtop: {app.fatal}", err=True)
    if app.return_code:
        raise SystemExit(app.return_code)


def _connector(settings: Settings) -> Callable[[], Awaitable[Source]]:
    """What connects, once the first frame was painted: redis is imported only then."""

    async def connected() -> Source:
        import gc

        from streamtop.gateway.connect import connect

        gc.freeze()  # what is imported by now stays: no collection need walk it again
        gc.set_threshold(50_000, 20, 100)
        return await connect(settings.url, match=settings.match, read_only=settings.read_only)

    return connected


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; wrong usage is one line on stderr and exit code 2."""
    try:
        code = cli.main(arguments, prog_name="streamtop", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"streamtop: {printable(error.format_message())}", err=True)
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        raise SystemExit(130) from None
    raise SystemExit(code if isinstance(code, int) else 0)
