"""The commands over pending entries: pending, ack, claim, release, handover."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from streamtop.cli.connection import connector, mask_of, settings_from
from streamtop.cli.options import (
    EntryWaitFlags,
    EntryWriteFlags,
    SelectionFlags,
    ServerFlags,
    WaitFlags,
    WriteFlags,
    choices_from,
    chosen_entries,
    duration_option,
    ids_argument,
    name_argument,
    name_option,
    selection_from,
    selection_options,
    server_options,
    url_argument,
    wait_option,
    write_options,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from streamtop.planning.plan import Plan, PlanContext

    class ListFlags(SelectionFlags, ServerFlags):
        """The options of pending."""


@click.command(short_help="List the pending entries of a group: a table, or JSON lines.")
@url_argument
@name_argument("stream")
@name_argument("group")
@selection_options
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
@server_options
def pending(
    url: str, stream: str, group: str, *, as_json: bool, **flags: Unpack[ListFlags]
) -> None:
    """List the pending entries of GROUP of STREAM: all, or those that match every condition.

    URL may be - for the server in $STREAMTOP_URL, $REDIS_URL or the settings file.
    """
    from streamtop.headless.pending_list import PendingListing, show_pending
    from streamtop.model.selection import Selection

    selection = selection_from(flags) or Selection()
    settings = settings_from(url, flags)
    listing = PendingListing(stream, group, selection, as_json)
    raise SystemExit(show_pending(connector(settings, stream), listing))


@click.command(short_help="Acknowledge pending entries.")
@url_argument
@name_argument("stream")
@name_argument("group")
@ids_argument
@selection_options
@write_options
def ack(url: str, stream: str, group: str, **flags: Unpack[EntryWriteFlags]) -> None:
    """Acknowledge pending entries of GROUP, by ID or all that match every condition."""
    from streamtop.planning.pending_entries import AcknowledgeRequest, plan_acknowledge

    request = AcknowledgeRequest(stream, group, chosen_entries(flags))
    act(url, stream, flags, partial(plan_acknowledge, request=request))


@click.command(short_help="Claim pending entries for a consumer.")
@url_argument
@name_argument("stream")
@name_argument("group")
@ids_argument
@selection_options
@name_option("--to", required=True, metavar="CONSUMER", text="The consumer that gets them.")
@click.option("--count-delivery", is_flag=True, help="Count the claim as a delivery.")
@duration_option("--min-idle", text="Skip entries that have been idle for less.")
@wait_option
@write_options
def claim(
    url: str,
    stream: str,
    group: str,
    *,
    to: str,
    count_delivery: bool,
    min_idle: int | None,
    **flags: Unpack[EntryWaitFlags],
) -> None:
    """Claim pending entries of GROUP for a consumer, by ID or all that match every condition.

    Delivery counts stay the same unless --count-delivery is set.
    """
    from streamtop.planning.pending_entries import ClaimRequest, plan_claim

    if flags["consumer"] == to:
        raise click.UsageError("--consumer and --to name the same consumer")
    request = ClaimRequest(
        stream,
        group,
        chosen_entries(flags),
        to,
        count_delivery=count_delivery,
        min_idle_ms=min_idle or 0,
    )
    act(url, stream, flags, partial(plan_claim, request=request))


@click.command(short_help="Release pending entries: the next consumer that reads gets them.")
@url_argument
@name_argument("stream")
@name_argument("group")
@ids_argument
@selection_options
@click.option(
    "--mode",
    type=click.Choice(["silent", "fail", "fatal"]),
    default="fail",
    show_default=True,
    help="silent: subtract a delivery; fail: keep the count; fatal: mark as fatal.",
)
@wait_option
@write_options
def release(
    url: str,
    stream: str,
    group: str,
    *,
    mode: Literal["silent", "fail", "fatal"],
    **flags: Unpack[EntryWaitFlags],
) -> None:
    """Release pending entries of GROUP, by ID or all that match every condition.

    The next consumer that reads gets them. Needs XNACK (Redis 8.8 and later).
    """
    from streamtop.planning.pending_entries import ReleaseRequest, plan_release

    request = ReleaseRequest(stream, group, chosen_entries(flags), mode)
    act(url, stream, flags, partial(plan_release, request=request))


@click.command(short_help="Hand over all pending entries of one consumer to another.")
@url_argument
@name_argument("stream")
@name_argument("group")
@name_option("--from", "from_consumer", required=True, metavar="CONSUMER", text="Their consumer.")
@name_option(
    "--to", "to_consumer", required=True, metavar="CONSUMER", text="The consumer that gets them."
)
@click.option("--remove", is_flag=True, help="Then remove the first consumer, if it has no others.")
@wait_option
@write_options
def handover(
    url: str,
    stream: str,
    group: str,
    *,
    from_consumer: str,
    to_consumer: str,
    remove: bool,
    **flags: Unpack[WaitFlags],
) -> None:
    """Hand over all pending entries of one consumer of GROUP to another."""
    from streamtop.planning.pending_entries import HandOverRequest, plan_handover

    if from_consumer == to_consumer:
        raise click.UsageError("--from and --to name the same consumer")
    request = HandOverRequest(stream, group, from_consumer, to_consumer, remove)
    act(url, stream, flags, partial(plan_handover, request=request))


def act(
    url: str, stream: str, flags: WriteFlags, plan: Callable[[PlanContext], Awaitable[Plan]]
) -> None:
    """Make a plan, carry it out, and exit with its exit code."""
    from streamtop.headless.operation_runner import Command, carry_out, log_of
    from streamtop.journal.location import journal_path

    choices = choices_from(flags)
    settings = settings_from(url, flags)
    log = partial(log_of, settings, mask_of(settings))
    connect_to = partial(connector, settings)
    command = Command(stream, connect_to, plan, log, journal_path(settings.journal))
    raise SystemExit(carry_out(command, choices))
