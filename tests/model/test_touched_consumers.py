"""A claim is no sign of life of the consumer that it names."""

from __future__ import annotations

from streamtop.model.touched_consumers import TouchedConsumers
from tests.fakes import consumer, group, snapshot, stream


def idle(touched: TouchedConsumers, idle_ms: int, at: float) -> int:
    look = snapshot(stream("orders", group("billing", consumer("dead", idle_ms=idle_ms))), at=at)
    [seen] = touched.as_before(look).streams[0].groups[0].consumers
    return seen.idle_ms


def touched_at(at: float) -> TouchedConsumers:
    touched = TouchedConsumers()
    before = consumer("dead", 3, idle_ms=3_600_000, inactive_ms=3_600_000)
    touched.touch("orders", "billing", [before], seen=at - 1, at=at)
    return touched


def test_its_idle_time_goes_on_as_if_nothing_had_been_claimed() -> None:
    touched = touched_at(100.0)
    assert idle(touched, 2_000, at=102.0) == 3_603_000
    assert idle(touched, 60_000, at=160.0) == 3_661_000


def test_once_it_has_read_its_own_idle_time_counts_for_ever() -> None:
    touched = touched_at(100.0)
    assert idle(touched, 5_000, at=110.0) == 5_000
    assert idle(touched, 300_000, at=400.0) == 300_000


def test_nobody_else_is_changed() -> None:
    touched = touched_at(100.0)
    look = snapshot(
        stream("orders", group("billing", consumer("w1", idle_ms=9_000))),
        stream("other", group("billing", consumer("dead", idle_ms=9_000))),
        at=101.0,
    )
    assert touched.as_before(look) == look
