"""The commands that add copies of entries: replay and redrive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from streamtop.cli.options import (
    EntryWaitFlags,
    WaitFlags,
    chosen_entries,
    ids_argument,
    name_argument,
    name_option,
    selection_options,
    url_argument,
    wait_option,
    write_options,
)
from streamtop.cli.pending_entries import act

if TYPE_CHECKING:
    from typing import Unpack

    from streamtop.model.ids import EntryId


_rate = click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="At most N entries per second.",
)


@click.command(short_help="Add copies of entries to the same or another stream.")
@url_argument
@name_argument("stream")
@ids_argument
@name_option("--group", metavar="GROUP", text="The group in which the entries are pending.")
@selection_options
@name_option("--to", required=True, metavar="STREAM", text="The stream to which copies are added.")
@name_option(
    "--ack", metavar="GROUP", text="Acknowledge each original for this group in the same step."
)
@_rate
@click.option("--origin", is_flag=True, help="Add fields with the stream and ID of the original.")
@click.option("--once", is_flag=True, help="Add no copy twice if repeated (Redis 8.6 and later).")
@wait_option
@write_options
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
    **flags: Unpack[EntryWaitFlags],
) -> None:
    """Add exact copies of entries of STREAM to a stream, in their order.

    Choose entries by ID, or with --group all its pending entries that match every condition.
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
@name_option("--to", metavar="STREAM", text="Only entries that came from this stream.")
@click.option("--keep", is_flag=True, help="Leave the entries in the dead-letter stream.")
@click.option("--make-streams", is_flag=True, help="Create streams that no longer exist.")
@_rate
@wait_option
@write_options
def redrive(
    url: str,
    stream: str,
    *,
    ids: tuple[EntryId, ...],
    to: str | None,
    keep: bool,
    make_streams: bool,
    rate: float | None,
    **flags: Unpack[WaitFlags],
) -> None:
    """Send entries of the dead-letter stream STREAM back to the streams they came from.

    All of them, or those with the given IDs. --dry-run shows how many would go where.
    """
    from streamtop.planning.copies import RedriveRequest, plan_redrive

    request = RedriveRequest(stream, ids, to, not keep, make_streams, rate)
    act(url, stream, flags, partial(plan_redrive, request=request))
