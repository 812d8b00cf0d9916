"""Running one situation and scoring what an engine says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from tests.verdicts.engines import Engine, Judgement, StreamtopEngine
from tests.verdicts.facts import SLACK_S, Moment, false_figures
from tests.verdicts.labels import NAMED_WITHIN, QUIET, RED, Trouble
from tests.verdicts.looks import Observer
from tests.verdicts.simulated_server import DIALECTS
from tests.verdicts.situations import HOUR
from tests.verdicts.virtual_time import GroupKey, World
from tests.verdicts.workloads import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LOOK_EACH = 2.0
"""Seconds between two looks."""
RATE_WINDOWS = (4, 5, 6, 7)
"""Looks before the last one at which a stated rate may begin: 8 to 14 s."""


@dataclass(frozen=True, slots=True)
class Run:
    """Which run: a situation on a server generation, with one draw of its parameters."""

    situation: str
    generation: str
    draw: int
    replica: bool = False

    def __str__(self) -> str:
        return f"{self.situation} on {self.generation}, draw {self.draw}"


@dataclass(slots=True)
class Score:
    """How an engine did in one run. Times are seconds."""

    looks: int = 0
    red: float = 0.0
    """In red while nothing was wrong, after the first cycle."""
    red_at_first: float = 0.0
    """In red while nothing was wrong, before every habit was seen."""
    amber: float = 0.0
    """In `behind` while nothing was wrong, after the first cycle."""
    misnamed: float = 0.0
    """In red under a name that does not fit what is wrong."""
    silent: float = 0.0
    """Without a name for what is wrong, later than 90 s after it could be known."""
    delays: list[float] = field(default_factory=list)
    """For each trouble: from when it can be known until it was named; infinite if never."""
    changes: int = 0
    """Changes of name while something is wrong, at most, from the first name on."""
    false: Counter[str] = field(default_factory=Counter)
    """Looks at which a figure of a sentence was false, by its name."""
    figures: Counter[str] = field(default_factory=Counter)
    """Looks at which a group's figure was not within its bounds, by its name."""
    red_names: Counter[str] = field(default_factory=Counter)
    """Looks in red under a wrong name, by the verdict."""

    @property
    def delay(self) -> float:
        """The longest delay; 0 when all was named as soon as it could be known."""
        return max(self.delays, default=0.0)

    @property
    def holds(self) -> bool:
        """Whether the bar is met, figures apart."""
        return not (
            self.red
            or self.misnamed
            or self.silent
            or self.delay > NAMED_WITHIN
            or self.changes > 1
            or self.false
        )


@dataclass(frozen=True, slots=True)
class Look:
    """What was said of a group at a look."""

    at: float
    key: GroupKey
    judgement: Judgement
    allowed: frozenset[str]
    """The verdicts that may name what is wrong with it."""
    fault: str
    """red, amber, misnamed or silent; empty if its name is right."""
    false: tuple[str, ...]
    """The figures of its sentences that are not true."""
    off: tuple[str, ...]
    """Its figures that are not within their bounds."""


class _Changes:
    """Names of a group while one trouble lasts."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self.named_at = inf
        self.name = ""
        self.changes = 0

    def see(self, at: float, judgement: Judgement) -> None:
        """Take in what is said at a look."""
        trouble = self.trouble
        if not trouble.began <= at <= trouble.until:
            return
        if self.named_at == inf:
            if any(finding.kind in trouble.kinds for finding in judgement.findings):
                self.named_at = at
                self.name = judgement.name
        elif judgement.name != self.name:
            self.name = judgement.name
            self.changes += 1

    def delay(self, end: float) -> float | None:
        """Seconds from when it can be known; `None` if the run was too short to tell."""
        trouble = self.trouble
        if trouble.known == inf or (self.named_at == inf and end < trouble.known + NAMED_WITHIN):
            return None
        return max(0.0, self.named_at - trouble.known)


class _Counters:
    """The true counts of a group over the last seconds, for its rates."""

    __slots__ = ("points",)

    def __init__(self) -> None:
        self.points: list[tuple[float, int, int]] = []

    def add(self, at: float, delivered: int, acknowledged: int) -> None:
        """Take in the counts at a look."""
        points = self.points
        points.append((at, delivered, acknowledged))
        if len(points) > 64:
            del points[:32]

    def rates(self, counter: int) -> tuple[float, float]:
        """The least and the largest rate over any window that may have been used."""
        points = self.points
        now = points[-1]
        rates = []
        for looks in RATE_WINDOWS:
            then = points[-1 - looks] if looks < len(points) else points[0]
            if now[0] > then[0]:
                rates.append((now[counter] - then[counter]) / (now[0] - then[0]))
        return (min(rates), max(rates)) if rates else (0.0, inf)


def build(run: Run) -> World:
    """The world of a run, at its beginning. The same run is always the same."""
    world = World(DIALECTS[run.generation], f"{run.situation}/{run.draw}")
    SITUATIONS[run.situation].build(world)
    return world


def score(
    run: Run,
    engine: Callable[[], Engine] = StreamtopEngine,
    seconds: float = HOUR,
    note: Callable[[World, Look], object] | None = None,
) -> Score:
    """Run a situation and score an engine.

    Args:
        run: Which situation.
        engine: Makes the engine.
        seconds: Of virtual time.
        note: Is shown every look, for an explanation.
    """
    world = build(run)
    observer = Observer(world.server, replica=run.replica)
    judge = engine()
    scorer = Scorer(world, note)
    at = world.watched_from + world.random.uniform(0, LOOK_EACH)
    while at <= seconds:
        world.run_until(at)
        scorer.see(at, judge.observe(observer.look()))
        at += LOOK_EACH
    return scorer.score(seconds)


class Scorer:
    """Holds what is said of one world's groups, look by look, against what is true of them."""

    def __init__(self, world: World, note: Callable[[World, Look], object] | None = None) -> None:
        self._world = world
        self._note = note
        self._result = Score()
        self._changes = [_Changes(trouble) for trouble in world.troubles]
        self._lost_before: dict[GroupKey, int] = {}
        self._counters: dict[GroupKey, _Counters] = {}

    def see(
        self, at: float, judgements: Mapping[GroupKey, Judgement], slack_s: float = SLACK_S
    ) -> None:
        """Take in what is said at a look.

        Args:
            at: Seconds since the world began.
            judgements: Of each group.
            slack_s: Seconds by which a stated duration may be off.
        """
        world, result = self._world, self._result
        result.looks += 1
        for key, judgement in judgements.items():
            tally = world.group(key).tally
            before = self._lost_before.setdefault(key, tally.lost)
            active = tuple(
                trouble for trouble in world.troubles if trouble.group == key and trouble.allows(at)
            )
            fault = _fault(judgement, active, at)
            _count(result, fault, judgement, learned=at >= world.learned)
            for each in self._changes:
                if each.trouble.group == key:
                    each.see(at, judgement)
            false = tuple(
                name
                for finding in judgement.findings
                if finding.figures
                for name in false_figures(Moment(world, key, before, finding, slack_s))
            )
            counter = self._counters.setdefault(key, _Counters())
            counter.add(at, tally.delivered, tally.acknowledged)
            off = tuple(_bounds_off(judgement, tally.lost - before, counter))
            result.false.update(false)
            result.figures.update(off)
            if self._note is not None:
                allowed = _allowed(active)
                self._note(world, Look(at, key, judgement, allowed, fault, false, off))

    def score(self, seconds: float) -> Score:
        """The score, after so many seconds since the world began."""
        result = self._result
        for each in self._changes:
            if (delay := each.delay(seconds)) is not None:
                result.delays.append(delay)
            result.changes = max(result.changes, each.changes)
        return result


def _fault(judgement: Judgement, active: tuple[Trouble, ...], at: float) -> str:
    """What is wrong with the name that a group has."""
    allowed = _allowed(active)
    name = judgement.name
    if not active:
        return "red" if name in RED else "" if name in QUIET else "amber"
    if name in RED and name not in allowed:
        return "misnamed"
    said = {finding.kind for finding in judgement.findings}
    if any(trouble.demands(at) and not said & allowed for trouble in active):
        return "silent"
    return ""


def _allowed(active: tuple[Trouble, ...]) -> frozenset[str]:
    return frozenset().union(*(trouble.kinds for trouble in active))


def _count(result: Score, fault: str, judgement: Judgement, *, learned: bool) -> None:
    match fault:
        case "red" if learned:
            result.red += LOOK_EACH
            result.red_names[judgement.name] += 1
        case "red":
            result.red_at_first += LOOK_EACH
        case "amber" if learned:
            result.amber += LOOK_EACH
        case "misnamed":
            result.misnamed += LOOK_EACH
            result.red_names[judgement.name] += 1
        case "silent":
            result.silent += LOOK_EACH


def _bounds_off(judgement: Judgement, lost: int, counters: _Counters) -> Iterator[str]:
    """The names of the figures whose truth is not within what is shown."""
    for name, bounds in judgement.bounds.items():
        if bounds.at_least is None and bounds.at_most is None:
            continue
        if name == "lost":
            if not bounds.hold(lost, 0):
                yield name
            continue
        low, high = counters.rates(1 if name == "delivered" else 2)
        if not (bounds.hold(low, 0.2 + low / 10) or bounds.hold(high, 0.2 + high / 10)):
            at_least = bounds.at_least if bounds.at_least is not None else -inf
            if not low <= at_least <= high:
                yield name
