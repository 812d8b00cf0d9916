"""From options to settings, and from settings to a connected source."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from streamtop.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtop.cli.options import ServerFlags
    from streamtop.headless.operation_runner import Connected
    from streamtop.masking import Mask
    from streamtop.settings import Settings

DEFAULT_SERVER = "-"
"""Stands for the URL that the environment or the settings file has."""


def settings_from(url: str | None, flags: ServerFlags) -> Settings:
    """The settings of a command over a server.

    Raises:
        click.UsageError: If any of them is invalid.
    """
    from streamtop.gateway import address

    values = {"url": None if url == DEFAULT_SERVER else url, **flags}
    try:
        settings = load_settings(values, os.environ, known_as=address.known_as)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    try:
        address.parse(settings.url)
    except ValueError as error:
        origin = settings.origins.get("url", "URL")
        raise click.UsageError(str(error) if origin == "URL" else f"{origin}: {error}") from None
    return settings


def mask_of(settings: Settings) -> Mask | None:
    """What hides values of entries; `None` if nothing is to be hidden.

    Raises:
        click.UsageError: If a rule is invalid.
    """
    if not any(settings.mask):
        return None
    from streamtop.masking import mask

    for name, rules in settings.mask._asdict().items():
        try:
            mask(**{name: rules})
        except ValueError as error:
            origin = settings.origins.get(f"mask.{name}", f"mask.{name}")
            raise click.UsageError(f"{origin}: {error}") from None
    return mask(*settings.mask)


def connector(settings: Settings, stream: str) -> Callable[[], Awaitable[Connected]]:
    """What connects to the server, for this stream alone."""

    async def connected() -> Connected:
        from streamtop.gateway.connect import connect
        from streamtop.headless.operation_runner import Connected

        try:
            source = await connect(
                settings.url,
                match=[_as_pattern(stream)],
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
