"""The command line: it joins settings, gateway, ui and headless, and sets the exit code."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from streamtop import __version__
from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence


COMMANDS = {
    **dict.fromkeys(("dashboard", "demo"), "dashboard"),
    **dict.fromkeys(("snapshot", "check"), "looks"),
    "entries": "entries",
    **dict.fromkeys(("pending", "ack", "claim", "release", "handover"), "pending_entries"),
    "consumers": "consumers",
    **dict.fromkeys(("replay", "redrive"), "copies"),
    **dict.fromkeys(("journal", "undo"), "journal"),
}
"""The module of each command; only that of the command that runs is imported."""


class _Group(click.Group):
    """Commands by name; all other arguments are those of the dashboard."""

    DEFAULT = "dashboard"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the dashboard's name before arguments without a command."""
        own = {"--help", "--version", "-h"}
        if not args or (args[0] not in COMMANDS and args[0] not in own):
            args = [self.DEFAULT, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, those with a screen first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with this name, from its own module."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = vars(import_module(f"streamtop.cli.{module}"))[cmd_name]
        assert isinstance(command, click.Command)
        return command

    def _default(self, ctx: click.Context) -> click.Command:
        command = self.get_command(ctx, self.DEFAULT)
        assert command is not None
        return command

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the usage of the dashboard first, then that of commands."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [URL]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options of the dashboard, then the commands."""
        options = [
            record
            for option in (*self._default(ctx).params, *self.get_params(ctx))
            if isinstance(option, click.Option)
            and (record := option.get_help_record(ctx)) is not None
        ]
        with formatter.section("Options"):
            formatter.write_dl(options)
        self.format_commands(ctx, formatter)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="streamtop", message="%(prog)s %(version)s")
def cli() -> None:
    """Top for Redis Streams consumer groups: lag, idle consumers and stuck entries, live.

    URL is redis://, rediss://, valkey://, valkeys://, unix:// or
    redis+sentinel://host:port/service/db; without one, $STREAMTOP_URL, then $REDIS_URL,
    then redis://localhost:6379/0. The other options have variables too, $STREAMTOP_MATCH and so
    on, and keys in the settings file.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Wrong usage is one line on stderr and exit code 2."""
    try:
        code = cli.main(arguments, prog_name="streamtop", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"streamtop: {printable(error.format_message())}", err=True)
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        raise SystemExit(130) from None
    raise SystemExit(code if isinstance(code, int) else 0)
