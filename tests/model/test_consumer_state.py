from __future__ import annotations

from dataclasses import replace

import pytest

from streamtop.model.habits import NO_HABITS, Habits
from streamtop.model.history import History
from streamtop.model.ids import EntryId
from streamtop.model.observed_changes import ObservedChanges
from streamtop.model.snapshot import Consumer, Group, ServerInfo
from streamtop.model.verdict import Thresholds, consumer_state, is_gone
from tests.fakes import NOW_MS, SERVER, consumer, group, stream
from tests.model.looks import changes_of, look_at, look_at_group, watched

HOUR = 3_600_000
READ_AGAIN = 2 * HOUR
"""Since it received what it holds: it has read since, so it is not at work on that."""
OLD = ServerInfo("", "redis", "7.0.15", "master", (7, 0))
REPLICA = replace(SERVER, role="slave")
LIMITS = Thresholds(gone_ms=60_000)


def given_ago(ms: int | None, *consumers: Consumer, lag: int | None = 0) -> Group:
    """A group whose last entry was added `ms` ago; `None` for an ID that is not a time."""
    position = EntryId(5, 0) if ms is None else EntryId(NOW_MS - ms, 0)
    return replace(group("g", *consumers, lag=lag), last_delivered_id=position)


@pytest.mark.parametrize(
    ("idle_ms", "seen", "gone"),
    [
        # nothing came since it last asked: it may wait in BLOCK 0
        (HOUR, given_ago(HOUR), False),
        (HOUR, given_ago(2 * HOUR), False),
        (HOUR, given_ago(None), False),
        (HOUR, given_ago(HOUR, lag=None), False),
        # something came, and others got it
        (HOUR, given_ago(HOUR - 1), True),
        (60_000, given_ago(5), True),
        (59_999, given_ago(5), False),
        # something came, and nobody got it
        (HOUR, given_ago(2 * HOUR, lag=1), True),
        (HOUR, given_ago(None, lag=1), True),
        (HOUR, replace(given_ago(None, lag=None), undelivered_id=EntryId(6, 0)), True),
        (59_999, given_ago(None, lag=1), False),
        # an ID from a clock that ran ahead tells nothing
        (HOUR, given_ago(-5_000), False),
    ],
)
def test_a_consumer_is_gone_that_does_not_ask_although_there_were_entries(
    idle_ms: int, seen: Group, gone: bool
) -> None:
    look = look_at_group(seen, 0)
    who = consumer("w", 1, idle_ms, READ_AGAIN)
    assert is_gone(who, seen, look, LIMITS) is gone
    assert is_gone(who, seen, look, LIMITS, ObservedChanges(watched_ms=HOUR)) is gone


def test_without_the_servers_clock_ids_prove_nothing() -> None:
    seen = given_ago(5)
    look = replace(look_at_group(seen, 0), time_ms=None)
    assert not is_gone(consumer("w", 1, idle_ms=HOUR), seen, look, LIMITS)


@pytest.mark.parametrize(("seconds", "gone"), [(0, True), (0.4, True), (0.5, False), (3, False)])
def test_a_look_that_took_long_knows_less_well_when_a_consumer_last_asked(
    seconds: float, gone: bool
) -> None:
    seen = given_ago(HOUR - 500)
    look = look_at(stream("s", seen), at=0, seconds=seconds)
    assert is_gone(consumer("w", 1, idle_ms=HOUR), seen, look, LIMITS) is gone


def test_a_consumer_that_waits_in_block_0_on_a_quiet_stream_is_never_gone() -> None:
    history = History()
    served_ms, look_seconds = 3, 0.8
    for second in range(0, 7200, 60):
        # TIME is asked at the beginning of a look, and idle times at its end.
        time_ms = NOW_MS + second * 1000
        waiting = consumer("w", 3, idle_ms=second * 1000 + 790 + served_ms)
        seen = replace(given_ago(served_ms, waiting), pending=3)
        look = look_at(stream("s", seen), at=second, time_ms=time_ms, seconds=look_seconds)
        history.add(look)
        assert not is_gone(waiting, seen, look, LIMITS, changes_of(history))
        assert not is_gone(waiting, seen, look, LIMITS)


def test_with_ids_that_are_no_times_a_delivery_that_was_seen_tells_who_did_not_ask() -> None:
    history = History()
    for second in range(0, 200, 10):
        position = EntryId(1 if second < 100 else 2, 0)
        dead = consumer("dead", 3, 5_000 + second * 1000, READ_AGAIN + second * 1000)
        took_ms = (5 + second if second < 100 else second - 97) * 1000
        took = consumer("took", 0, took_ms, took_ms)
        seen = replace(group("g", dead, took), last_delivered_id=position)
        look = look_at_group(seen, second)
        history.add(look)
        changes = changes_of(history)
        assert is_gone(dead, seen, look, LIMITS, changes) is (second >= 100)
        assert not is_gone(took, seen, look, LIMITS, changes)
        assert not is_gone(dead, seen, look, LIMITS)


def test_a_consumer_that_was_seen_to_come_back_after_30_s_is_gone_after_90_s_only() -> None:
    looks = []
    for second in range(100):
        sawtooth = consumer("w", 0, second % 31 * 1000, 10**6 + second * 1000)
        dead = consumer("dead", 2, 10**7 + second * 1000, 10**7 + second * 1000)
        looks.append((float(second), given_ago(0, sawtooth, dead, lag=1)))
    history = watched(looks)
    changes = changes_of(history)
    assert changes.returned_idle_ms == 30_000
    seen = looks[-1][1]
    look = look_at_group(seen, 99)
    for idle_ms, gone in ((89_999, False), (90_000, True)):
        assert (
            is_gone(consumer("other", 1, idle_ms, READ_AGAIN), seen, look, LIMITS, changes) is gone
        )
    longer = replace(LIMITS, gone_ms=200_000)
    assert not is_gone(consumer("other", 1, 199_999, READ_AGAIN), seen, look, longer, changes)


@pytest.mark.parametrize(
    ("pending", "habits", "gone_after_s"),
    [
        (3, NO_HABITS, 180),  # nothing tells how long its work takes
        (3, Habits(completed=True), 60),
        (3, Habits(working_ms=45_000, completed=True), 90),
        (3, Habits(pending_ms=100_000, completed=True), 200),
        (0, Habits(pending_ms=100_000, completed=True), 60),
    ],
)
def test_a_consumer_that_may_be_at_work_is_gone_only_after_twice_the_time_of_work(
    pending: int, habits: Habits, gone_after_s: int
) -> None:
    seen = given_ago(5)
    look = look_at_group(seen, 0)
    changes = ObservedChanges(watched_ms=HOUR, habits=habits)
    for idle_ms, gone in ((gone_after_s * 1000 - 1, False), (gone_after_s * 1000, True)):
        at_work = consumer("w", pending, idle_ms, idle_ms + 1_499)
        assert is_gone(at_work, seen, look, LIMITS, changes) is gone


@pytest.mark.parametrize(
    ("server", "idle_ms", "state"),
    [
        (SERVER, 0, "active"),
        (SERVER, 9_999, "active"),
        (SERVER, 10_000, "idle"),
        (SERVER, 59_999, "idle"),
        (SERVER, 60_000, "gone"),
        (OLD, 10**9, None),
        (OLD, 0, None),
        (REPLICA, 10**9, None),
        (ServerInfo(""), 10**9, None),
    ],
)
def test_only_a_master_of_7_2_and_later_can_tell_how_a_consumer_is(
    server: ServerInfo, idle_ms: int, state: str | None
) -> None:
    seen = given_ago(0)
    look = look_at_group(seen, 0, server)
    who = consumer("w", 1, idle_ms, READ_AGAIN)
    assert consumer_state(who, seen, look, LIMITS) == state
    assert is_gone(who, seen, look, LIMITS) is (state == "gone")
    still = replace(given_ago(2 * 10**9), lag=seen.lag)
    assert consumer_state(who, still, look, LIMITS) == ("idle" if state == "gone" else state)
