"""Situations on a real server, all at once, in time that runs faster than it does."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from selectors import DefaultSelector
from typing import TYPE_CHECKING

from streamtop.gateway.connect import connect
from tests.verdicts.engines import StreamtopEngine
from tests.verdicts.facts import SLACK_S
from tests.verdicts.real_server import Clock, Connection, RealServer, RealWorld
from tests.verdicts.scoring import LOOK_EACH, Run, Score, Scorer
from tests.verdicts.workloads import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from selectors import BaseSelector

    from streamtop.model.snapshot import Snapshot
    from tests.servers import Running as RunningServer
    from tests.verdicts.engines import Judgement
    from tests.verdicts.scoring import Look
    from tests.verdicts.simulated_server import Dialect
    from tests.verdicts.virtual_time import GroupKey, World

CHOSEN = (
    "steady_workers",
    "batch_read_each_two_minutes",
    "batch_acknowledged_at_its_end",
    "one_entry_takes_ninety_seconds",
    "heartbeat_by_claiming",
    "delayed_retries",
    "killed_beside_busy_ones",
    "failed_entries_nobody_retries",
    "never_acknowledged",
    "released_and_never_taken",
    "taken_over_and_never_read",
    "trimmed_before_read",
    "never_read",
    "only_history_is_read",
)
FACTOR = 15
SECONDS = 1_260.0
"""Of the world: 84 real seconds at a factor of 15."""
TOO_LATE = 15.0
"""Seconds of the world between two looks from which on the machine, not the engine, is judged."""
_TICK = 0.004
"""Real seconds in which nothing is done before what is due is done together."""


@dataclass(frozen=True)
class Outcome:
    """What came of the situations on one server."""

    scores: Mapping[Run, Score]
    longest_gap: float
    """Seconds of the world between two looks."""

    @property
    def conclusive(self) -> bool:
        """Whether the machine was fast enough."""
        return self.longest_gap < TOO_LATE

    @property
    def holds(self) -> bool:
        """Whether the bar was met in all situations."""
        return all(score.holds for score in self.scores.values())

    @property
    def verdict(self) -> str:
        """Whether the bar was met, in a few words."""
        gap = f"looks were at most {self.longest_gap:.1f} s of the world apart"
        if not self.conclusive:
            return f"inconclusive: {gap}"
        return f"the bar {'holds' if self.holds else 'is not met'}; {gap}"


def chosen(dialect: Dialect, names: Iterable[str] = CHOSEN) -> list[str]:
    """Those of the situations that a server of this dialect can have."""
    return [name for name in names if dialect.xnack or not SITUATIONS[name].xnack]


async def conclusive_outcome(
    server: RunningServer, dialect: Dialect, *, factor: int = FACTOR, draw: int = 0
) -> Outcome:
    """The outcome on one server; tried twice where looks came too late."""
    outcome = await outcome_on(server, dialect, factor=factor, draw=draw)
    if not outcome.conclusive:
        outcome = await outcome_on(server, dialect, factor=factor, draw=draw)
    return outcome


async def outcome_on(
    server: RunningServer,
    dialect: Dialect,
    names: Sequence[str] = CHOSEN,
    *,
    factor: int = FACTOR,
    seconds: float = SECONDS,
    draw: int = 0,
    note: Callable[[World, Look], object] | None = None,
) -> Outcome:
    """Let situations happen on a server, look at it all the while, and score what is said.

    Args:
        server: It is emptied first.
        dialect: Which the server speaks.
        names: Situations, each on a stream of its own.
        factor: How many seconds of the world pass in one.
        seconds: Seconds of the world until the end.
        draw: Of the situations' parameters.
        note: Is shown every look.
    """
    path = str(server.socket)
    control = Connection(path)
    control.command("FLUSHALL")
    clock = Clock.of(control, factor)
    worlds: dict[str, RealWorld] = {}
    source = await connect(server.url)
    selector = DefaultSelector()
    try:
        for name in chosen(dialect, names):
            mirror = RealServer(dialect, control, clock, name)
            world = RealWorld(mirror, f"{name}/{draw}", path, control, clock, selector)
            SITUATIONS[name].build(world)
            worlds[name] = world
        scorers = {name: Scorer(world, note) for name, world in worlds.items()}
        engine = StreamtopEngine()
        due, last, longest = LOOK_EACH, 0.0, 0.0
        while due <= seconds:
            _pass_until(due, list(worlds.values()), clock, selector)
            snapshot = clock.look(await source.look())
            at = clock.seconds
            gap, last = at - last, at
            longest = max(longest, gap)
            slack = SLACK_S + max(0.0, gap - LOOK_EACH)
            for name, judgements in _judged(engine, snapshot, worlds).items():
                scorers[name].see(at, judgements, slack)
            due = max(due + LOOK_EACH, at)
        scores = {
            Run(name, dialect.name, draw): scorer.score(seconds) for name, scorer in scorers.items()
        }
        return Outcome(scores, longest)
    finally:
        for world in worlds.values():
            world.close()
        selector.close()
        control.close()
        await source.close()


def _pass_until(
    due: float, worlds: Sequence[RealWorld], clock: Clock, selector: BaseSelector
) -> None:
    """Let happen what happens until a time. What is late is done at once, in its order."""
    while True:
        now = min(clock.seconds, due)
        for world in worlds:
            world.run_until(now)
        if now >= due:
            return
        next_event = min((world.next_event for world in worlds), default=inf)
        wait = max(_TICK, (min(next_event, due) - clock.seconds) / clock.factor)
        for key, _ in selector.select(wait):
            world, process = key.data
            world.receive(process)


def _judged(
    engine: StreamtopEngine, snapshot: Snapshot, worlds: Mapping[str, RealWorld]
) -> Mapping[str, Mapping[GroupKey, Judgement]]:
    """What is said of each world. Nothing else has happened on the server since the look began."""
    for stream in snapshot.streams:
        worlds[stream.name.partition(":")[0]].server.verify(stream)
    judged: dict[str, dict[GroupKey, Judgement]] = {}
    for (stream_name, group), judgement in engine.observe(snapshot).items():
        name, _, key = stream_name.partition(":")
        judged.setdefault(name, {})[key, group] = judgement
    return judged
