"""Labelled situations: how they are entered, labelled, and peopled.

Each is a function that builds it in a world; its parameters are drawn from the world's random
numbers. It is healthy unless it says what is wrong, and from when that can be known: when the
evidence goes beyond what the group's own habit explains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

from tests.verdicts.labels import LINGERS, Trouble
from tests.verdicts.workers import Habit, Worker, about, produce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from tests.verdicts.virtual_time import GroupKey, World

HOUR = 3_600.0
ORDERS: GroupKey = ("orders", "billing")
AUDIT: GroupKey = ("orders", "audit")

UNREAD = frozenset({"stalled"})
LOST = frozenset({"loss"})
LATE = frozenset({"behind"})
POISON = frozenset({"poison", "stuck", "unrecovered"})
LEFT_PENDING = frozenset({"stuck", "unrecovered"})
"""Entries stay pending, and nobody does anything about them."""
ABANDONED = frozenset({"orphaned", "stuck", "unrecovered"})
"""So do those of a consumer that is gone."""
ALL_DEAD = ABANDONED | UNREAD


@dataclass(frozen=True)
class Situation:
    """A situation of the table."""

    name: str
    build: Callable[[World], None]
    healthy: bool
    xnack: bool = False
    """Whether it needs XNACK (8.8)."""


SITUATIONS: dict[str, Situation] = {}


def healthy(build: Callable[[World], None]) -> Callable[[World], None]:
    """Enter a situation in which nothing is wrong."""
    SITUATIONS[build.__name__] = Situation(build.__name__, build, healthy=True)
    return build


def trouble(build: Callable[[World], None]) -> Callable[[World], None]:
    """Enter a situation in which something is wrong."""
    SITUATIONS[build.__name__] = Situation(build.__name__, build, healthy=False)
    return build


def xnack(build: Callable[[World], None]) -> Callable[[World], None]:
    """Enter a situation in which entries are released."""
    SITUATIONS[build.__name__] = Situation(build.__name__, build, healthy=False, xnack=True)
    return build


def team(
    world: World, size: int, habit: Habit, group: GroupKey = ORDERS, *, create: bool = True
) -> list[Worker]:
    """Create a group and start its workers."""
    if create:
        world.server.xgroup_create(*group)
    return [Worker(world, group, f"worker-{number}", habit) for number in range(1, size + 1)]


def stop_all(workers: Iterable[Worker]) -> None:
    """End workers cleanly."""
    for worker in workers:
        worker.stop()


def kill_all(workers: Iterable[Worker]) -> None:
    """Kill workers."""
    for worker in workers:
        worker.kill()


def kill_while_busy(world: World, worker: Worker, moment: float) -> None:
    """Kill a worker at the first moment at which something is on its desk."""

    def attempt() -> None:
        if worker.desk:
            worker.kill()
        else:
            world.at(world.seconds + 0.25, attempt)

    world.at(moment, attempt)


def add_many(world: World, count: int) -> None:
    """Add entries to the orders at once."""
    for _ in range(count):
        world.add("orders")


def wrong(
    world: World,
    kinds: Iterable[str],
    began: float,
    known: float | None = None,
    until: float = inf,
    *,
    group: GroupKey = ORDERS,
    may_until: float | None = None,
) -> None:
    """Say what is wrong, from when, from when it can be known, and until when."""
    world.troubles.append(
        Trouble(
            group,
            frozenset(kinds),
            began,
            began if known is None else known,
            until,
            until + LINGERS if may_until is None else may_until,
        )
    )


def steady(world: World, key: str = "orders", *, maxlen: int | None = 20_000) -> float:
    """A producer of about one to three entries a second; its rate."""
    rate = world.random.uniform(0.8, 3.0)
    produce(world, key, rate, maxlen=maxlen)
    return rate


def quick(random: Random, **changes: Any) -> Habit:
    """A worker that takes a fraction of a second for an entry, but for some changes."""
    habit = Habit(
        count=random.choice((1, 10, 50)),
        block=random.choice((0.1, 1.0, 5.0, 30.0)),
        work=about(random.uniform(0.02, 0.25)),
        acknowledges=random.choice(("each", "batch")),
    )
    return replace(habit, **changes)
