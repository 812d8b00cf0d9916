"""What looks show of a group, by the rules of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.delivery_bounds import UNBOUNDED, GroupPosition, lost_before
from streamtop.model.verdict import Formatter, judge_group

if TYPE_CHECKING:
    from streamtop.model.delivery_bounds import Bounds
    from streamtop.model.observed_changes import ObservedChanges
    from streamtop.model.snapshot import Group, ServerInfo, Snapshot, Stream
    from streamtop.model.verdict import Thresholds, Verdict

_FORMATTER = Formatter(count=figures.count, duration=figures.duration, rate=figures.rate)


def verdict_of(
    group: Group, snapshot: Snapshot, limits: Thresholds, changes: ObservedChanges | None = None
) -> Verdict:
    """The verdict on a group: from this snapshot alone, or with what earlier ones showed."""
    return judge_group(group, snapshot, limits, _FORMATTER, changes)


def lost_of(group: Group, stream: Stream) -> Bounds:
    """The entries that a group lost since its stream was created, as far as one look shows."""
    edges = stream.edges if stream.edges_fresh else None
    return UNBOUNDED if edges is None else lost_before(GroupPosition.of(group, edges))


def released_of(group: Group, server: ServerInfo) -> int | None:
    """The number of pending entries without a consumer; `None` where consumers are unknown.

    Servers before 8.8 have none. A user may be allowed XINFO GROUPS but not XINFO CONSUMERS.
    """
    if not server.releases:
        return 0
    if group.pending and not group.consumers:
        return None
    return group.released


def most_deliveries(group: Group) -> int | None:
    """The highest delivery count among the pending entries that the snapshot holds."""
    if not group.pending:
        return 0
    seen = [entry for entry in (group.oldest_pending, group.most_delivered) if entry is not None]
    return max((entry.deliveries for entry in seen), default=None)
