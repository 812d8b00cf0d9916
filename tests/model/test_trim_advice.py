from __future__ import annotations

from dataclasses import replace

import pytest

from streamtop.model.edges import Edges
from streamtop.model.ids import EntryId
from streamtop.model.lag import Lag
from streamtop.model.snapshot import Group, OldestPending, Stream
from streamtop.model.trim_advice import NOBODY, advise_trim


def lag(count: int | None, *, proven: bool = True) -> Lag:
    if count is None:
        return Lag(None, "unknown", "Because the test says so.")
    return Lag(count, "exact" if proven else "reported", "Because the test says so.")


def group(
    name: str,
    position: int,
    behind: Lag,
    *,
    pending: int | None = None,
    undelivered: int | None = None,
) -> Group:
    """A group at position N-1, with an entry pending and the ID of an undelivered one."""
    return Group(
        name=name,
        last_delivered_id=EntryId(position, 1),
        entries_read=None,
        pending=0 if pending is None else 3,
        lag=behind,
        oldest_pending=None if pending is None else OldestPending(EntryId(pending, 1), "w", 5, 1),
        undelivered_id=None if undelivered is None else EntryId(undelivered, 1),
    )


def stream(*groups: Group, first: int = 1, last: int = 9, fresh: bool = True) -> Stream:
    """A stream with the entries 1-1 to 9-1, or others."""
    edges = Edges(
        length=last - first + 1,
        last_generated_id=EntryId(last, 1),
        first_entry_id=EntryId(first, 1),
        last_entry_id=EntryId(last, 1),
        entries_added=None,
        max_deleted_entry_id=None,
    )
    return Stream("orders", last - first + 1, edges, edges_fresh=fresh, groups=groups)


def test_a_group_that_has_not_read_on_holds_it_back() -> None:
    advice = advise_trim(stream(group("billing", 5, lag(4)), group("audit", 7, lag(2))))
    assert advice.minid == EntryId(5, 2)
    assert advice.group == "billing"
    assert advice.reasons == ("billing has not read past 5-1", "audit has not read past 7-1")
    assert advice.entries == 5


def test_a_group_that_has_an_older_entry_pending_holds_it_back() -> None:
    advice = advise_trim(stream(group("billing", 5, lag(4)), group("audit", 9, lag(0), pending=4)))
    assert advice.minid == EntryId(4, 1)
    assert advice.group == "audit"
    assert advice.reasons == ("audit still has 4-1 pending", "billing has not read past 5-1")
    assert advice.entries is None


def test_each_group_is_named_once_with_the_lowest_id_that_it_needs() -> None:
    advice = advise_trim(stream(group("billing", 5, lag(4), pending=3)))
    assert advice.reasons == ("billing still has 3-1 pending",)
    assert advice.minid == EntryId(3, 1)


def test_a_gap_after_the_position_is_used_where_it_is_known() -> None:
    behind = group("billing", 5, lag(2), undelivered=8)
    advice = advise_trim(stream(behind))
    assert advice.minid == EntryId(8, 1)
    # one from before the group read on counts for nothing
    assert advise_trim(stream(replace(behind, undelivered_id=EntryId(4, 1)))).minid == EntryId(5, 2)


def test_everything_may_go_where_every_group_is_done() -> None:
    advice = advise_trim(stream(group("billing", 9, lag(0)), group("audit", 12, lag(0))))
    assert advice.minid == EntryId(9, 2)
    assert advice.group is None
    assert advice.reasons == ("every group has read and acknowledged everything",)
    assert advice.entries == 9
    # with the edges of an earlier look, what was added since stays, and nobody knows how many
    stale = advise_trim(stream(group("billing", 9, lag(0)), fresh=False))
    assert (stale.minid, stale.entries) == (EntryId(9, 2), None)


def test_a_group_whose_last_entries_were_deleted_is_done_though_it_stands_lower() -> None:
    assert advise_trim(stream(group("billing", 5, lag(0)))).minid == EntryId(9, 2)


@pytest.mark.parametrize("behind", [lag(0, proven=False), lag(None)])
def test_a_lag_that_is_not_proven_lets_nothing_go(behind: Lag) -> None:
    advice = advise_trim(stream(group("billing", 5, behind)))
    assert advice.minid == EntryId(5, 2)
    assert advice.entries is None


def test_nothing_is_advised_where_nobody_reads() -> None:
    advice = advise_trim(stream())
    assert (advice.minid, advice.reasons, advice.entries) == (None, (NOBODY,), None)


def test_nothing_is_advised_where_something_is_not_known() -> None:
    unknown = replace(group("bill\ning", 9, lag(0), pending=4), oldest_pending=None)
    advice = advise_trim(stream(unknown, group("audit", 5, lag(4))))
    assert (advice.minid, advice.group) == (None, "bill\ning")
    assert advice.reasons == ("it is not known what bill\\ning has pending",)
    unread = advise_trim(Stream("orders", error="NOPERM no rights"))
    assert (unread.minid, unread.reasons) == (None, ("it could not be read: NOPERM no rights",))


def test_none_go_where_the_first_entry_is_needed() -> None:
    assert advise_trim(stream(group("billing", 2, lag(3)), first=5)).entries == 0
    assert advise_trim(stream(group("billing", 9, lag(0), pending=1))).entries == 0


def test_the_last_id_of_all_has_none_after_it() -> None:
    last = EntryId(2**64 - 1, 2**64 - 1)
    done = replace(group("billing", 9, lag(0)), last_delivered_id=last)
    seen = stream(done)
    assert seen.edges is not None
    full = replace(seen, edges=replace(seen.edges, last_generated_id=last))
    assert advise_trim(full).minid == last


def test_names_are_shown_safely() -> None:
    advice = advise_trim(stream(group("b\x1b[31m", 5, lag(4))))
    assert advice.group == "b\x1b[31m"
    assert advice.reasons == ("b\\x1b[31m has not read past 5-1",)
