from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.history import GAP, GroupRates, History
from streamtop.model.ids import EntryId
from streamtop.model.lag import Lag
from streamtop.model.time_series import SLOT, SLOTS, SPACING, WINDOW
from tests.fakes import group, snapshot, stream

NOTHING = GroupRates()


def look(
    history: History,
    at: float,
    *,
    added: int | None = None,
    read: int | None = 0,
    pending: int = 0,
    lag: int | None = None,
    fresh: bool = True,
) -> GroupRates:
    """Add a snapshot of a stream with one group to the history; returns the group's rates."""
    seen = stream("s", group("g", lag=lag, pending=pending, read=read), added=added)
    seen = replace(seen, edges_fresh=fresh)
    if added is None:
        assert seen.edges is not None
        seen = replace(seen, edges=replace(seen.edges, entries_added=None))
    history.add(snapshot(seen, at=at))
    return history.rates("s", seen.groups[0])


def test_one_look_gives_no_rate() -> None:
    history = History()
    assert look(history, 0, added=5, read=5) == NOTHING
    assert history.added("s") is None
    assert history.added("other") is None
    assert history.rates("other", group()) == NOTHING


def test_two_looks_give_the_rates_of_entries_added_delivered_and_acknowledged() -> None:
    history = History()
    look(history, 10, added=100, read=50, pending=10, lag=50)
    rates = look(history, 12, added=120, read=80, pending=20, lag=40)
    assert history.added("s") == 10
    assert rates.delivered == 15
    assert rates.acknowledged == 10
    assert rates.drain == 40 / (15 - 10)


def test_a_lag_that_does_not_fall_never_drains_and_none_is_drained_at_once() -> None:
    history = History()
    look(history, 0, added=100, read=50, lag=50)
    assert look(history, 1, added=110, read=60, lag=50).drain == inf
    assert look(history, 2, added=110, read=60, lag=0).drain == 0


def test_an_unknown_lag_has_no_time_to_drain() -> None:
    history = History()
    look(history, 0, added=100, read=50)
    assert look(history, 1, added=100, read=60).drain is None


def test_rates_are_those_of_the_last_seconds_only() -> None:
    history = History()
    look(history, 0, added=0, read=0)
    look(history, 1, added=10_000, read=10_000)
    for second in range(2, 30):
        rates = look(history, second, added=10_000 + second, read=10_000 + 2 * second)
    assert history.added("s") == pytest.approx(1)
    assert rates.delivered == pytest.approx(2)


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
        assert rates.delivered in [pytest.approx(rate) for rate in possible]
        assert rates.acknowledged == pytest.approx(rates.delivered)


@given(st.lists(st.sampled_from([0.1, 1.0, 2.0, 5.0, 20.0]), min_size=3, max_size=30))
def test_traffic_that_stopped_shows_zero_as_soon_as_the_window_is_over(steps: list[float]) -> None:
    history = History()
    look(history, 0, added=0, read=0, lag=5)
    look(history, 1, added=500, read=400, lag=5)
    at, rates = 1.0, NOTHING
    for step in steps:
        at += step
        rates = look(history, at, added=500, read=400, lag=5)
    if at - steps[-1] > 1 + WINDOW + SPACING + max(steps):
        assert history.added("s") == 0
        assert rates.delivered == rates.acknowledged == 0
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
    for at in (0, 1):
        seen = replace(group("g", read=at * delivered), lag=lag)
        history.add(snapshot(stream("s", seen, added=at * 10), at=at))
    assert history.rates("s", seen).drain == seconds


def test_a_rewound_recording_starts_over() -> None:
    history = History()
    for second in (40, 50, 60):
        look(history, second, added=60, read=60, lag=second)
    assert look(history, 20, added=60, read=60, lag=20) == NOTHING
    assert look(history, 22, added=62, read=64, lag=18).delivered == 2
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
    assert rates.delivered == 0
    assert rates.acknowledged == 2


def test_a_recreated_stream_has_no_rate_until_it_is_seen_twice() -> None:
    history = History()
    look(history, 0, added=1000)
    look(history, 1, added=1010)
    look(history, 2, added=3)
    assert history.added("s") is None
    look(history, 3, added=8)
    assert history.added("s") == 5


def test_a_group_whose_entries_read_fell_has_no_rate_rather_than_a_negative_one() -> None:
    history = History()
    look(history, 0, added=100, read=90)
    assert look(history, 1, added=100, read=10) == NOTHING
    for second in range(2, 40):
        rates = look(history, second, added=100, read=10 + second)
    assert rates.delivered == pytest.approx(1)


def test_pending_entries_that_appear_from_nowhere_are_no_negative_acknowledgements() -> None:
    history = History()
    look(history, 0, added=100, read=50, pending=0)
    rates = look(history, 1, added=100, read=50, pending=7)
    assert rates.delivered == 0
    assert rates.acknowledged is None


def test_without_entries_read_a_proven_lag_tells_what_was_delivered() -> None:
    history = History()
    look(history, 0, added=100, read=None, lag=100)
    rates = look(history, 2, added=120, read=None, lag=100)
    assert rates.delivered == 10


def test_without_entries_read_and_lag_nothing_is_known() -> None:
    history = History()
    for at in (0, 1):
        seen = group("g", lag=None, read=None)
        seen = replace(seen, last_delivered_id=EntryId(at, 0))
        history.add(snapshot(stream("s", seen, added=100 + 20 * at), at=at))
    assert history.rates("s", seen) == NOTHING


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
    look(history, 0, added=0, read=0, lag=3)
    look(history, 1, added=10, read=10, lag=3)
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
    kept = [slot for slot in sorted(by_slot) if slot > max(by_slot) - SLOTS]
    merge = -(-SLOTS // points)
    merged: dict[int, list[int]] = {}
    for slot in kept:
        merged.setdefault(slot // merge, []).extend(lag for lag in by_slot[slot] if lag is not None)
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
