"""The commands that add copies of entries: replay and redrive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from streamtop.cli.pending_entries import act
from streamtop.cli.selection import (
    ActFlags,
    WantedFlags,
    acting,
    chosen_entries,
    ids_argument,
    name_argument,
    name_option,
    selecting,
    url_argument,
)

if TYPE_CHECKING:
    from typing import Unpack

    from streamtop.model.ids import EntryId

    class ReplayFlags(WantedFlags, ActFlags):
        """The options of a replay that other commands have too."""


_rate = click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="No more than N entries a second.",
)


@click.command(short_help="Add copies of entries to the same or another stream.")
@url_argument
@name_argument("stream")
@ids_argument
@name_option("--group", metavar="GROUP", told="The group that the selected ones are pending in.")
@selecting
@name_option("--to", required=True, metavar="STREAM", told="The stream that gets the copies.")
@name_option(
    "--ack", metavar="GROUP", told="Acknowledge each original for this group, in one step."
)
@_rate
@click.option("--origin", is_flag=True, help="Add fields that say where a copy came from.")
@click.option("--once", is_flag=True, help="Add nothing twice if repeated (Redis 8.6 and later).")
@acting
def replay(
    url: str,
    stream: str,
    *,
    group: str | None,
    to: str,
    ack: str | None,
    rate: float | None,
    origin: bool,
    once: bool,
    **flags: Unpack[ReplayFlags],
) -> None:
    """Add copies of entries of STREAM to a stream, byte for byte and in their order.

    The entries are those with an ID, or pending ones of a group that are selected.
    """
    from streamtop.model.selection import Selection
    from streamtop.planning.copies import ReplayRequest, plan_replay

    if None not in (group, ack) and group != ack:
        raise click.UsageError("--ack names another group than --group")
    pending_in = group if group is not None else ack
    entries = chosen_entries(flags)
    if isinstance(entries, Selection) and pending_in is None:
        raise click.UsageError("a selection is of pending entries: --group says of which group")
    request = ReplayRequest(stream, entries, to, pending_in, ack is not None, origin, once, rate)
    act(url, stream, flags, partial(plan_replay, request=request))


@click.command(short_help="Send entries of a dead-letter stream back to where they came from.")
@url_argument
@name_argument("stream")
@ids_argument
@name_option("--to", metavar="STREAM", told="Only those that came from this stream.")
@click.option("--keep", is_flag=True, help="Leave the entries in the dead-letter stream.")
@click.option("--make-streams", is_flag=True, help="Make streams anew that are no longer there.")
@_rate
@acting
def redrive(
    url: str,
    stream: str,
    *,
    ids: tuple[EntryId, ...],
    to: str | None,
    keep: bool,
    make_streams: bool,
    rate: float | None,
    **flags: Unpack[ActFlags],
) -> None:
    """Send entries of STREAM, a dead-letter stream, back to the streams they came from.

    All of them, or those with an ID. --dry-run shows how many would go where.
    """
    from streamtop.planning.copies import RedriveRequest, plan_redrive

    request = RedriveRequest(stream, ids, to, not keep, make_streams, rate)
    act(url, stream, flags, partial(plan_redrive, request=request))
