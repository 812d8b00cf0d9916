"""A climbing lag, which each batch read lowers for a moment."""

from __future__ import annotations

import tracemalloc

import pytest

from streamtop.model.time_series import SLOT, LagSeries


def series_of(*lags: int | None, every: float = 1.0) -> LagSeries:
    """The series of a look each second, from the beginning of a slot."""
    series = LagSeries()
    for number, lag in enumerate(lags):
        series.add(1000.0 + number * every, lag)
    return series


def test_a_lag_that_falls_with_each_batch_and_grows_on_the_whole_climbs() -> None:
    saw = [100 + 4 * second - (8 if second % 2 else 0) for second in range(66)]
    assert series_of(*saw).climbing_ms() == 65_000


@pytest.mark.parametrize(
    "lags",
    [
        pytest.param([100] * 66, id="it stands still"),
        pytest.param([200 - second for second in range(66)], id="it falls"),
        pytest.param([], id="nothing was seen"),
        pytest.param([None] * 66, id="it is unknown"),
        pytest.param([1, 2, 3], id="no slot is whole"),
    ],
)
def test_no_other_lag_climbs(lags: list[int | None]) -> None:
    assert series_of(*lags).climbing_ms() == 0


def test_an_unknown_lag_ends_the_climb() -> None:
    saw: list[int | None] = [*range(100, 120), *[None] * 10, *range(140, 161)]
    assert series_of(*saw).climbing_ms() == 20_000
    assert SLOT == 5.0


def test_the_lag_over_time_needs_constant_memory() -> None:
    series = LagSeries()
    tracemalloc.start()
    try:
        for slot in range(50_000):
            series.add(slot * SLOT, slot)
        assert tracemalloc.get_traced_memory()[0] < 5_000
    finally:
        tracemalloc.stop()
