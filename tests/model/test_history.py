from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.delivery_bounds import NOTHING as NOTHING_LOST
from streamtop.model.delivery_bounds import Bounds, Rate
from streamtop.model.edges import Edges
from streamtop.model.history import GAP, GroupRates, History
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.lag import Lag
from streamtop.model.snapshot import Stream
from streamtop.model.time_series import SLOT, SLOTS, SPACING, WINDOW
from tests.fakes import group, snapshot, stream
from tests.model.looks import changes_of
from tests.model.simulated_group import GENERATIONS, Generation, SimulatedGroup

NOTHING = GroupRates()
COUNT: Any = object()
"""A lag that follows from the entries added and read."""


def exactly(per_second: float) -> Rate:
    approximately: Any = pytest.approx(per_second)
    return Rate(approximately, approximately)


def look(
    history: History,
    at: float,
    *,
    added: int | None = None,
    read: int | None = 0,
    pending: int = 0,
    lag: Lag | int | None = COUNT,
    position: int | None = None,
    fresh: bool = True,
) -> GroupRates:
    """Add a snapshot of a stream with one group to the history; returns the group's rates.

    IDs are 1, 2, 3…, no entry was removed, and the position is the last entry that was read
    unless it is set.
    """
    length = 1_000_000 if added is None else added
    if lag is COUNT:
        lag = None if added is None or read is None else added - read
    seen = group("g", lag=lag, pending=pending, read=read)
    seen = replace(
        seen, last_delivered_id=EntryId((read if position is None else position) or 0, 0)
    )
    edges = Edges(length, EntryId(length, 0), EntryId(1, 0), EntryId(length, 0), added, ZERO)
    history.add(snapshot(Stream("s", length, edges, fresh, (seen,)), at=at))
    return history.rates("s", seen)


def test_one_look_gives_no_rate() -> None:
    history = History()
    assert look(history, 0, added=5, read=5) == NOTHING
    assert history.added("s") is None
    assert history.added("other") is None
    assert history.rates("other", group()) == NOTHING


def test_two_looks_give_the_rates_of_entries_added_delivered_and_acknowledged() -> None:
    history = History()
    look(history, 10, added=100, read=50, pending=10)
    rates = look(history, 12, added=120, read=80, pending=20)
    assert history.added("s") == 10
    assert rates.delivered == Rate(15, 15)
    assert rates.acknowledged == Rate(10, 10)
    assert rates.drain == 40 / (15 - 10)


def test_a_lag_that_does_not_fall_never_drains_and_none_is_drained_at_once() -> None:
    history = History()
    look(history, 0, added=100, read=50)
    assert look(history, 1, added=110, read=60).drain == inf
    assert look(history, 2, added=110, read=110).drain == 0


def test_an_unknown_lag_has_no_time_to_drain() -> None:
    history = History()
    look(history, 0, added=100, read=50, lag=None)
    assert look(history, 1, added=100, read=60, lag=None).drain is None


def test_rates_are_those_of_the_last_seconds_only() -> None:
    history = History()
    look(history, 0, added=0, read=0)
    look(history, 1, added=10_000, read=10_000)
    for second in range(2, 30):
        rates = look(history, second, added=10_000 + 2 * second, read=10_000 + second)
    assert history.added("s") == pytest.approx(2)
    assert rates.delivered == exactly(1)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.125, 0.5, 1.0, 3.0, 8.0, 29.0, 100.0]), st.integers(0, 50)),
        min_size=2,
        max_size=60,
    )
)
def test_rates_are_the_difference_over_the_window_and_never_over_a_gap(
    steps: list[tuple[float, int]],
) -> None:
    history, at, added, pace = History(), 0.0, 0, 0.0
    seen: list[tuple[float, int]] = []
    for seconds, more in steps:
        at, added = at + seconds, added + more
        if seen and seconds > GAP and seconds > 2 * pace:
            seen = []
        pace = seconds if pace or at > seconds else 0.0
        rates = look(history, at, added=added, read=added)
        seen.append((at, added))
        if len(seen) == 1:
            assert rates == NOTHING
            assert history.added("s") is None
            continue
        least = min(WINDOW, at - seen[0][0])
        most = max(
            WINDOW + SPACING + max(after[0] - before[0] for before, after in pairwise(seen)),
            at - seen[-2][0],
        )
        bases = [point for point in seen[:-1] if least <= at - point[0] <= most]
        possible = [(added - before) / (at - when) for when, before in bases]
        assert history.added("s") in [pytest.approx(rate) for rate in possible]
        assert rates.delivered in [exactly(rate) for rate in possible]
        assert rates.acknowledged == rates.delivered


@given(st.lists(st.sampled_from([0.1, 1.0, 2.0, 5.0, 20.0]), min_size=3, max_size=30))
def test_traffic_that_stopped_shows_zero_as_soon_as_the_window_is_over(steps: list[float]) -> None:
    history = History()
    look(history, 0, added=0, read=0)
    look(history, 1, added=500, read=400)
    at, rates = 1.0, NOTHING
    for step in steps:
        at += step
        rates = look(history, at, added=500, read=400)
    if at - steps[-1] > 1 + WINDOW + SPACING + max(steps):
        assert history.added("s") == 0
        assert rates.delivered == rates.acknowledged == Rate(0, 0)
        assert rates.drain == inf


@pytest.mark.parametrize(
    ("lag", "delivered", "seconds"),
    [
        (Lag(40, "reported", ""), 20, 4),
        (Lag(40, "at_least", ""), 20, None),
        (Lag(40, "at_least", ""), 10, inf),
        (Lag(None, "unknown", ""), 20, None),
        (Lag(0, "reported", ""), 10, 0),
    ],
)
def test_the_time_to_drain_is_known_as_far_as_the_lag_is(
    lag: Lag, delivered: int, seconds: float | None
) -> None:
    history = History()
    look(history, 0, added=500, read=100, lag=lag)
    assert look(history, 1, added=510, read=100 + delivered, lag=lag).drain == seconds


def test_a_rewound_recording_starts_over() -> None:
    history = History()
    for second in (40, 50, 60):
        look(history, second, added=60, read=20)
    assert look(history, 20, added=60, read=40) == NOTHING
    assert look(history, 22, added=62, read=44).delivered == Rate(2, 2)
    assert history.added("s") == 1
    assert history.lags("s", "g", SLOTS) == (20,)


def test_rare_edges_give_rates_until_they_are_too_old() -> None:
    history = History()
    for second in range(200):
        look(history, second, added=second * 3, fresh=not second % 40)
        if second > 40:
            assert history.added("s") == 3
    for second in range(200, 300):
        look(history, second, added=600, fresh=False)
    assert history.added("s") is None


def test_a_group_that_received_nothing_has_a_rate_of_zero_even_where_nothing_is_counted() -> None:
    history = History()
    look(history, 0, added=None, read=None, pending=5)
    rates = look(history, 2, added=None, read=None, pending=1)
    assert rates.delivered == Rate(0, 0)
    assert rates.acknowledged == Rate(2, 2)


def test_a_recreated_stream_has_no_rate_until_it_is_seen_twice() -> None:
    history = History()
    look(history, 0, added=1000)
    look(history, 1, added=1010)
    look(history, 2, added=3)
    assert history.added("s") is None
    look(history, 3, added=8)
    assert history.added("s") == 5


def test_a_group_whose_position_was_set_back_has_no_rate_rather_than_a_negative_one() -> None:
    history = History()
    look(history, 0, added=100, read=90)
    assert look(history, 1, added=100, read=10) == NOTHING
    for second in range(2, 40):
        rates = look(history, second, added=100, read=10 + second)
    assert rates.delivered == exactly(1)


def test_pending_entries_that_appear_from_nowhere_are_no_negative_acknowledgements() -> None:
    history = History()
    look(history, 0, added=100, read=50, pending=0)
    rates = look(history, 1, added=100, read=50, pending=7)
    assert rates.delivered == Rate(0, 0)
    assert rates.acknowledged is None


def test_without_entries_read_a_proven_lag_tells_what_was_delivered() -> None:
    history = History()
    look(history, 0, added=100, read=None, lag=99, position=1)
    rates = look(history, 2, added=120, read=None, lag=99, position=21)
    assert rates.delivered == Rate(10, 10)


def test_without_entries_read_and_lag_only_a_lower_bound_is_known() -> None:
    history = History()
    look(history, 0, added=100, read=None, lag=None, position=1, pending=3)
    rates = look(history, 2, added=120, read=None, lag=None, position=21, pending=9)
    assert rates == GroupRates(Rate(3, None), Rate(0, None), None)
    rates = look(history, 4, added=140, read=None, lag=None, position=41, pending=9)
    assert rates == GroupRates(Rate(7 / 4, None), Rate(1 / 4, None), None)


def test_edges_of_an_earlier_look_are_no_new_point() -> None:
    history = History()
    look(history, 0, added=0)
    look(history, 1, added=10)
    look(history, 2, added=10, fresh=False)
    assert history.added("s") == 10


def test_without_entries_added_the_rate_is_unknown() -> None:
    history = History()
    look(history, 0, added=None)
    look(history, 1, added=None)
    assert history.added("s") is None


def test_a_vanished_stream_is_forgotten() -> None:
    history = History()
    look(history, 0, added=3, read=0)
    look(history, 1, added=13, read=10)
    history.add(snapshot(stream("other", group("g")), at=2))
    assert history.added("s") is None
    assert history.rates("s", group("g")) == NOTHING
    assert history.lags("s", "g", 15) == ()
    look(history, 3, added=500, read=500)
    assert history.added("s") is None


def test_a_group_that_vanished_is_forgotten_and_the_others_are_not() -> None:
    history = History()
    history.add(snapshot(stream("s", group("a", lag=1), group("b", lag=2)), at=0))
    history.add(snapshot(stream("s", group("b", lag=2)), at=1))
    assert history.lags("s", "a", 15) == ()
    assert history.lags("s", "b", 15) == (2,)


@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.one_of(st.none(), st.integers(0, 9))),
        min_size=1,
        max_size=80,
    ),
    st.sampled_from([1, 7, 15, 30, 60]),
)
def test_each_point_of_the_past_is_the_largest_lag_of_its_time(
    looks: list[tuple[int, int | None]], points: int
) -> None:
    history, at = History(), 0.0
    by_slot: dict[int, list[int | None]] = {}
    for tenths, lag in looks:
        at += tenths / 100
        look(history, at, lag=lag)
        by_slot.setdefault(int(at // SLOT), []).append(lag)
    first = max(min(by_slot), max(by_slot) - SLOTS + 1)
    merge = -(-SLOTS // points)
    merged: dict[int, list[int]] = {}
    for slot in range(first, max(by_slot) + 1):
        lags = [lag for lag in by_slot.get(slot, []) if lag is not None]
        merged.setdefault(slot // merge, []).extend(lags)
    expected = [
        max(merged.get(slot, []), default=None) for slot in range(min(merged), max(merged) + 1)
    ]
    assert history.lags("s", "g", points) == tuple(expected[-points:])


def test_after_a_long_pause_the_lag_over_time_starts_over() -> None:
    history = History()
    for at in (0, 5, 10, 3_600, 3_605):
        look(history, at, lag=at)
    assert history.lags("s", "g", SLOTS) == (3_600, 3_605)
    look(history, 3_620, lag=7)
    assert history.lags("s", "g", SLOTS) == (3_600, 3_605, None, None, 7)


def test_the_past_is_bounded_however_long_streamtop_runs() -> None:
    history = History()
    for second in range(0, 3 * 3600, 2):
        look(history, second, added=second, read=second, lag=second % 7)
    assert len(history.lags("s", "g", 15)) <= 15
    assert len(history.lags("s", "g", SLOTS)) <= SLOTS
    assert all(lag == 6 for lag in history.lags("s", "g", 5)[1:-1])


# Losses


def lose(history: History, at: float = 0) -> SimulatedGroup:
    """Ten entries added, two read and five of the others trimmed; then the rest is read."""
    simulated = SimulatedGroup()
    simulated.add(10)
    simulated.deliver(2)
    history.add(snapshot(simulated.stream(), at=at))
    simulated.trim(7)
    history.add(snapshot(simulated.stream(), at=at + 1))
    simulated.deliver(3)
    history.add(snapshot(simulated.stream(), at=at + 2))
    return simulated


def test_what_a_group_lost_is_remembered_when_the_evidence_is_gone() -> None:
    history = History()
    assert history.lost("s", "g") is None
    lose(history)
    assert history.lost("s", "g") == Bounds(5, 5)
    assert history.lost("s", "other") is None
    assert changes_of(history).lost == Bounds(5, 5)
    assert changes_of(history).lost_before == NOTHING_LOST


def test_what_was_lost_before_the_first_look_is_told_apart() -> None:
    history, simulated = History(), SimulatedGroup()
    simulated.add(10)
    simulated.deliver(2)
    simulated.trim(7)
    history.add(snapshot(simulated.stream(), at=0))
    simulated.deliver(1)
    simulated.add(4)
    simulated.trim(3)
    history.add(snapshot(simulated.stream(), at=1))
    changes = changes_of(history)
    assert changes.lost_before == Bounds(5, 7)
    assert changes.lost.low <= 2 <= (changes.lost.high or 0)


def test_a_loss_survives_its_stream_but_not_its_group() -> None:
    history = History()
    lose(history)
    again = SimulatedGroup()
    again.add(3)
    history.add(snapshot(again.stream(), at=3))
    assert history.lost("s", "g") == Bounds(5, 5)
    again.trim(2)
    history.add(snapshot(again.stream(), at=4))
    assert history.lost("s", "g") == Bounds(7, 7)
    history.add(snapshot(replace(again.stream(), groups=()), at=5))
    assert history.lost("s", "g") is None
    again.deliver(9)
    history.add(snapshot(again.stream(), at=6))
    assert history.lost("s", "g") == NOTHING_LOST


def test_what_a_stream_made_anew_lost_before_it_was_seen_again_counts() -> None:
    history = History()
    lose(history)
    again = SimulatedGroup()
    again.add(5)
    again.trim(4)
    history.add(snapshot(again.stream(), at=3))
    assert history.lost("s", "g") == Bounds(9, 9)


def test_a_loss_survives_pauses_and_looks_that_cannot_tell() -> None:
    history = History()
    simulated = lose(history)
    history.add(snapshot(simulated.stream(fresh=False), at=10_000))
    history.add(snapshot(Stream("s", error="No rights."), at=10_001))
    assert history.lost("s", "g") == Bounds(5, 5)


def test_a_position_set_back_loses_nothing_unless_entries_were_trimmed_meanwhile() -> None:
    history = History()
    simulated = lose(history)
    simulated.add(4)
    simulated.position = 8
    history.add(snapshot(simulated.stream(), at=3))
    assert history.lost("s", "g") == Bounds(5, 5)
    simulated.deliver(9)
    history.add(snapshot(simulated.stream(), at=4))
    simulated.position = 8
    simulated.trim(3)
    history.add(snapshot(simulated.stream(), at=5))
    assert history.lost("s", "g") == Bounds(5, 8)


def test_a_position_set_forward_skips_entries_and_loses_none() -> None:
    history, simulated = History(), SimulatedGroup()
    simulated.add(10)
    simulated.deliver(2)
    history.add(snapshot(simulated.stream(), at=0))
    simulated.position = 9
    for read in (9, 500):  # with ENTRIESREAD, which is believed as it is
        simulated.read = read
        history.add(snapshot(simulated.stream(), at=read))
        assert history.lost("s", "g") == NOTHING_LOST
    simulated.deliver(1)
    history.add(snapshot(simulated.stream(), at=501))
    assert history.lost("s", "g") == NOTHING_LOST


_MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "add", "trim", "deliver", "deliver", "acknowledge", "look", "look", "glance"]
        ),
        st.integers(1, 8),
    ),
    max_size=60,
)


@given(st.sampled_from(GENERATIONS), st.booleans(), _MOVES)
def test_losses_and_rates_lie_within_their_bounds_over_any_window(
    generation: Generation, counts: bool, moves: list[tuple[str, int]]
) -> None:
    """A glance is a look that did not ask XINFO STREAM."""
    history, simulated = History(), SimulatedGroup(generation, counts)
    history.add(snapshot(simulated.stream(), at=0))
    points, at, lost = [(0, 0, 0)], 0, 0
    for move, number in moves:
        if move not in {"look", "glance"}:
            getattr(simulated, move)(number)
            continue
        at += 1
        fresh = move == "look"
        history.add(snapshot(simulated.stream(fresh=fresh), at=at))
        if fresh:
            lost = simulated.lost
            points.append((at, simulated.delivered, simulated.delivered - simulated.pending))
        assert within(history.lost("s", "g"), lost)
        if fresh:
            rates = history.rates("s", simulated.group())
            began, delivered, left = max(
                (point for point in points if point[0] <= at - WINDOW), default=points[0]
            )
            assert within(rates.delivered, (points[-1][1] - delivered) / (at - began))
            assert within(rates.acknowledged, (points[-1][2] - left) / (at - began))


def within(bounds: Bounds | Rate | None, truth: float) -> bool:
    assert bounds is not None
    slack = 1e-9
    return bounds.low <= truth + slack and (bounds.high is None or truth <= bounds.high + slack)
