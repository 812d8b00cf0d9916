"""Workers of every habit, producers, and the other programs that touch a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.ids import ZERO
from tests.verdicts.virtual_time import GroupKey, Read, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from streamtop.model.ids import EntryId
    from tests.verdicts.virtual_time import Running, Steps

    Seconds = Callable[[Random], float]


def about(seconds: float, spread: float = 0.3) -> Seconds:
    """A duration around a mean, uniformly spread."""
    low, high = seconds * (1 - spread), seconds * (1 + spread)
    return lambda random: random.uniform(low, high)


@dataclass(frozen=True)
class Habit:
    """How a worker reads, works and acknowledges."""

    count: int = 10
    """Entries of one XREADGROUP."""
    block: float | None = 5.0
    """Seconds of BLOCK; `None` polls without."""
    pause: float = 0.0
    """Seconds between two reads; the interval of polling where nothing blocks."""
    work: Seconds | None = None
    """Seconds for an entry; `None` takes no time."""
    batch_work: Seconds | None = None
    """Seconds for a batch, beside those for its entries, however many they are."""
    acknowledges: str = "each"
    """each, batch (all at the end of one), or never."""
    fails: float = 0.0
    """The share of entries whose handler fails at first, so that they stay pending."""
    fails_again: float = 0.0
    """The share of those whose handler fails when they are retried."""
    noack: bool = False
    heartbeat: float | None = None
    """Seconds between two XCLAIM JUSTID of what it works on."""
    retries: float | None = None
    """Seconds of idle time from which on it takes entries by XAUTOCLAIM; `None` never does."""
    retries_each: float = 15.0
    """Seconds between two of its XAUTOCLAIM."""
    reads_own: bool = False
    """Whether it reads its own pending entries when it starts."""
    only_own: bool = False
    """Whether it reads nothing else."""
    deletes: bool = False
    """Whether it deletes what it acknowledged."""


class Worker:
    """A process that reads as one consumer. What is on its desk will be acknowledged or fail."""

    def __init__(self, world: World, group: GroupKey, name: str, habit: Habit) -> None:
        self.world, self.group, self.name, self.habit = world, group, name, habit
        self.desk: set[EntryId] = set()
        self.alive = True
        self.stopping = False
        self.asked_ms: int | None = None
        self.poison: set[EntryId] = set()
        """Entries that its handler never gets through."""
        self.hangs_from: float | None = None
        """Seconds from which on its next entry takes for ever."""
        self._retried_at = -1e9
        world.workers[group, name] = self
        self.process: Running = world.start(self._run())

    def kill(self) -> None:
        """It is gone, with all that is on its desk."""
        self.alive = False
        self.desk = set()
        self.world.kill(self.process)

    def stop(self) -> None:
        """It ends once its desk is empty."""
        self.stopping = True
        if self.process.reading is not None:
            self.world.wake(self.process)

    @property
    def blocks(self) -> bool:
        """Whether it waits in BLOCK."""
        return self.process.reading is not None

    def _run(self) -> Steps:
        world, habit = self.world, self.habit
        if habit.reads_own or habit.only_own:
            yield from self._read_own()
        while habit.only_own:
            yield habit.pause or 1.0
            yield from self._read_own()
        pause = habit.pause if habit.block is not None else habit.pause or 1.0
        request = Read(self.group, self.name, habit.count, habit.block, habit.noack)
        if habit.retries is not None and habit.block is not None:
            pause = pause or 1.0  # it must wake up to retry: it polls
            request = Read(self.group, self.name, habit.count, None, habit.noack)
        while not self.stopping:
            if habit.retries is not None and world.seconds - self._retried_at >= habit.retries_each:
                yield from self._retry(habit.retries)
            self.asked_ms = world.server.now
            ids = yield request
            if ids and not habit.noack:
                yield from self._work(ids, habit.fails)
            elif ids and habit.work is not None:
                yield sum(habit.work(world.random) for _ in ids)
            if pause and not (request.block is None and len(ids) == habit.count):
                yield pause
        self.alive = False

    def _read_own(self) -> Steps:
        after = ZERO
        while True:
            self.asked_ms = self.world.server.now
            ids = self.world.server.xreadgroup_history(
                *self.group, self.name, self.habit.count, after
            )
            if not ids:
                return
            after = ids[-1]
            yield from self._work(ids, self.habit.fails_again)

    def _retry(self, idle: float) -> Steps:
        world = self.world
        self._retried_at = world.seconds
        start = ZERO
        while True:
            self.asked_ms = world.server.now
            claimed = world.server.xautoclaim(
                *self.group, self.name, int(idle * 1000), start, self.habit.count
            )
            if claimed.ids:
                yield from self._work(claimed.ids, self.habit.fails_again)
            start = claimed.cursor
            if start == ZERO:
                return

    def _work(self, ids: list[EntryId], fails: float) -> Steps:
        world, habit, server = self.world, self.habit, self.world.server
        desk = self.desk
        desk.update(ids)
        done: list[EntryId] = []
        for one in ids:
            if self.hangs_from is not None and world.seconds >= self.hangs_from:
                yield 1e6
            if habit.work is not None:
                yield from self._spend(habit.work(world.random))
            if one in self.poison or (fails and world.random.random() < fails):
                desk.discard(one)
            elif habit.acknowledges == "each":
                server.xack(*self.group, [one])
                desk.discard(one)
                if habit.deletes:
                    server.xdel(self.group[0], [one])
            else:
                done.append(one)
        if habit.batch_work is not None:
            yield from self._spend(habit.batch_work(world.random))
        if habit.acknowledges == "batch":
            server.xack(*self.group, done)
            if habit.deletes:
                server.xdel(self.group[0], done)
        desk.difference_update(done)

    def _spend(self, seconds: float) -> Steps:
        habit = self.habit
        while habit.heartbeat is not None and seconds > habit.heartbeat:
            yield habit.heartbeat
            seconds -= habit.heartbeat
            held = sorted(self.desk)
            self.world.server.xclaim(*self.group, self.name, 0, held, justid=True)
        yield seconds


def produce(
    world: World,
    key: str,
    per_second: float | Callable[[float], float],
    *,
    maxlen: int | None = None,
    until: float = 1e9,
    burst: int = 1,
) -> None:
    """Add entries at random times; a rate may be a function of the seconds passed."""

    def run() -> Steps:
        random = world.random
        while world.seconds < until:
            rate = per_second if isinstance(per_second, int | float) else per_second(world.seconds)
            if rate <= 0:
                yield 5.0
                continue
            yield min(30.0, random.expovariate(rate / burst))
            for _ in range(burst):
                world.add(key, maxlen)

    world.start(run())


def produce_bursts(
    world: World, key: str, size: int, each: float, *, maxlen: int | None = None
) -> None:
    """Add many entries at once, and then none for a while."""

    def run() -> Steps:
        while True:
            yield each * world.random.uniform(0.9, 1.1)
            for _ in range(size):
                world.add(key, maxlen)

    world.start(run())


def every(world: World, seconds: Seconds, action: Callable[[], object]) -> None:
    """Do something again and again."""

    def run() -> Steps:
        while True:
            yield seconds(world.random)
            action()

    world.start(run())


def pod_names(prefix: str = "pod") -> Iterator[str]:
    """Names that no consumer had before."""
    number = 0
    while True:
        number += 1
        yield f"{prefix}-{number:04x}"
