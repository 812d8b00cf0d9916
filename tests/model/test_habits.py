from __future__ import annotations

import pytest

from streamtop.model.habits import LONGEST_MS, Habit

MINUTE = 60_000


@pytest.mark.parametrize(
    ("durations", "longest_ms"),
    [
        ([], 0),
        ([(9_000, 10 * MINUTE)], 9_000),  # short ones are learned at once
        ([(9_000, MINUTE), (4_000, MINUTE)], 9_000),
        ([(MINUTE, 2 * MINUTE)], MINUTE),  # the first cycle
        ([(MINUTE, 6 * MINUTE - 1)], MINUTE),
        ([(MINUTE, 6 * MINUTE)], 0),  # one breakdown in a long time
        ([(MINUTE, 6 * MINUTE), (MINUTE, 9 * MINUTE)], MINUTE),  # it happened again
        ([(MINUTE, 6 * MINUTE), (2 * MINUTE, 60 * MINUTE)], 2 * MINUTE),
        ([(MINUTE, 6 * MINUTE), (2 * MINUTE + 1, 60 * MINUTE)], 0),
        ([(LONGEST_MS, LONGEST_MS)], LONGEST_MS),
        ([(LONGEST_MS + 1, LONGEST_MS + 1)], 0),
    ],
)
def test_a_duration_is_a_habit_at_first_or_once_it_repeats(
    durations: list[tuple[int, int]], longest_ms: int
) -> None:
    habit = Habit()
    for took_ms, watched_ms in durations:
        habit.learn(took_ms, watched_ms)
    assert habit.longest_ms == longest_ms
