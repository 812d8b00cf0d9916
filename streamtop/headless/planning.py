"""The plans of ack and claim, made from what is pending now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.headless.selection import count_missing, find
from streamtop.model.text import printable
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.planning.plan import Plan
from streamtop.source import MissingError, RefusedError

if TYPE_CHECKING:
    from streamtop.headless.selection import EntrySelection
    from streamtop.model.snapshot import Group, ServerInfo, Stream
    from streamtop.source import Source

_DROPS_SINCE = (7, 0)
"""From this version on, a claim drops what has no payload from the pending entries list."""


async def plan_ack(source: Source, stream: str, group: str, wanted: EntrySelection) -> Plan:
    """Acknowledge entries."""
    found = await find(source, stream, group, wanted)
    return Plan(Acknowledge(stream, group, found.entries), found.already, found.notes)


async def plan_claim(
    source: Source,
    stream: str,
    group: str,
    wanted: EntrySelection,
    *,
    to: str,
    count_delivery: bool = False,
    min_idle_ms: int = 0,
) -> Plan:
    """Claim entries for a consumer."""
    found = await find(source, stream, group, wanted, min_idle_ms=min_idle_ms)
    group_seen, server = await seen_now(source, stream, group)
    claim = Claim(
        stream,
        group,
        to,
        found.entries,
        new_consumer=is_new(to, group_seen),
        without_payload=await count_missing(source, stream, found.entries),
        drops_without_payload=server.api >= _DROPS_SINCE,
        count_delivery=count_delivery,
        min_idle_ms=min_idle_ms,
    )
    return Plan(claim, found.already, found.notes)


async def seen_now(source: Source, stream: str, group: str) -> tuple[Group, ServerInfo]:
    """The group as a look shows it, and which server it is.

    Raises:
        SourceError: MissingError if it is gone.
    """
    found, server = await look_at(source, stream)
    if found.error is not None:
        raise RefusedError(found.error)
    for each in found.groups:
        if each.name == group:
            return each, server
    raise MissingError(f"there is no group {printable(group)} of {printable(stream)}")


async def look_at(source: Source, stream: str) -> tuple[Stream, ServerInfo]:
    """The stream as a look shows it, of a source that looks at this stream alone.

    Raises:
        MissingError: If it is not there.
    """
    while True:
        snapshot = await source.look()
        for each in snapshot.streams:
            if each.name == stream:
                return each, snapshot.server
        if snapshot.complete:
            raise MissingError(f"there is no stream {printable(stream)}")


def is_new(consumer: str, group: Group) -> bool:
    """Whether the group has no such consumer; not if its consumers may not be asked."""
    untold = bool(group.pending and not group.consumers)
    return not untold and all(each.name != consumer for each in group.consumers)
