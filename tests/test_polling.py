"""The poller on an event loop whose clock jumps to the next event, so that nothing waits."""

from __future__ import annotations

import asyncio
import selectors
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.polling import IDLE_SHARE, LONGEST_WAIT, poll, wait_after_failures
from streamtop.source import BusyError, SourceError, UnreachableError
from tests.fakes import FakeSource, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from streamtop.model.snapshot import Snapshot

SEEN = snapshot()
DOWN = UnreachableError("cannot reach it")


class VirtualSelector(selectors.DefaultSelector):
    """Never waits: it moves the clock to when the wait would have ended."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a virtual clock."""

    def __init__(self) -> None:
        self.selector = VirtualSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


def virtually(work: Coroutine[None, None, None]) -> None:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(work)


class TimedSource(FakeSource):
    """A source whose looks take some time each; it records when they began and ended."""

    def __init__(self, *looks: Snapshot | SourceError, takes: Sequence[float] = (0.0,)) -> None:
        super().__init__(*looks)
        self.takes = list(takes)
        self.began: list[float] = []
        self.ended: list[float] = []

    async def _reached(self, method: str) -> None:
        clock = asyncio.get_running_loop().time
        self.began.append(clock())
        await asyncio.sleep(self.takes.pop(0) if len(self.takes) > 1 else self.takes[0])
        self.ended.append(clock())
        await super()._reached(method)

    @property
    def rests(self) -> list[float]:
        """Seconds from the end of each look to the beginning of the next."""
        return [began - ended for began, ended in zip(self.began[1:], self.ended[:-1], strict=True)]


async def looks(
    source: FakeSource,
    count: int,
    *,
    every: float,
    between: Callable[[], Coroutine[None, None, None]] | None = None,
) -> list[Snapshot | SourceError]:
    """The first results of a poller."""
    found: list[Snapshot | SourceError] = []
    async with aclosing(poll(source, every=every)) as polled:
        async for look in polled:
            found.append(look)
            if len(found) == count:
                break
            if between is not None:
                await between()
    return found


def test_it_looks_at_once_and_then_each_time_the_interval_has_passed() -> None:
    source = TimedSource(SEEN)
    virtually(_take(source, 5, every=2.0))
    assert source.began == pytest.approx([0, 2, 4, 6, 8])


async def _take(source: FakeSource, count: int, every: float) -> None:
    await looks(source, count, every=every)


def test_the_time_of_a_look_is_part_of_the_interval() -> None:
    source = TimedSource(SEEN, takes=[0.1])
    virtually(_take(source, 4, every=1.0))
    assert source.began == pytest.approx([0, 1, 2, 3])


def test_a_slow_server_is_looked_at_less_often_and_rests_four_times_as_long() -> None:
    source = TimedSource(SEEN, takes=[3.0])
    virtually(_take(source, 4, every=1.0))
    assert source.rests == pytest.approx([3.0 * IDLE_SHARE] * 3)
    assert source.most_at_once == 1


@given(st.lists(st.floats(0, 20), min_size=2, max_size=10), st.floats(0.1, 60))
def test_looks_never_overlap_and_take_at_most_a_fifth_of_the_time(
    takes: list[float], every: float
) -> None:
    source = TimedSource(SEEN, takes=takes)
    virtually(_take(source, len(takes), every=every))
    assert source.most_at_once == 1
    for rest, took in zip(source.rests, takes, strict=False):
        assert rest >= took * IDLE_SHARE - 1e-6
        assert rest + took >= every - 1e-6


def test_after_failures_the_wait_doubles_up_to_15_s() -> None:
    source = TimedSource(DOWN)
    virtually(_take(source, 9, every=1.0))
    assert source.rests == pytest.approx([1, 2, 4, 8, 15, 15, 15, 15])


def test_a_look_that_succeeds_ends_the_back_off() -> None:
    source = TimedSource(*[DOWN] * 4, SEEN, DOWN, DOWN, SEEN)
    virtually(_take(source, 9, every=1.0))
    assert source.rests == pytest.approx([1, 2, 4, 8, 1, 1, 2, 1])


def test_an_interval_above_15_s_is_kept_after_a_failure() -> None:
    source = TimedSource(DOWN)
    virtually(_take(source, 4, every=60.0))
    assert source.rests == pytest.approx([60, 60, 60])


@given(st.integers(0, 10_000), st.floats(0.1, 3600))
def test_the_wait_is_bounded_however_long_the_server_is_away(before: int, every: float) -> None:
    wait = wait_after_failures(before, every)
    assert min(every, LONGEST_WAIT) <= wait <= max(LONGEST_WAIT, every)
    assert wait <= wait_after_failures(before + 1, every)


def test_failures_are_reported_and_the_looks_go_on() -> None:
    busy = BusyError("it is loading")

    async def work() -> None:
        found = await looks(FakeSource(DOWN, SEEN, busy, SEEN), 4, every=1.0)
        assert found == [DOWN, SEEN, busy, SEEN]

    virtually(work())


def test_any_other_error_is_a_bug_and_is_raised() -> None:
    class Broken(FakeSource):
        async def look(self) -> Snapshot:
            raise ZeroDivisionError

    async def work() -> None:
        with pytest.raises(ZeroDivisionError):
            await looks(Broken(SEEN), 1, every=1.0)

    virtually(work())


def test_nothing_is_asked_while_nobody_takes_what_was_seen() -> None:
    source = TimedSource(SEEN)

    async def busy_screen() -> None:
        await asyncio.sleep(100)

    async def work() -> None:
        await looks(source, 3, every=1.0, between=busy_screen)

    virtually(work())
    assert source.began == pytest.approx([0, 100, 200])


def test_it_ends_at_once_when_it_is_cancelled() -> None:
    source = TimedSource(SEEN)

    async def work() -> None:
        polling = asyncio.create_task(_take(source, 1000, every=1.0))
        await asyncio.sleep(2.5)
        polling.cancel()
        await asyncio.sleep(10)
        assert polling.cancelled()

    virtually(work())
    assert source.began == pytest.approx([0, 1, 2])
