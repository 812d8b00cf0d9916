"""What a group lost: entries that were trimmed before it read them, remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group


class _Standing(NamedTuple):
    """How a group stood when its lag was proven."""

    position: EntryId
    lag: int
    added: int | None
    first: EntryId | None


class Losses:
    """All that one group was seen to lose.

    The server's own evidence, trimmed entries less those that were read, lasts until the
    group reads on. An episode is the time from its appearance to then; what its largest
    figure was is added to what is remembered. Servers that count entries-read one by one
    never make up for the gap, and go on telling of old losses: what was counted before
    is the baseline of the next episode there.

    Where entries-read is unknown, two proven lags at the same position tell as much.

    Source:
        Measured: Redis 7.0 to 7.4 and redict count one by one; Redis 8 and Valkey make
        entries-read the position of the entry when the group reads on after a trim.
    """

    __slots__ = (
        *("_baseline", "_before", "_episode", "_evidence", "_position", "_read"),
        *("_told", "_total", "skipped"),
    )

    def __init__(self) -> None:
        self.skipped = 0
        """By how much entries-read leapt over entries that were lost, not delivered."""
        self._told = False
        self._total = self._episode = self._evidence = self._baseline = 0
        self._position: EntryId | None = None
        self._read: int | None = None
        self._before: _Standing | None = None

    @property
    def total(self) -> int | None:
        """Entries lost while they were watched; `None` if that could never be told."""
        return self._total + self._episode if self._told else None

    def add(self, group: Group, edges: Edges | None, *, leaps: bool) -> None:
        """Take in what a look saw.

        Args:
            group: The group.
            edges: Of the same look; `None` when they are from an earlier one.
            leaps: Whether entries-read leaps over what was lost, as far as the server's
                version tells; what is seen counts for more.
        """
        hidden = None if group.lost else _hidden(group, edges)
        if self._episode and group.last_delivered_id != self._position:
            self._end_episode(group.entries_read, hidden, leaps=leaps)
        if group.lost is None:
            if edges is not None:
                self._compare(group, edges)
            return
        self._told = True
        self._before = None
        if not group.lost and hidden is not None:
            self._baseline = max(0, hidden)
        elif group.lost - self._baseline > self._episode:
            self._episode = group.lost - self._baseline
            self._evidence = group.lost
            self._position = group.last_delivered_id
            self._read = group.entries_read

    def restart(self) -> None:
        """The stream was made anew. What was lost is remembered."""
        self._total += self._episode
        self._episode = self._evidence = self._baseline = 0
        self._before = None

    def _end_episode(self, read: int | None, hidden: int | None, *, leaps: bool) -> None:
        """The group read on: which of the two kinds of servers is this?"""
        self._total += self._episode
        self._baseline = 0 if leaps else self._evidence
        if read is not None and self._read is not None:
            gained = read - self._read
            if gained > self._evidence and hidden is not None:
                leaps = hidden < self._evidence
            elif gained <= self._evidence:
                leaps = False
            made_anew = gained < 0
            self._baseline = 0 if leaps or made_anew else self._evidence
            self.skipped += self._evidence if leaps and not made_anew else 0
        self._episode = self._evidence = 0

    def _compare(self, group: Group, edges: Edges) -> None:
        """What went away between two proven lags, while the group read nothing, was lost."""
        lag, position, first = group.lag, group.last_delivered_id, edges.first_entry_id
        if lag.trust != "exact" or lag.count is None:
            return
        before = self._before
        self._before = _Standing(position, lag.count, edges.entries_added, first)
        if before is None or before.position != position:
            return
        self._told = True
        if first == before.first or (first is not None and first <= position):
            return
        added = 0
        if edges.entries_added is not None and before.added is not None:
            added = edges.entries_added - before.added
        self._total += max(0, before.lag + added - lag.count)


def _hidden(group: Group, edges: Edges | None) -> int | None:
    """How far entries-read is below the group's place in the stream, if that is proven."""
    if edges is None or edges.entries_added is None or group.entries_read is None:
        return None
    if group.lag.count is None or group.lag.trust != "exact":
        return None
    return edges.entries_added - group.lag.count - group.entries_read
