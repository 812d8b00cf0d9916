"""The commands with a screen: dashboard and demo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from streamtop.cli.connection import mask_of, settings_from
from streamtop.cli.options import LookFlags, look_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from streamtop.masking import Mask
    from streamtop.settings import Settings
    from streamtop.source import Source


@click.command(hidden=True)
@click.argument("url", required=False)
@look_options()
def dashboard(url: str | None, **flags: Unpack[LookFlags]) -> None:
    """Open the dashboard over the server at URL."""
    _run_dashboard(settings_from(url, flags))


@click.command(short_help="Open the dashboard over a server with live, misbehaving workers.")
@click.option(
    "--serve-only",
    is_flag=True,
    help="Start only the server and its workload, and print the URL.",
)
@look_options()
def demo(*, serve_only: bool, **flags: Unpack[LookFlags]) -> None:
    """Open the dashboard over an embedded server with live, misbehaving workers."""
    from streamtop.demo.launch import DemoUnavailableError, running_demo

    try:
        with running_demo() as url:
            if serve_only:
                _serve(url)
            else:
                _run_dashboard(settings_from(url, flags))
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


def _run_dashboard(settings: Settings) -> None:
    """Run the dashboard and exit with its exit code."""
    from streamtop.gateway import address
    from streamtop.journal.location import journal_path

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the dashboard needs a terminal")
    from streamtop.ui.app import StreamtopApp

    shown_url = address.redacted(settings.url)
    journal = journal_path(settings.journal)
    mask = mask_of(settings)
    app = StreamtopApp(
        _connector(settings, mask),
        settings,
        shown_url=shown_url,
        journal=journal,
        mask=mask.hide if mask is not None else None,
    )
    if settings.theme is not None and settings.theme not in app.available_themes:
        themes = ", ".join(sorted(app.available_themes))
        origin = settings.origins["theme"]
        raise click.UsageError(f"{origin}: no theme {settings.theme!r}; there are {themes}")
    app.run()
    for message in filter(None, (app.fatal, app.last_words)):
        click.echo(f"streamtop: {message}", err=True)
    if app.return_code:
        raise SystemExit(app.return_code)


def _connector(settings: Settings, mask: Mask | None) -> Callable[[], Awaitable[Source]]:
    """What connects; it imports redis, and so is called after the first frame is painted."""

    async def connected() -> Source:
        import gc

        from streamtop.gateway.connect import connect

        gc.freeze()  # modules stay: no collection need visit them again
        gc.set_threshold(50_000, 20, 100)
        source = await connect(
            settings.url,
            match=settings.match,
            read_only=settings.read_only,
            because=settings.read_only_because,
        )
        if mask is None:
            return source
        from streamtop.masking import MaskedSource

        return MaskedSource(source, mask)

    return connected
