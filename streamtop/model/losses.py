"""Entries that a group lost: trimmed before it read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group


class _ProvenLag(NamedTuple):
    """A proven lag of a group, with its position and the stream's edges at that time."""

    position: EntryId
    lag: int
    added: int | None
    first: EntryId | None


class Losses:
    """All entries that one group was seen to lose.

    The server's evidence, the trimmed entries less those that were read, lasts until the
    group reads on. The time from its appearance to then is an episode, whose largest figure
    is added to the total. Servers that count entries-read one by one never make up for the
    gap and go on reporting old losses: what was counted before is then the baseline of the
    next episode.

    Where entries-read is unknown, two proven lags at the same position show as much.

    Source:
        Measured: Redis 7.0 to 7.4 and redict count one by one; Redis 8 and Valkey set
        entries-read to the position of the entry when the group reads on after a trim.
    """

    __slots__ = (
        *("_baseline", "_before", "_episode", "_evidence", "_position", "_read"),
        *("_known", "_total", "skipped"),
    )

    def __init__(self) -> None:
        self.skipped = 0
        """Entries that entries-read counts although they were lost, not delivered."""
        self._known = False
        self._total = self._episode = self._evidence = self._baseline = 0
        self._position: EntryId | None = None
        self._read: int | None = None
        self._before: _ProvenLag | None = None

    @property
    def total(self) -> int | None:
        """Entries lost since the first snapshot; `None` if that was never known."""
        return self._total + self._episode if self._known else None

    def add(self, group: Group, edges: Edges | None, *, leaps: bool) -> None:
        """Take in a snapshot of the group.

        Args:
            group: The group.
            edges: The stream's edges in the same snapshot; `None` if they are older.
            leaps: Whether this version of the server advances entries-read over lost
                entries. What is observed overrides it.
        """
        hidden = None if group.lost else _hidden(group, edges)
        if self._episode and group.last_delivered_id != self._position:
            self._end_episode(group.entries_read, hidden, leaps=leaps)
        if group.lost is None:
            if edges is not None:
                self._compare(group, edges)
            return
        self._known = True
        self._before = None
        if not group.lost and hidden is not None:
            self._baseline = max(0, hidden)
        elif group.lost - self._baseline > self._episode:
            self._episode = group.lost - self._baseline
            self._evidence = group.lost
            self._position = group.last_delivered_id
            self._read = group.entries_read

    def restart(self) -> None:
        """The stream was deleted and created again; the total stays."""
        self._total += self._episode
        self._episode = self._evidence = self._baseline = 0
        self._before = None

    def _end_episode(self, read: int | None, hidden: int | None, *, leaps: bool) -> None:
        """The group read on: find out whether entries-read leapt over the lost entries."""
        self._total += self._episode
        self._baseline = 0 if leaps else self._evidence
        if read is not None and self._read is not None:
            gained = read - self._read
            if gained > self._evidence and hidden is not None:
                leaps = hidden < self._evidence
            elif gained <= self._evidence:
                leaps = False
            recreated = gained < 0
            self._baseline = 0 if leaps or recreated else self._evidence
            self.skipped += self._evidence if leaps and not recreated else 0
        self._episode = self._evidence = 0

    def _compare(self, group: Group, edges: Edges) -> None:
        """Count what disappeared between two proven lags while the group read nothing."""
        lag, position, first = group.lag, group.last_delivered_id, edges.first_entry_id
        if lag.trust != "exact" or lag.count is None:
            return
        before = self._before
        self._before = _ProvenLag(position, lag.count, edges.entries_added, first)
        if before is None or before.position != position:
            return
        self._known = True
        if first == before.first or (first is not None and first <= position):
            return
        added = 0
        if edges.entries_added is not None and before.added is not None:
            added = edges.entries_added - before.added
        self._total += max(0, before.lag + added - lag.count)


def _hidden(group: Group, edges: Edges | None) -> int | None:
    """How far entries-read is below the group's place in the stream; `None` if unproven."""
    if edges is None or edges.entries_added is None or group.entries_read is None:
        return None
    if group.lag.count is None or group.lag.trust != "exact":
        return None
    return edges.entries_added - group.lag.count - group.entries_read
