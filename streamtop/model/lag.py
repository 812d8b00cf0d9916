"""Lag, and how far it can be trusted.

The true lag is the number of entries that exist with an ID above the group's
last-delivered-id. No server always knows it: the figure of XINFO GROUPS is never proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtop.model.ids import ZERO

if TYPE_CHECKING:
    from streamtop.model.edges import Edges
    from streamtop.model.ids import EntryId
    from streamtop.model.lag_counter import Counted

Trust = Literal["exact", "reported", "at_least", "unknown"]


@dataclass(frozen=True, slots=True)
class Lag:
    """A lag with its trust."""

    count: int | None
    """Entries not yet delivered; `None` if and only if `trust` is "unknown"."""
    trust: Trust
    """exact: proven. reported: the server's own figure, plausible but not proven.
    at_least: a count reached its bound. unknown: nothing is known."""
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
        reported: The `lag` of XINFO GROUPS; `None` if nil or absent.
        last_delivered_id: The group's position.
        length: XLEN of the same look.
        edges: XINFO STREAM, asked after XINFO GROUPS in the same look; `None` if not asked.
        counted: The progress of counting the entries after the position.

    Returns:
        The lag, by the first rule that applies:
        no ID was generated above the position: exactly 0;
        the first entry lies above the position: exactly the length;
        all entries above the position were counted: exactly their number, or about that
        many if some of them may have been deleted since;
        the server's figure is possible: reported;
        some entries were counted: at least that many;
        otherwise unknown. An absent figure is never 0.

    Source:
        Measured on Redis 5.0 to 8.10, Valkey 8 and 9 and redict: every server's own figure
        was wrong in some history of trims, deletions and XGROUP SETID.
    """
    proven = _proven(last_delivered_id, length, edges)
    if proven is not None:
        return proven
    if counted is not None and counted.complete:
        if counted.proven:
            because = "The entries after the group's position were counted."
            return Lag(counted.count, "exact", because)
        because = "Counted a few looks ago and kept up to date; some may have been deleted."
        return Lag(min(counted.count, length), "reported", because)
    seen = counted.count if counted is not None and counted.proven else 0
    if reported is not None and seen <= reported <= length:
        so_far = f"; {seen:,} counted so far" if seen else ""
        return Lag(reported, "reported", f"The server's own figure, not proven{so_far}.")
    if seen:
        return Lag(seen, "at_least", f"{seen:,} entries were counted, and there are more.")
    if counted is not None and 0 < counted.count <= length:
        because = f"{counted.count:,} entries were counted a few looks ago, and there were more."
        return Lag(counted.count, "at_least", because)
    if reported is None:
        return Lag(None, "unknown", "The server does not know the lag of this group.")
    return Lag(
        None,
        "unknown",
        f"The server's own figure is impossible: {reported:,} of {length:,} entries.",
    )


def _proven(last_delivered_id: EntryId, length: int, edges: Edges | None) -> Lag | None:
    """The lag if the edges of the stream alone prove it."""
    if length == 0:
        return Lag(0, "exact", "The stream holds no entries.")
    if edges is None:
        return None
    if last_delivered_id >= edges.last_generated_id:
        return Lag(0, "exact", "The newest ID of the stream was delivered to the group.")
    if edges.first_entry_id is None:
        return Lag(0, "exact", "The stream holds no entries.")
    if edges.last_entry_id is not None and last_delivered_id >= edges.last_entry_id:
        return Lag(0, "exact", "The last entry of the stream was delivered to the group.")
    if edges.first_entry_id > last_delivered_id:
        because = "None of the stream's entries was delivered yet, so the lag is its length."
        return Lag(edges.length, "exact", because)
    return None


def in_doubt(last_delivered_id: EntryId, length: int, edges: Edges | None) -> bool:
    """Whether the edges of the stream do not prove the lag, so that only a count can."""
    return _proven(last_delivered_id, length, edges) is None


def lost(
    *, last_delivered_id: EntryId, entries_read: int | None, edges: Edges | None
) -> int | None:
    """Entries trimmed before the group read them, as far as this look shows.

    There is evidence only while the stream's first entry lies above the group's position and
    no entry above it was deleted by XDEL; it disappears with the group's next read.

    Returns:
        The number; 0 if there is no evidence of a loss; `None` if the server does not count.
    """
    if edges is None or edges.entries_added is None or entries_read is None:
        return None
    if (edges.max_deleted_entry_id or ZERO) > last_delivered_id:
        return 0
    if edges.first_entry_id is not None and edges.first_entry_id <= last_delivered_id:
        return 0
    if last_delivered_id >= edges.last_generated_id:
        return 0
    return max(0, edges.entries_added - edges.length - entries_read)
