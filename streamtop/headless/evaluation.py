"""What one look shows of a group: the rules of the model, spelled as figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.verdict import Formatter, judge_group

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group, ServerInfo, Snapshot
    from streamtop.model.verdict import Thresholds, Verdict

_SPELL = Formatter(count=figures.count, duration=figures.duration, rate=figures.rate)
_XNACK_SINCE = (8, 8)


def verdict_of(group: Group, snapshot: Snapshot, limits: Thresholds) -> Verdict:
    """The verdict on a group, from this look alone."""
    return judge_group(group, snapshot, limits, _SPELL)


def released_of(group: Group, server: ServerInfo) -> int | None:
    """Pending entries that no consumer holds; `None` where the consumers are not known.

    Before 8.8 none can be released. XINFO CONSUMERS may be refused where XINFO GROUPS is not.
    """
    if (0, 0) < server.api < _XNACK_SINCE:
        return 0
    if group.pending and not group.consumers:
        return None
    return group.released


def most_deliveries(group: Group) -> int | None:
    """The highest delivery count among the pending entries that were looked at."""
    if not group.pending:
        return 0
    seen = [entry for entry in (group.oldest_pending, group.most_delivered) if entry is not None]
    return max((entry.deliveries for entry in seen), default=None)
