"""The laboratory's table: a row for each situation and server generation, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import inf

from tests.verdicts.labels import NAMED_WITHIN
from tests.verdicts.scoring import Run, Score
from tests.verdicts.workloads import SITUATIONS

Scores = Sequence[Score]
"""Of all draws of one situation on one generation."""


def _longest(seconds: Callable[[Score], float]) -> Callable[[Scores], str]:
    """A column with the most minutes of any draw."""

    def cell(scores: Scores) -> str:
        worst = max(map(seconds, scores))
        return f"{worst / 60:.1f}" if worst else "–"

    return cell


def _delays(scores: Scores) -> list[float]:
    return [delay for score in scores for delay in score.delays]


def _late(scores: Scores) -> int:
    return sum(delay > NAMED_WITHIN for delay in _delays(scores))


def _delay(scores: Scores) -> str:
    worst = max(_delays(scores), default=None)
    return "–" if worst is None else "never" if worst == inf else f"{worst:.0f}"


def _summed(counters: Sequence[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def _notes(scores: Scores) -> str:
    """Which verdicts were wrong, which figures were false, and which bounds were off."""
    looks = sum(score.looks for score in scores)
    red = _summed([score.red_names for score in scores])
    false = _summed([score.false for score in scores])
    off = _summed([score.figures for score in scores])
    notes = [f"wrongly {kind}" for kind, _ in red.most_common()]
    notes += [f"false {name} in {count / looks:.1%}" for name, count in false.most_common()]
    notes += [f"{name} off in {count / looks:.1%}" for name, count in off.most_common()]
    return ", ".join(notes)


COLUMNS: Mapping[str, tuple[int, Callable[[Scores], str]]] = {
    "bar": (7, lambda scores: f"{sum(score.holds for score in scores)}/{len(scores)}"),
    "red": (7, _longest(lambda score: score.red)),
    "first": (7, _longest(lambda score: score.red_at_first)),
    "amber": (7, _longest(lambda score: score.amber)),
    "misnamed": (10, _longest(lambda score: score.misnamed)),
    "silent": (8, _longest(lambda score: score.silent)),
    "delay": (7, _delay),
    "late": (7, lambda scores: f"{_late(scores)}/{len(_delays(scores))}" if _late(scores) else "–"),
    "changes": (9, lambda scores: str(max(score.changes for score in scores) or "–")),
}
"""By title: width and cell. Minutes are of the worst draw; delays in seconds from when the
trouble can be known; late counts those above 90 s."""


def lines(results: Iterable[tuple[Run, Score]]) -> Iterator[str]:
    """The table of these results, each row as soon as its last draw is there."""
    head = "".join(f"{title:>{width}}" for title, (width, _) in COLUMNS.items())
    yield f"{'situation':<42}{'server':<9}{head}  what else"
    rows: dict[bool, list[Scores]] = {}
    for (name, generation), drawn in groupby(
        results, key=lambda result: (result[0].situation, result[0].generation)
    ):
        scores = [score for _, score in drawn]
        rows.setdefault(SITUATIONS[name].healthy, []).append(scores)
        row = "".join(f"{cell(scores):>{width}}" for width, cell in COLUMNS.values())
        yield f"{name:<42}{generation:<9}{row}  {_notes(scores)}".rstrip()
    yield ""
    for healthy, chosen in rows.items():
        yield from _sum("healthy" if healthy else "trouble", chosen)


def _sum(title: str, rows: Sequence[Scores]) -> list[str]:
    every = [score for scores in rows for score in scores]
    minutes = {
        "false red": sum(score.red for score in every),
        "false amber": sum(score.amber for score in every),
        "misnamed": sum(score.misnamed for score in every),
        "silent": sum(score.silent for score in every),
    }
    return [
        f"{title}: the bar holds in {sum(all(s.holds for s in scores) for scores in rows)} of "
        f"{len(rows)} rows, {sum(score.holds for score in every)} of {len(every)} hours.",
        "  minutes: "
        + ", ".join(f"{seconds / 60:,.0f} {name}" for name, seconds in minutes.items())
        + f"; {_late(every)} of {len(_delays(every))} troubles named late or never; "
        f"{sum(score.changes > 1 for score in every)} hours with more than one change of name; "
        f"{sum(bool(score.false) for score in every)} with a false sentence; "
        f"{sum(bool(score.figures) for score in every)} with a figure out of its bounds.",
    ]
