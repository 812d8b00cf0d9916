"""The options that commands share, and the choices they make."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from streamtop.settings import INTERVALS, SettingsError, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.masking import Mask
    from streamtop.settings import Settings

CommandT = TypeVar("CommandT", bound="Callable[..., Any]")


class Flags(TypedDict):
    """The options that every command over a server has, as they were given."""

    match: tuple[str, ...]
    interval: float | None
    read_only: bool | None
    theme: str | None
    limit: tuple[str, ...]
    config: str | None


def common(*, watches: bool = True) -> Callable[[CommandT], CommandT]:
    """The options that every command over a server has.

    Args:
        watches: Whether it looks again and again; where it does not, the options for that
            are taken and not shown.
    """
    options = (
        click.option(
            "--match",
            metavar="GLOB",
            multiple=True,
            help="Only streams whose names match; may be given more than once.",
        ),
        *_of_watching(hidden=not watches),
        click.option(
            "--limit",
            metavar="NAME=VALUE",
            multiple=True,
            help="From when on something is trouble: stuck=5m, gone=90s, poison_deliveries=3, …",
        ),
        click.option("--config", metavar="FILE", help="Settings, instead of the usual file."),
    )

    def with_options(command: CommandT) -> CommandT:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def _of_watching(*, hidden: bool) -> tuple[Callable[[CommandT], CommandT], ...]:
    """The options that mean something only where looks and a screen go on."""
    shortest, longest = INTERVALS
    return (
        click.option(
            "--interval",
            type=click.FloatRange(shortest, longest),
            metavar="SECONDS",
            hidden=hidden,
            help="Time from one look at the server to the next.  [default: 1]",
        ),
        click.option(
            "--read-only/--no-read-only",
            default=None,
            hidden=hidden,
            help="Refuse everything that writes.",
        ),
        click.option(
            "--theme",
            metavar="NAME",
            hidden=hidden,
            help="One of Textual's themes: nord, dracula, …",
        ),
    )


def settings_from(url: str | None, flags: Flags) -> Settings:
    """All choices; the URL among them is one.

    Raises:
        click.UsageError: If something that was given cannot be.
    """
    from streamtop.gateway import address

    try:
        settings = load_settings({"url": url, **flags}, os.environ, known_as=address.known_as)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    try:
        address.parse(settings.url)
    except ValueError as error:
        origin = settings.origins.get("url", "URL")
        raise click.UsageError(str(error) if origin == "URL" else f"{origin}: {error}") from None
    return settings


def mask_of(settings: Settings) -> Mask | None:
    """What is to be hidden of entries; `None` where that is nothing.

    Raises:
        click.UsageError: If that cannot be.
    """
    if not any(settings.mask):
        return None
    from streamtop.masking import mask

    for name, written in settings.mask._asdict().items():
        try:
            mask(**{name: written})
        except ValueError as error:
            origin = settings.origins.get(f"mask.{name}", f"mask.{name}")
            raise click.UsageError(f"{origin}: {error}") from None
    return mask(*settings.mask)
