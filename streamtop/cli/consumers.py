"""The commands over the consumers of a group: consumers prune."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from streamtop.cli.connection import settings_from
from streamtop.cli.options import (
    WriteFlags,
    duration_option,
    name_argument,
    url_argument,
    write_options,
)
from streamtop.cli.pending_entries import act

if TYPE_CHECKING:
    from typing import Unpack


@click.group(short_help="Remove consumers that are gone.", no_args_is_help=False)
def consumers() -> None:
    """Commands over the consumers of a group."""


@consumers.command(short_help="Remove the consumers of a group that are gone and hold nothing.")
@url_argument
@name_argument("stream")
@name_argument("group")
@duration_option("--idle-over", text="Those idle for longer, instead of those that are gone.")
@write_options
def prune(
    url: str, stream: str, group: str, *, idle_over: int | None, **flags: Unpack[WriteFlags]
) -> None:
    """Remove the consumers of GROUP that are gone and hold no pending entries.

    Gone means that others were served while a consumer did not ask, for longer than the limit
    "gone" of the settings. Servers before Redis 7.2 do not tell: there --idle-over is needed.
    """
    from streamtop.planning.prune_consumers import PruneRequest, plan_prune_consumers

    limits = settings_from(url, flags).limits
    request = PruneRequest(stream, group, idle_over, limits)
    act(url, stream, flags, partial(plan_prune_consumers, request=request))
