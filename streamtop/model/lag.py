"""Lag, and how far it can be trusted.

The truth is the number of entries that exist with an ID above the group's
last-delivered-id. No server always tells it: a figure of XINFO GROUPS is never proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.lag_counter import Counted

Trust = Literal["exact", "reported", "at_least", "unknown"]


@dataclass(frozen=True, slots=True)
class Lag:
    """A lag with its trust."""

    count: int | None
    """Entries not yet delivered; `None` exactly when `trust` is "unknown"."""
    trust: Trust
    """exact: proven. reported: the server's own figure, plausible, not proven.
    at_least: a bounded count ran into its bound. unknown: nothing is known."""
    because: str
    """The rule that gave the figure, as a sentence for the operator."""


def judge_lag(
    *,
    reported: int | None,
    last_delivered_id: EntryId,
    length: int,
    edges: Edges | None,
    counted: Counted | None = None,
) -> Lag:
    """The lag of a group from the values of one look.

    Args:
        reported: The `lag` of XINFO GROUPS; `None` when nil or absent.
        last_delivered_id: The group's position.
        length: XLEN of the same look.
        edges: XINFO STREAM, asked after XINFO GROUPS in the same look; `None` when it was not.
        counted: How far a count of the entries after the position has come.

    Returns:
        The lag, by the first rule that holds:
        nothing was generated above the group's position: exactly 0;
        the first entry lies above it: exactly the length;
        all entries above it were counted: exactly their number;
        the server gives a figure that can be: reported;
        some were counted: at least so many;
        otherwise unknown. An absent figure is never 0.

    Source:
        Measured on Redis 5.0 to 8.10, Valkey 8 and 9 and redict: every server's own figure
        was wrong in some history of trims, deletions and XGROUP SETID.
    """
    proven = _proven(last_delivered_id, length, edges)
    if proven is not None:
        return proven
    if counted is not None and counted.complete:
        return Lag(counted.count, "exact", "Counted: so many entries lie after its position.")
    seen = counted.count if counted is not None else 0
    if reported is not None and seen <= reported <= length:
        told = "The server's own figure, not proven"
        return Lag(reported, "reported", f"{told}; {seen:,} counted." if seen else f"{told}.")
    if seen:
        return Lag(seen, "at_least", f"{seen:,} entries were counted, and there are more.")
    if reported is None:
        return Lag(None, "unknown", "The server does not tell the lag of this group.")
    return Lag(
        None,
        "unknown",
        f"The server says {reported:,}, which cannot be: the stream holds {length:,}.",
    )


def _proven(last_delivered_id: EntryId, length: int, edges: Edges | None) -> Lag | None:
    """The lag where the edges of the stream alone prove it."""
    if length == 0:
        return Lag(0, "exact", "The stream holds no entries.")
    if edges is None:
        return None
    if last_delivered_id >= edges.last_generated_id:
        return Lag(0, "exact", "The group has been given the newest ID of the stream.")
    if edges.first_entry_id is None:
        return Lag(0, "exact", "The stream holds no entries.")
    if edges.last_entry_id is not None and last_delivered_id >= edges.last_entry_id:
        return Lag(0, "exact", "The group has been given the last entry of the stream.")
    if edges.first_entry_id > last_delivered_id:
        told = "No entry of the stream was delivered yet, so the lag is its length."
        return Lag(edges.length, "exact", told)
    return None


def in_doubt(last_delivered_id: EntryId, length: int, edges: Edges | None) -> bool:
    """Whether the edges of the stream prove no lag, so that only a count could."""
    return _proven(last_delivered_id, length, edges) is None


def lost(
    *, last_delivered_id: EntryId, entries_read: int | None, edges: Edges | None
) -> int | None:
    """Entries that were trimmed before the group read them, as far as this look shows.

    Only while the stream's first entry lies above the group's position is there any
    evidence; it is gone at the group's next read. Exact when nothing was deleted by XDEL.

    Returns:
        The number; 0 when the evidence says none; `None` when the server does not tell.
    """
    if edges is None or edges.entries_added is None or entries_read is None:
        return None
    if edges.first_entry_id is not None and edges.first_entry_id <= last_delivered_id:
        return 0
    if last_delivered_id >= edges.last_generated_id:
        return 0
    return max(0, edges.entries_added - edges.length - entries_read)
