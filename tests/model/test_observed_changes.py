from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.delivery_bounds import NOTHING, Bounds, Rate
from streamtop.model.edges import Edges
from streamtop.model.habits import NO_HABITS
from streamtop.model.history import History
from streamtop.model.ids import EntryId
from streamtop.model.observed_changes import ChangeObserver, ObservedChanges
from streamtop.model.snapshot import Stream
from tests.fakes import NOW_MS, consumer, group, oldest, snapshot, stream
from tests.model.looks import changes_of, look_at, look_at_group, watched
from tests.model.simulated_group import SimulatedGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.snapshot import Consumer, Group


class Sample(NamedTuple):
    """A group as one look sees it, and what was delivered since the look before."""

    step: float
    position: int
    lag: int | None
    oldest: int | None
    holder: str
    deliveries: int
    pending: int
    delivered: Bounds
    age_s: int | None

    @property
    def waits(self) -> bool:
        return bool(self.lag) or self.first_id is not None

    @property
    def first_id(self) -> EntryId | None:
        if self.age_s is None or self.lag == 0:
            return None
        return EntryId(NOW_MS - self.age_s * 1000, 0)

    @property
    def late(self) -> bool:
        known = self.lag is not None or self.age_s is not None
        return self.waits and known and (self.age_s is None or self.age_s >= 10)

    def group(self) -> Group:
        held = None
        if self.oldest is not None:
            held = oldest(0, self.deliveries, self.holder, ms=self.oldest)
        seen = group("g", lag=self.lag, pending=self.pending, oldest=held)
        position = EntryId(self.position, 0)
        return replace(seen, last_delivered_id=position, undelivered_id=self.first_id)


few = st.integers(1, 2)
maybe = st.one_of(st.none(), few)
samples = st.lists(
    st.builds(
        Sample,
        step=st.sampled_from([0.25, 1.0, 7.5, 30.0, 59.0]),
        position=few,
        lag=st.one_of(st.none(), st.integers(0, 3)),
        oldest=maybe,
        holder=st.sampled_from(["a", "b", ""]),
        deliveries=few,
        pending=st.integers(0, 3),
        delivered=st.builds(
            lambda low, more: Bounds(low, None if more is None else low + more),
            st.integers(0, 2),
            st.one_of(st.none(), st.integers(0, 2)),
        ),
        age_s=st.sampled_from([None, None, 9, 10, 11]),
    ),
    min_size=1,
    max_size=30,
)
Run = list[tuple[float, Sample]]


def since(run: Run, holds: Callable[[list[Sample]], bool]) -> float:
    """The duration by definition: the longest run of looks up to the last one."""
    for begin in range(len(run)):
        if holds([sample for _, sample in run[begin:]]):
            return run[-1][0] - run[begin][0]
    return 0.0


def held(run: list[Sample]) -> bool:
    """Whether the same entry was the oldest with the same holder and delivery count."""
    holders = {(sample.oldest, sample.holder, sample.deliveries) for sample in run}
    return len(holders) == 1 and run[0].oldest is not None


def acknowledged(before: Sample, after: Sample) -> bool:
    """Whether an entry was acknowledged for certain: fewer pending than were delivered."""
    if before.oldest is not None and (after.oldest or inf) > before.oldest:
        return True
    return after.delivered.low > after.pending - before.pending


def unacknowledged(run: list[Sample]) -> bool:
    """Whether entries were pending and certainly none was acknowledged."""

    def none_left(before: Sample, after: Sample) -> bool:
        high = after.delivered.high
        return (
            high is not None
            and high <= after.pending - before.pending
            and not acknowledged(before, after)
        )

    return all(sample.pending for sample in run) and all(none_left(*pair) for pair in pairwise(run))


def lowest_lag(run: Run) -> tuple[float, int] | None:
    """When, in the present run of proven lags above 0, the lag was lowest for the first time."""
    lags: list[tuple[int, float]] = []
    for at, sample in reversed(run):
        if not sample.lag:
            break
        lags.append((sample.lag, at))
    return min(lags)[::-1] if lags else None


@given(samples)
def test_what_was_observed_is_what_the_definition_says_of_all_looks(seen: list[Sample]) -> None:
    run: Run = []
    at = 1000.0
    for sample in seen:
        at += sample.step
        run.append((at, sample))
        if len(run) == 1:
            observer = ChangeObserver(at, at, sample.group())
        delivered = sample.delivered if len(run) > 1 else NOTHING
        observer.add(at, at, sample.group(), delivered, None, NOW_MS)
        changes = observer.changes(at, lost=NOTHING, lost_before=NOTHING)
        pairs = [(when, before, after) for (when, before), (_, after) in pairwise(run)]
        moved = [when for when, before, after in pairs if before.position != after.position]
        left = [when for when, before, after in pairs if acknowledged(before, after)]
        late = [when for when, sample in run if sample.late]
        assert changes.watched_ms == (at - run[0][0]) * 1000
        assert changes.unmoved_ms == 1000 * since(run, lambda r: len({s.position for s in r}) == 1)
        assert changes.waiting_ms == 1000 * since(
            run, lambda r: all(s.waits for s in r) and len({s.position for s in r}) == 1
        )
        assert changes.moved_ms == (1000 * (at - moved[-1]) if moved else None)
        assert changes.acknowledged_ms == (1000 * (at - left[-1]) if left else None)
        assert changes.habits.completed == bool(left)
        assert changes.unacknowledged_ms == 1000 * since(run, unacknowledged)
        assert changes.held_ms == 1000 * since(run, held)
        assert changes.late_ms == (1000 * (at - late[-1]) if late else None)
        if all(sample.lag is not None and sample.age_s is None for _, sample in run):
            lowest = lowest_lag(run)
            assert changes.lag_before == (lowest[1] if lowest else None)
            assert changes.falling_behind_ms == (1000 * (at - lowest[0]) if lowest else 0)


def test_the_first_look_shows_no_changes() -> None:
    history = History()
    assert history.changes("s", "g") is None
    history.add(look_at_group(group("g", lag=5), 0))
    assert changes_of(history) == ObservedChanges(
        lost=NOTHING, lost_before=NOTHING, late_ms=0, lag_before=5
    )


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
    assert history.rates("s", STILL).delivered == Rate(0, 0)


def test_a_stream_that_could_not_be_read_for_a_moment_keeps_its_past() -> None:
    history = watched([(0, STILL), (1, STILL)])
    history.add(look_at(stream("s", error="No rights."), at=2))
    history.add(look_at_group(STILL, 3))
    assert changes_of(history).watched_ms == 3_000


def test_a_stream_that_could_not_be_read_for_long_starts_over() -> None:
    history, simulated = History(), SimulatedGroup()
    simulated.add(9)
    history.add(look_at(simulated.stream(), at=0))
    simulated.trim(4)
    history.add(look_at(simulated.stream(), at=1))
    for second in range(2, 70):
        history.add(look_at(stream("s", error="No rights."), at=second))
    history.add(look_at(simulated.stream(), at=70))
    assert changes_of(history).watched_ms == 0
    assert history.rates("s", simulated.group()).delivered is None
    assert history.lost("s", "g") == Bounds(4, 4)


def test_a_recreated_stream_starts_over_even_across_a_gap() -> None:
    history = History()
    history.add(look_at(stream("s", STILL, added=500), at=0))
    history.add(look_at(stream("s", STILL, added=500), at=1))
    history.add(look_at(stream("s", STILL, added=3), at=2))
    assert changes_of(history).watched_ms == 0
    history.add(look_at(stream("s", STILL, added=2), at=50))
    assert changes_of(history).watched_ms == 0


def test_a_recreated_stream_starts_over_where_no_entries_are_counted() -> None:
    history, simulated = History(), SimulatedGroup("before 7")
    simulated.add(9)
    for at in range(3):
        history.add(look_at(simulated.stream(), at=at))
    again = SimulatedGroup("before 7")
    again.add(5)
    again.deliver(3)
    again.acknowledge(3)
    history.add(look_at(again.stream(), at=3))
    changes = changes_of(history)
    assert (changes.watched_ms, changes.acknowledged_ms) == (0, None)
    stream = again.stream()
    assert history.rates(stream.name, stream.groups[0]).delivered is None
    assert not changes.habits.completed


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


# Habits


def pending(
    added: int, idle_s: float, *consumers: Consumer, count: int = 1, by: str = "w", **more: int
) -> Group:
    """A group that holds entries, the oldest of them added at a second of the server's clock."""
    entry = oldest(int(idle_s * 1000), more.get("deliveries", 1), by, ms=NOW_MS + added * 1000)
    consumers = consumers or (consumer("w", count, 500, 500),)
    return group("g", *consumers, pending=count, oldest=entry)


def story(seconds: range, seen: Callable[[int], Group]) -> ObservedChanges:
    return changes_of(watched([(float(second), seen(second)) for second in seconds]))


@pytest.mark.parametrize(("seconds", "waiting_ms"), [(41, 0), (60, 30_000), (600, 30_000)])
def test_the_pauses_of_a_group_that_reads_in_batches_are_its_habit(
    seconds: int, waiting_ms: int
) -> None:
    def seen(second: int) -> Group:
        batches = (second + 15) // 30
        lag = second + 100 - batches * 10
        return replace(group("g", lag=lag), last_delivered_id=EntryId(batches, 0))

    habit = story(range(seconds), seen).habits.waiting_ms
    assert habit == (waiting_ms if seconds > 45 else 15_000)


def test_the_time_without_an_acknowledgement_is_a_habit_once_one_came() -> None:
    changes = story(range(39), lambda second: pending(0, second, count=5))
    assert changes.habits == NO_HABITS
    assert changes.unacknowledged_ms == 38_000
    changes = story(range(0, 200, 8), lambda second: pending(second // 40, second % 40))
    assert changes.habits.working_ms == 40_000
    assert changes.habits.pending_ms == 32_000  # as the last look saw it
    assert changes.habits.completed


@pytest.mark.parametrize(("reads_again", "pending_ms"), [(True, 50_000), (False, 0)])
def test_how_long_an_entry_was_pending_is_learned_from_a_holder_that_reads_again(
    reads_again: bool, pending_ms: int
) -> None:
    """One that does not is gone, and somebody else acknowledged its entry."""

    def seen(second: int) -> Group:
        idle_ms = 300 if reads_again and second > 50 else 1000 * second
        worker = consumer("w", 0, idle_ms, 1000 * second)
        if second <= 50:
            return pending(0, second, worker)
        return group("g", worker)

    assert story(range(70), seen).habits.pending_ms == pending_ms


def test_the_time_until_an_entry_is_delivered_again_and_then_acknowledged_is_a_habit() -> None:
    def seen(second: int) -> Group:
        if second < 90:
            return pending(0, second)
        if second < 95:
            return pending(0, second - 90, deliveries=2, by="other")
        return group("g", consumer("w"), consumer("other"))

    changes = story(range(95), seen)
    assert changes.habits.retry_ms == 0
    assert changes.carried_ms == 89_000
    assert changes.held_ms == 4_000
    changes = story(range(100), seen)
    assert changes.habits.retry_ms == 89_000
    assert changes.carried_ms == changes.held_ms == 0


def test_a_holder_that_renews_its_entry_is_seen_to_and_so_is_when_it_ends() -> None:
    def seen(second: int) -> Group:
        return pending(0, second % 15 if second < 100 else second - 90)

    changes = story(range(100), seen)
    assert changes.renewed_ms == 9_000
    assert changes.habits.renewal_ms == 15_000
    assert changes.held_ms == 99_000
    assert changes.renews
    changes = story(range(140), seen)
    assert changes.renewed_ms == 49_000
    assert not changes.renews


@pytest.mark.parametrize(("keeps", "overtaken"), [(20, True), (200, False)])
def test_a_stream_that_is_trimmed_past_a_group_that_reads_overtakes_it(
    keeps: int, overtaken: bool
) -> None:
    """Ten entries come in each second, 100 ms apart; the group reads one of those still there."""
    history = History()
    position = 0
    for second in range(1, 120):
        last = 10 * second
        first = max(1, last - keeps + 1)
        position = max(position + 1, first) if keeps < 100 else last - 5
        seen = replace(
            group("g", lag=last - position, read=None),
            last_delivered_id=EntryId(NOW_MS + 100 * (position - 8 * overtaken), 0),
        )
        newest = EntryId(NOW_MS + 100 * last, 0)
        edges = Edges(
            last - first + 1, newest, EntryId(NOW_MS + 100 * first, 0), newest, None, None
        )
        history.add(look_at(Stream("s", edges.length, edges, True, (seen,)), at=second))
    overtaken_ms = changes_of(history).overtaken_ms
    assert overtaken_ms >= 60_000 if overtaken else overtaken_ms == 0


def test_entries_that_are_deleted_once_they_are_acknowledged_overtake_nobody() -> None:
    history = History()
    for second in range(1, 120):
        seen = replace(
            group("g", lag=20, read=None), last_delivered_id=EntryId(NOW_MS + second * 1000, 0)
        )
        first, last = (EntryId(NOW_MS + (second + more) * 1000, 0) for more in (1, 20))
        edges = Edges(20, last, first, last, None, None)
        history.add(look_at(Stream("s", 20, edges, True, (seen,)), at=second))
    assert changes_of(history).overtaken_ms == 0


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
    assert used / groups < 3_800, f"{used / groups:.0f} bytes a group"
