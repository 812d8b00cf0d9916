"""How large the benchmarks are: at 0.01 of their size they show no more than that they run."""

from __future__ import annotations

import os

SCALE = float(os.environ.get("STREAMTOP_BENCHMARK_SCALE", "1"))
MEASURES = SCALE >= 1
"""Whether the figures mean something, so that they must be good ones."""


def scaled(count: int, least: int = 2) -> int:
    """A number of things to measure with."""
    return max(least, round(count * SCALE))
