"""The commands over pending entries: pending, ack, claim, release, handover."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from streamtop.cli.options import mask_of
from streamtop.cli.selection import (
    ActFlags,
    SelectionFlags,
    ServerFlags,
    WantedFlags,
    acting,
    choices_from,
    chosen_entries,
    connector,
    duration_option,
    ids_argument,
    name_argument,
    name_option,
    selecting,
    selection_from,
    server_options,
    settings_of,
    url_argument,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from streamtop.planning.plan import Plan, PlanContext

    class ListFlags(SelectionFlags, ServerFlags):
        """The options of pending."""

    class WriteFlags(WantedFlags, ActFlags):
        """The options of a command over selected entries."""


@click.command(short_help="The pending entries of a group, as a table or as JSON lines.")
@url_argument
@name_argument("stream")
@name_argument("group")
@selecting
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each, for programs.")
@server_options
def pending(
    url: str, stream: str, group: str, *, as_json: bool, **flags: Unpack[ListFlags]
) -> None:
    """The pending entries of GROUP of STREAM: all, or those that are selected.

    URL may be - for the usual one: $STREAMTOP_URL, then $REDIS_URL.
    """
    from streamtop.headless.pending_list import PendingListing, show_pending
    from streamtop.model.selection import Selection

    selection = selection_from(flags) or Selection()
    settings = settings_of(url, flags)
    listing = PendingListing(stream, group, selection, as_json)
    raise SystemExit(show_pending(connector(settings, stream), listing))


@click.command(short_help="Acknowledge pending entries.")
@url_argument
@name_argument("stream")
@name_argument("group")
@ids_argument
@selecting
@acting
def ack(url: str, stream: str, group: str, **flags: Unpack[WriteFlags]) -> None:
    """Acknowledge pending entries of GROUP: those with an ID, or those that are selected."""
    from streamtop.planning.pending_entries import AcknowledgeRequest, plan_acknowledge

    request = AcknowledgeRequest(stream, group, chosen_entries(flags))
    act(url, stream, flags, partial(plan_acknowledge, request=request))


@click.command(short_help="Claim pending entries for a consumer.")
@url_argument
@name_argument("stream")
@name_argument("group")
@ids_argument
@selecting
@name_option("--to", required=True, metavar="CONSUMER", told="Who gets them.")
@click.option("--count-delivery", is_flag=True, help="Count it as a delivery.")
@duration_option("--min-idle", told="Leave alone what is idle for less.")
@acting
def claim(
    url: str,
    stream: str,
    group: str,
    *,
    to: str,
    count_delivery: bool,
    min_idle: int | None,
    **flags: Unpack[WriteFlags],
) -> None:
    """Claim pending entries of GROUP for a consumer; delivery counts stay as they are."""
    from streamtop.planning.pending_entries import ClaimRequest, plan_claim

    request = ClaimRequest(
        stream,
        group,
        chosen_entries(flags),
        to,
        count_delivery=count_delivery,
        min_idle_ms=min_idle or 0,
    )
    act(url, stream, flags, partial(plan_claim, request=request))


@click.command(short_help="Release pending entries, so that anyone is given them first.")
@url_argument
@name_argument("stream")
@name_argument("group")
@ids_argument
@selecting
@click.option(
    "--mode",
    type=click.Choice(["silent", "fail", "fatal"]),
    default="fail",
    show_default=True,
    help="silent takes a delivery back, fail keeps the count, fatal marks them.",
)
@acting
def release(
    url: str,
    stream: str,
    group: str,
    *,
    mode: Literal["silent", "fail", "fatal"],
    **flags: Unpack[WriteFlags],
) -> None:
    """Release pending entries of GROUP (XNACK, Redis 8.8 and later): nobody holds them then."""
    from streamtop.planning.pending_entries import ReleaseRequest, plan_release

    request = ReleaseRequest(stream, group, chosen_entries(flags), mode)
    act(url, stream, flags, partial(plan_release, request=request))


@click.command(short_help="Give all pending entries of one consumer to another.")
@url_argument
@name_argument("stream")
@name_argument("group")
@name_option("--from", "from_consumer", required=True, metavar="CONSUMER", told="Who holds them.")
@name_option("--to", "to_consumer", required=True, metavar="CONSUMER", told="Who gets them.")
@click.option("--remove", is_flag=True, help="Then remove the first, if it holds nothing more.")
@acting
def handover(
    url: str,
    stream: str,
    group: str,
    *,
    from_consumer: str,
    to_consumer: str,
    remove: bool,
    **flags: Unpack[ActFlags],
) -> None:
    """Give all pending entries of one consumer of GROUP to another."""
    from streamtop.planning.pending_entries import HandOverRequest, plan_handover

    if from_consumer == to_consumer:
        raise click.UsageError("--from and --to name the same consumer")
    request = HandOverRequest(stream, group, from_consumer, to_consumer, remove)
    act(url, stream, flags, partial(plan_handover, request=request))


def act(
    url: str, stream: str, flags: ActFlags, plan: Callable[[PlanContext], Awaitable[Plan]]
) -> None:
    """Make a plan, carry it out, and exit with its exit code."""
    from streamtop.headless.operation_runner import Command, carry_out, log_of

    choices = choices_from(flags)
    settings = settings_of(url, flags)
    log = partial(log_of, settings, mask_of(settings))
    raise SystemExit(carry_out(Command(connector(settings, stream), plan, log), choices))
