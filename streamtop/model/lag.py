"""Lag, and how far it can be trusted.

The truth is the number of entries that exist with an ID above the group's
last-delivered-id. No server always tells it: a figure of XINFO GROUPS is never proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Edges

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


def judge(
    *,
    reported: int | None,
    last_delivered_id: EntryId,
    length: int,
    edges: Edges | None,
) -> Lag:
    """The lag of a group from the values of one look.

    Args:
        reported: The `lag` of XINFO GROUPS; `None` when nil or absent.
        last_delivered_id: The group's position.
        length: XLEN of the same look.
        edges: XINFO STREAM, asked after XINFO GROUPS in the same look; `None` when it was not.

    Returns:
        The lag, by the first rule that holds:
        nothing was generated above the group's position: exactly 0;
        the first entry lies above it: exactly the length;
        the server gives a figure between 0 and the length: reported;
        otherwise unknown. An absent figure is never 0.

    Source:
        Measured on Redis 5.0 to 8.10, Valkey 8 and 9 and redict: every server's own figure
        was wrong in some history of trims, deletions and XGROUP SETID.
    """
    if edges is not None:
        if last_delivered_id >= edges.last_generated_id:
            return Lag(0, "exact", "The group has been given the newest ID of the stream.")
        if edges.first_entry_id is None:
            return Lag(0, "exact", "The stream holds no entries.")
        if edges.last_entry_id is not None and last_delivered_id >= edges.last_entry_id:
            return Lag(0, "exact", "The group has been given the last entry of the stream.")
        if edges.first_entry_id > last_delivered_id:
            return Lag(
                edges.length,
                "exact",
                "No entry of the stream was delivered yet, so the lag is its length.",
            )
    if length == 0:
        return Lag(0, "exact", "The stream holds no entries.")
    if reported is None:
        return Lag(None, "unknown", "The server does not tell the lag of this group.")
    if not 0 <= reported <= length:
        return Lag(
            None,
            "unknown",
            f"The server says {reported:,}, which cannot be: the stream holds {length:,}.",
        )
    return Lag(reported, "reported", "The server's own figure; not proven.")


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
