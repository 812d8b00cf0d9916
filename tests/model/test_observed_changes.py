from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.history import History
from streamtop.model.ids import EntryId
from streamtop.model.observed_changes import ObservedChanges
from tests.fakes import NOW_MS, consumer, group, oldest, snapshot, stream
from tests.model.looks import changes_of, look_at, look_at_group, watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.snapshot import Group


class Sample(NamedTuple):
    """A group as one look sees it."""

    step: float
    position: int
    lag: int | None
    oldest: int | None
    pending: int
    read: int | None
    first: int | None

    @property
    def waits(self) -> bool:
        return bool(self.lag) or self.first is not None

    def group(self) -> Group:
        held = None if self.oldest is None else oldest(ms=self.oldest)
        seen = group("g", lag=self.lag, pending=self.pending, read=self.read, oldest=held)
        first = None if self.first is None else EntryId(self.first, 0)
        return replace(seen, last_delivered_id=EntryId(self.position, 0), undelivered_id=first)


few = st.integers(1, 2)
maybe = st.one_of(st.none(), few)
samples = st.lists(
    st.builds(
        Sample,
        st.sampled_from([0.25, 1.0, 7.5, 30.0, 59.0, 200.0]),
        few,
        st.one_of(st.none(), st.integers(0, 3)),
        maybe,
        st.integers(1, 3),
        maybe,
        st.one_of(st.none(), st.none(), few),
    ),
    min_size=1,
    max_size=30,
)


def since(run: list[tuple[float, Sample]], holds: Callable[[list[Sample]], bool]) -> float:
    """The duration by definition: the longest run of looks up to the last one."""
    for begin in range(len(run)):
        if holds([sample for _, sample in run[begin:]]):
            return run[-1][0] - run[begin][0]
    return 0.0


def never_falls(run: list[Sample]) -> bool:
    lags = [sample.lag for sample in run]
    return all(lag is not None for lag in lags) and lags == sorted(lag or 0 for lag in lags)


def is_held(run: list[Sample]) -> bool:
    def goes_on(before: Sample, after: Sample) -> bool:
        if before.oldest != after.oldest or after.pending < before.pending:
            return False
        if before.read is None or after.read is None:
            return True
        return after.read - before.read - (after.pending - before.pending) <= 0

    return all(sample.oldest is not None for sample in run) and all(
        goes_on(*pair) for pair in pairwise(run)
    )


@given(samples)
def test_the_past_is_what_the_definition_says_of_all_looks_since_the_last_gap(
    seen: list[Sample],
) -> None:
    history, at = History(), 1000.0
    run: list[tuple[float, Sample]] = []
    pace = 0.0
    for sample in seen:
        at += sample.step
        if run and sample.step > 60 and sample.step > 2 * pace:
            run = []
        pace = sample.step if at > 1000.0 + seen[0].step else 0.0
        run.append((at, sample))
        history.add(look_at_group(sample.group(), at))
        changes = changes_of(history)
        risen = [
            at - when
            for (_, before), (when, after) in pairwise(run)
            if before.lag is not None and after.lag is not None and after.lag > before.lag
        ]
        assert changes.watched_ms == (at - run[0][0]) * 1000
        assert changes.unmoved_ms == 1000 * since(run, lambda r: len({s.position for s in r}) == 1)
        assert changes.lagging_ms == 1000 * since(run, lambda r: all(s.waits for s in r))
        assert changes.unfallen_ms == 1000 * since(run, never_falls)
        assert changes.risen_ms == (1000 * risen[-1] if risen else None)
        assert changes.held_ms == 1000 * since(run, is_held)


def test_the_first_look_shows_no_changes() -> None:
    history = History()
    assert history.changes("s", "g") is None
    history.add(look_at_group(group("g", lag=5), 0))
    assert changes_of(history) == ObservedChanges(lost=0)


STILL = group("g", lag=5, pending=1, oldest=oldest())


@pytest.mark.parametrize(
    ("times", "watched_ms"),
    [
        ([0, 1, 2, 3], 3_000),
        ([0, 0.1, 0.2, 25, 80], 80_000),
        ([0, 1, 2, 62], 62_000),
        ([0, 1, 2, 63], 0),
        ([0, 1, 2, 63, 64], 1_000),
        ([0, 70, 140, 210], 140_000),
        ([50, 51, 20, 21], 1_000),
        ([50, 51, 51], 1_000),
    ],
    ids=str,
)
def test_a_gap_longer_than_the_window_restarts_it_and_a_slow_pace_has_no_gaps(
    times: list[float], watched_ms: int
) -> None:
    assert changes_of(watched([(at, STILL) for at in times])).watched_ms == watched_ms


def test_what_this_machine_slept_through_is_a_gap() -> None:
    history = History()
    for at, server_s in ((0, 0), (1, 1), (2, 3_600), (3, 3_601)):
        time_ms = NOW_MS + server_s * 1000
        history.add(look_at(stream("s", STILL), at=at, time_ms=time_ms))
    assert changes_of(history).watched_ms == 1_000
    assert history.rates("s", STILL).delivered == 0


def test_a_stream_that_could_not_be_read_for_a_moment_keeps_its_past() -> None:
    history = watched([(0, STILL), (1, STILL)])
    history.add(look_at(stream("s", error="No rights."), at=2))
    history.add(look_at_group(STILL, 3))
    assert changes_of(history).watched_ms == 3_000


def test_a_stream_that_could_not_be_read_for_long_starts_over() -> None:
    history = watched([(0, replace(STILL, lost=4)), (1, STILL)])
    for second in range(2, 70):
        history.add(look_at(stream("s", error="No rights."), at=second))
    history.add(look_at_group(STILL, 70))
    assert changes_of(history).watched_ms == 0
    assert history.rates("s", STILL).delivered is None
    assert history.lost("s", "g") == 4


def test_a_recreated_stream_starts_over_even_across_a_gap() -> None:
    history = History()
    history.add(look_at(stream("s", STILL, added=500), at=0))
    history.add(look_at(stream("s", STILL, added=500), at=1))
    history.add(look_at(stream("s", STILL, added=3), at=2))
    assert changes_of(history).watched_ms == 0
    history.add(look_at(stream("s", STILL, added=2), at=50))
    assert changes_of(history).watched_ms == 0


def test_a_delivery_was_at_the_earliest_when_the_look_before_began() -> None:
    history = History()
    for at, position in ((0, 1), (10, 1), (20, 2), (30, 2)):
        seen = replace(STILL, last_delivered_id=EntryId(position, 0))
        history.add(look_at(stream("s", seen), at=at, seconds=2))
        assert changes_of(history).moved_ms == {0: None, 10: None, 20: 12_000, 30: 22_000}[at]


@pytest.mark.parametrize(
    ("idle_s", "returned_s"),
    [
        ([0, 10, 20, 30], 0),
        ([0, 10, 20, 2], 20),
        ([0, 10, 20, 2, 12, 22, 1], 22),
        ([0, 10, 20, 2, 5, 1], 20),
        ([55, 55, 55], 55),
        ([55, 64.5, 74], 0),
        ([55, 63.9], 55),
        ([700, None, 2], 0),
    ],
    ids=str,
)
def test_the_longest_idle_time_after_which_a_consumer_came_back_is_known(
    idle_s: list[float | None], returned_s: float
) -> None:
    looks = []
    for n, idle in enumerate(idle_s):
        ms = 9_000_000 + n * 10_000
        dead = consumer("dead", 5, idle_ms=ms, inactive_ms=ms)
        alive = [] if idle is None else [consumer("w", 0, int(idle * 1000), ms)]
        looks.append((n * 10.0, group("g", dead, *alive)))
    assert changes_of(watched(looks)).returned_idle_ms == returned_s * 1000


@pytest.mark.parametrize(
    ("lag", "position", "inactive_s", "returned_s"),
    [
        (0, 1, 2, 0),  # it waited, and was given the first entry that came
        (0, 1, 90, 80),  # it came back without an entry: its BLOCK ended
        (0, 1, None, 80),
        (3, 1, 2, 80),  # it worked while entries waited
        (0, 2, 2, 80),  # it worked while others were given entries
    ],
)
def test_the_quiet_time_of_a_stream_says_nothing_about_waiting_consumers(
    lag: int, position: int, inactive_s: int | None, returned_s: int
) -> None:
    looks = []
    for at, idle_s, inactive, now in (
        (0.0, 60, 60, 1),
        (10.0, 70, 70, position),
        (20.0, 80, 80, position),
        (30.0, 2, inactive_s, 3),
    ):
        ms = None if inactive is None or inactive_s is None else inactive * 1000
        seen = group("g", consumer("w", 1, idle_s * 1000, ms), lag=lag)
        looks.append((at, replace(seen, last_delivered_id=EntryId(now, 0))))
    assert changes_of(watched(looks)).returned_idle_ms == returned_s * 1000


def test_a_look_that_takes_long_makes_no_dead_consumer_come_back() -> None:
    history = History()
    for n, (at, idle) in enumerate(((100, 500_000), (106, 502_500), (112, 507_000))):
        seen = group("g", consumer("w", 1, idle, idle), lag=3)
        history.add(look_at(stream("s", seen), at=at, seconds=4 + n % 2))
    assert changes_of(history).returned_idle_ms == 0


def test_the_past_of_many_groups_is_small_however_many_looks_there_were() -> None:
    groups, looks = 200, 400
    history = History()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for n in range(looks):
            seen = [
                group(f"g{k}", lag=10**6 + n, pending=10**6 + n, read=10**6 + n * k)
                for k in range(groups)
            ]
            history.add(snapshot(stream("s", *seen, added=10**6 + n), at=n * 0.2))
        del seen
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert used / groups < 3_300, f"{used / groups:.0f} bytes a group"
