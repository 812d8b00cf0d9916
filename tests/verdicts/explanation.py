"""One run in words: what was said of each group beside what was true."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tests.verdicts.scoring import build, score
from tests.verdicts.workloads import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.verdicts.scoring import Look, Run
    from tests.verdicts.virtual_time import GroupKey, World


def lines(run: Run, each: float, begin: float = 0.0, end: float = inf) -> Iterator[str]:
    """Each change of what is said, and what is said each so many seconds."""
    looks: list[tuple[Look, str]] = []

    def note(world: World, look: Look) -> None:
        looks.append((look, truth(world, look.key)))

    result = score(run, note=note)
    world = build(run)
    yield f"{run}: {(SITUATIONS[run.situation].build.__doc__ or '').strip()}"
    yield f"Every habit was seen once at {world.learned:.0f} s."
    for trouble in world.troubles:
        yield (
            f"{'/'.join(trouble.group)} is {' or '.join(sorted(trouble.kinds))} from "
            f"{trouble.began:.0f} s, known at {trouble.known:.0f} s, until {trouble.until:.0f} s."
        )
    states: dict[GroupKey, tuple[object, ...]] = {}
    shown: dict[GroupKey, float] = {}
    for look, true in looks:
        key = look.key
        state = look.judgement.name, look.fault, look.allowed
        fresh = state != states.get(key) or look.at - shown.get(key, -inf) >= each
        if not fresh or not begin <= look.at <= end:
            continue
        states[key], shown[key] = state, look.at
        label = "/".join(sorted(look.allowed)) or "healthy"
        fault = f"!{look.fault}" if look.fault else ""
        yield f"{look.at:7.0f} s  {'/'.join(key):<16}{look.judgement.name:<11}{fault:<10}[{label}]"
        yield f"{'':11}true: {true}"
        for finding in look.judgement.findings:
            figures = f"  {dict(finding.figures)}" if finding.figures else ""
            yield f"{'':11}{finding.kind}: {finding.sentence}{figures}"
        for name in look.false:
            yield f"{'':11}FALSE: {name}"
        for name in look.off:
            yield f"{'':11}OUT OF BOUNDS: {name} {look.judgement.bounds[name]}"
    yield str(result)


def truth(world: World, key: GroupKey) -> str:
    """What is true of a group, in short."""
    group = world.group(key)
    workers = [worker for (where, _), worker in world.workers.items() if where == key]
    alive = [worker for worker in workers if worker.alive]
    tally = group.tally
    return (
        f"{group.undelivered} wait, {len(group.pel)} pending, "
        f"{sum(len(worker.desk) for worker in alive)} worked on; {len(alive)} of {len(workers)} "
        f"workers live, {sum(worker.blocks for worker in alive)} in BLOCK; {tally.delivered} "
        f"delivered, {tally.acknowledged} acknowledged, {tally.lost} lost"
    )
