from __future__ import annotations

import tracemalloc

from streamtop.model.time_series import SLOT, LagSeries


def test_the_lag_over_time_needs_constant_memory() -> None:
    series = LagSeries()
    tracemalloc.start()
    try:
        for slot in range(50_000):
            series.add(slot * SLOT, slot)
        assert tracemalloc.get_traced_memory()[0] < 5_000
    finally:
        tracemalloc.stop()
