"""What became of moved entries: counted from what was asked, and said in one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.ids import EntryId
from streamtop.model.recovery import (
    MOST,
    MovedEntry,
    Recovery,
    RecoveryAim,
    RecoveryState,
    sentence,
    unfinished,
)
from streamtop.planning.recoveries import FORMATTER
from tests.fakes import NOW_MS, consumer, group, pending_entries

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group

IDS = [EntryId(NOW_MS + n, 0) for n in range(40)]
AIM = RecoveryAim("7-a", "Claim", "orders", "billing")
COPIES = replace(AIM, verb="Replay", copies=True)


def claimed(*, at: float = 0.0, deliveries: int = 1) -> Recovery:
    return Recovery(AIM, [MovedEntry(entry_id, "rescue", deliveries) for entry_id in IDS], at)


def seen(recovery: Recovery, at: float, **holders: int) -> None:
    """A look at which each of these consumers holds so many of the entries, the others none."""
    names = [name for name, count in holders.items() for _ in range(count)]
    rows = pending_entries(len(names))
    held = {row.id: replace(row, consumer=name) for row, name in zip(rows, names, strict=True)}
    due = recovery.due(500)
    recovery.see(due, [held.get(entry_id) for entry_id in due], at)


def in_words(recovery: Recovery, now: float) -> str:
    return sentence(recovery.aim, recovery.state(now), FORMATTER)


def at_position(ms: int, *, lag: int | None = 0, undelivered: int | None = None) -> Group:
    first = None if undelivered is None else EntryId(undelivered, 0)
    whole = group("billing", consumer("w1"), pending=1, lag=lag)
    return replace(whole, last_delivered_id=EntryId(ms, 0), undelivered_id=first)


def test_what_is_not_pending_any_more_was_acknowledged() -> None:
    recovery = claimed()
    seen(recovery, 60.0, rescue=9)
    state = recovery.state(60.0)
    assert (state.acknowledged, state.pending, state.held) == (31, 9, {"rescue": 9})
    assert not state.finished
    assert in_words(recovery, 60.0) == (
        "31 of 40 acknowledged; 9 still pending with rescue, which has not read them for 1 m"
    )


def test_in_the_end_all_are_acknowledged() -> None:
    recovery = claimed()
    seen(recovery, 1.0)
    assert recovery.state(1.0).recovered
    assert in_words(recovery, 1.0) == "all 40 acknowledged"


def test_what_was_delivered_again_is_not_called_unread() -> None:
    recovery = claimed()
    rows = [replace(row, consumer="rescue", deliveries=2) for row in pending_entries(40)]
    recovery.see(recovery.due(500), rows, 50.0)
    assert in_words(recovery, 90.0) == "0 of 40 acknowledged; 40 still pending with rescue"
    assert recovery.state(90.0).quiet_ms == 40_000


def test_entries_that_changed_hands_are_named_with_their_holders() -> None:
    recovery = claimed()
    seen(recovery, 10.0, rescue=30, other=9)
    assert in_words(recovery, 10.0) == (
        "1 of 40 acknowledged; 39 still pending, 30 with rescue, 9 with other; "
        "39 not delivered again for 10 s"
    )


def test_released_entries_wait_for_a_claim() -> None:
    recovery = Recovery(AIM, [MovedEntry(entry_id, "") for entry_id in IDS[:2]], 0.0)
    rows = [replace(row, consumer="") for row in pending_entries(2)]
    recovery.see(recovery.due(9), rows, 70.0)
    assert in_words(recovery, 70.0) == (
        "0 of 2 acknowledged; 2 released, and claimed by no consumer for 1 m 10s"
    )


def test_of_a_consumer_that_was_removed_nobody_knows_what_it_acknowledged() -> None:
    recovery = claimed()
    recovery.see_group(group("billing", consumer("w1"), pending=0), 1.0)
    seen(recovery, 1.0)
    state = recovery.state(1.0)
    assert (state.unknown, state.acknowledged) == (40, 0)
    assert state.finished
    assert not state.recovered
    assert "40 gone with their consumer: acknowledged, or lost" in in_words(recovery, 1.0)


def test_a_copy_is_followed_until_it_was_delivered_and_acknowledged() -> None:
    recovery = Recovery(COPIES, [MovedEntry(entry_id, None) for entry_id in IDS[:3]], 0.0)
    recovery.see_group(at_position(NOW_MS - 1, lag=3, undelivered=NOW_MS), 1.0)
    assert recovery.due(9) == []
    assert in_words(recovery, 1.0) == "0 of 3 copies acknowledged; 3 not delivered yet"
    recovery.see_group(at_position(NOW_MS + 1, lag=1, undelivered=NOW_MS + 2), 2.0)
    assert recovery.due(9) == IDS[:2]
    [row] = pending_entries(1)
    recovery.see(IDS[:2], [row, None], 2.0)
    assert in_words(recovery, 2.0) == (
        "1 of 3 copies acknowledged; 1 still pending with w1; 1 not delivered yet"
    )
    recovery.see_group(at_position(NOW_MS + 2), 3.0)
    due = recovery.due(9)
    recovery.see(due, [None] * len(due), 3.0)
    assert in_words(recovery, 3.0) == "all 3 copies acknowledged"


def test_copies_that_were_removed_unread_are_not_called_acknowledged() -> None:
    recovery = Recovery(COPIES, [MovedEntry(entry_id, None) for entry_id in IDS[:3]], 0.0)
    recovery.see_group(at_position(NOW_MS - 1, lag=1, undelivered=NOW_MS + 2), 1.0)
    recovery.see_group(at_position(NOW_MS - 1, lag=0), 2.0)
    state = recovery.state(2.0)
    assert (state.removed, state.acknowledged, state.finished) == (3, 0, True)


def test_asking_goes_around_and_forgets_nothing() -> None:
    recovery = claimed()
    asked = []
    for _ in range(4):
        due = recovery.due(10)
        asked += due
        recovery.see(due, [replace(row, consumer="rescue") for row in pending_entries(10)], 1.0)
    assert asked == IDS
    assert recovery.due(10) == IDS[:10]


def test_more_than_ten_thousand_are_not_followed_and_that_is_said() -> None:
    moved = (MovedEntry(EntryId(n + 1, 0), "rescue", 1) for n in range(MOST + 5))
    recovery = Recovery(AIM, moved, 0.0, not_followed=5)
    due = recovery.due(MOST)
    recovery.see(due, [None] * len(due), 1.0)
    assert not recovery.state(1.0).recovered
    assert in_words(recovery, 1.0) == "10,000 of 10,000 acknowledged; 5 more not followed"


def test_a_group_that_is_gone_ends_it() -> None:
    recovery = claimed()
    recovery.see_group(None, 1.0)
    assert recovery.state(1.0).finished
    assert in_words(recovery, 1.0).endswith("billing is gone")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (RecoveryState(2, held={"w": 2}, quiet_ms=59_000, age_ms=60_000), "slow"),
        (RecoveryState(2, held={"w": 2}, quiet_ms=60_000, age_ms=60_000), "unrecovered"),
        (RecoveryState(2, waiting=2, quiet_ms=10_000, age_ms=60_000), "slow"),
        (RecoveryState(2, waiting=2, quiet_ms=60_000, age_ms=60_000), "unrecovered"),
        (RecoveryState(2, acknowledged=2, quiet_ms=60_000, age_ms=60_000), None),
    ],
)
def test_a_recovery_is_slow_and_unrecovered_after_a_minute_without_progress(
    state: RecoveryState, kind: str | None
) -> None:
    finding = unfinished(AIM, state, 60_000, FORMATTER)
    assert (None if finding is None else finding.kind) == kind
    if finding is not None:
        assert finding.sentence.startswith("claim 1 m ago: 0 of 2 acknowledged; 2 ")
