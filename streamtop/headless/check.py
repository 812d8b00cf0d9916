"""A check: one look as a Nagios plugin reports it, with a state, a line and performance data."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from streamtop.headless import nagios
from streamtop.headless.evaluation import verdict_of
from streamtop.headless.metrics import METRICS, State, compare
from streamtop.headless.thresholds import ThresholdPair
from streamtop.model.text import printable
from streamtop.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtop.headless.thresholds import CheckThresholds
    from streamtop.model.snapshot import Group, Snapshot
    from streamtop.model.verdict import Kind
    from streamtop.settings import Settings

_GLOB = frozenset("*?[]\\")
_DEFAULT_FIGURES: dict[str, ThresholdPair[int]] = {
    "max_lag": ThresholdPair(None, None),
    "max_pending": ThresholdPair(None, None),
}
"""The performance data where no figure has a threshold."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a plugin returns; the state is its exit code."""

    state: State
    line: str


@dataclass(frozen=True, slots=True)
class _Problem:
    """A reason why the state is not OK."""

    state: State
    about: str
    """Stream or stream/group."""
    text: str


@dataclass(frozen=True, slots=True)
class _CheckedGroup:
    """A group to check, and its stream."""

    stream: str
    group: Group

    @property
    def name(self) -> str:
        return printable(f"{self.stream}/{self.group.name}")


def unknown_result(text: str) -> CheckResult:
    """The result UNKNOWN, and why."""
    return CheckResult(State.UNKNOWN, nagios.line(State.UNKNOWN.name, text))


def check_snapshot(
    snapshot: Snapshot,
    settings: Settings,
    thresholds: CheckThresholds,
    *,
    groups: Sequence[str] = (),
) -> CheckResult:
    """Compare the groups of a snapshot with thresholds.

    Args:
        snapshot: The look.
        settings: `match` names streams that must exist, `limits` decides on verdicts.
        thresholds: Where figures and verdicts become alarms.
        groups: Patterns of the groups to check; empty for all.
    """
    checked = [
        _CheckedGroup(stream.name, group)
        for stream in snapshot.streams
        for group in (stream.groups if stream.error is None else ())
        if not groups or any(fnmatchcase(group.name, pattern) for pattern in groups)
    ]
    problems = [
        *_gaps(snapshot, settings.match, groups, checked),
        *(
            problem
            for group in checked
            for problem in _problems(group, snapshot, settings, thresholds)
        ),
    ]
    if not checked and not problems:
        return unknown_result("no group to check")
    problems.sort(key=lambda problem: -problem.state.gravity)
    state = problems[0].state if problems else State.OK
    text = _problem_text(problems) if problems else _ok_text(checked, snapshot, thresholds)
    data = _performance_data(checked, problems, snapshot, thresholds)
    return CheckResult(state, nagios.line(state.name, text, data))


def _gaps(
    snapshot: Snapshot,
    match: Sequence[str],
    groups: Sequence[str],
    checked: Sequence[_CheckedGroup],
) -> Iterator[_Problem]:
    """What should be checked and could not be."""
    for stream in snapshot.streams:
        if stream.error is not None:
            yield _Problem(State.UNKNOWN, printable(stream.name), stream.error)
    for name in _missing(match, {stream.name for stream in snapshot.streams}):
        yield _Problem(State.UNKNOWN, printable(name), "there is no such stream")
    for name in _missing(groups, {each.group.name for each in checked}):
        yield _Problem(State.UNKNOWN, printable(name), "there is no such group")
    if not snapshot.complete:
        text = "the search for streams ran out of time: there may be more"
        yield _Problem(State.UNKNOWN, snapshot.server.url, text)


def _missing(patterns: Sequence[str], existing: set[str]) -> list[str]:
    """The patterns that are plain names, and do not exist."""
    return [name for name in patterns if not _GLOB & set(name) and name not in existing]


def _problems(
    checked: _CheckedGroup, snapshot: Snapshot, settings: Settings, thresholds: CheckThresholds
) -> Iterator[_Problem]:
    if thresholds.verdict is not None:
        verdict = verdict_of(checked.group, snapshot, settings.limits)
        state = _verdict_state(verdict, thresholds.verdict)
        if state is not State.OK:
            reason, more = verdict.reasons[0].rstrip("."), len(verdict.reasons) - 1
            others = f" (and {more} more)" if more else ""
            yield _Problem(state, checked.name, f"{verdict.kind}, {reason}{others}")
    for key, pair in thresholds.figures.items():
        metric = METRICS[key]
        state, text = compare(metric, metric.of(checked.group, snapshot.time_ms), pair)
        if state is not State.OK:
            yield _Problem(state, checked.name, text)


def _verdict_state(verdict: Verdict, pair: ThresholdPair[Kind]) -> State:
    for state, kind in ((State.CRITICAL, pair.critical), (State.WARNING, pair.warning)):
        if kind is not None and verdict.rank <= Verdict(kind).rank:
            return state
    return State.OK


def _problem_text(problems: Sequence[_Problem]) -> str:
    """The problems, worst first, those of one group together."""
    by_group: dict[str, list[str]] = {}
    for problem in problems:
        by_group.setdefault(problem.about, []).append(problem.text.rstrip("."))
    return nagios.joined_parts(
        [f"{nagios.short_name(about)}: {'; '.join(texts)}" for about, texts in by_group.items()]
    )


def _ok_text(
    checked: Sequence[_CheckedGroup], snapshot: Snapshot, thresholds: CheckThresholds
) -> str:
    """How many groups were checked, and the largest value of each figure."""
    streams = len({each.stream for each in checked})
    parts = [
        f"{len(checked)} group{'' if len(checked) == 1 else 's'} "
        f"of {streams} stream{'' if streams == 1 else 's'}"
    ]
    for key in thresholds.figures:
        metric = METRICS[key]
        readings = [metric.of(each.group, snapshot.time_ms) for each in checked]
        largest = max(readings, key=lambda reading: reading.value or 0)
        parts.append(f"{metric.words} {largest.mark}{metric.fmt(largest.value or 0)}")
    return ", ".join(parts)


def _performance_data(
    checked: Sequence[_CheckedGroup],
    problems: Sequence[_Problem],
    snapshot: Snapshot,
    thresholds: CheckThresholds,
) -> str:
    """The figures that have thresholds, or lag and pending if none has.

    Where there is no room for all groups, those with the worst problems are kept.
    """
    worst = {problem.about: rank for rank, problem in reversed(list(enumerate(problems)))}
    data: dict[str, list[str]] = {}
    for group in checked:
        data[group.name] = [
            nagios.datum(
                f"{group.name} {METRICS[key].label}",
                METRICS[key].of(group.group, snapshot.time_ms),
                pair,
                seconds=METRICS[key].seconds,
            )
            for key, pair in (thresholds.figures or _DEFAULT_FIGURES).items()
        ]
    in_trouble_first = sorted(data, key=lambda name: worst.get(name, len(problems)))
    kept = nagios.names_that_fit([(name, data[name]) for name in in_trouble_first])
    return " ".join(datum for name in data if name in kept for datum in data[name])
