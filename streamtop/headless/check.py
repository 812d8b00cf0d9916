"""A check as a Nagios plugin reports it: a state, a summary, performance data and details."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from streamtop import figures
from streamtop.headless import nagios
from streamtop.headless.evaluation import verdict_of
from streamtop.headless.metrics import METRICS, STREAM_METRICS, State, compare
from streamtop.headless.thresholds import ThresholdPair
from streamtop.model.observed_changes import waits
from streamtop.model.text import printable
from streamtop.model.verdict import KINDS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streamtop.headless.metrics import Metric, Reading
    from streamtop.headless.thresholds import CheckThresholds
    from streamtop.model.history import History
    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.model.verdict import Kind
    from streamtop.settings import Settings

SubjectT = TypeVar("SubjectT")

_GLOB = frozenset("*?[]\\")
_DEFAULT_FIGURES: Mapping[str, ThresholdPair[int]] = {
    "max_lag": ThresholdPair(None, None),
    "max_pending": ThresholdPair(None, None),
}
"""The performance data where no figure has a threshold."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a plugin returns; the state is its exit code."""

    state: State
    line: str
    """The first line: state, summary and performance data."""
    details: tuple[str, ...] = ()
    """The further lines, the worst first."""

    @property
    def output(self) -> str:
        """All lines, each with its end."""
        return "".join(f"{line}\n" for line in (self.line, *self.details))


@dataclass(frozen=True, slots=True)
class _Problem:
    """A reason why the state is not OK."""

    state: State
    kind: str
    """What the summary counts: a verdict, a limit, or unknown."""
    text: str


@dataclass(slots=True)
class _Subject:
    """What was checked, or should have been: a stream or a group of one."""

    name: str
    stream: str
    is_group: bool = False
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """Its figures, by the keys of the options."""
    problems: list[_Problem] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The worst state of its problems."""
        return max((each.state for each in self.problems), key=_gravity, default=State.OK)


def unknown_result(text: str) -> CheckResult:
    """The result UNKNOWN, and why."""
    return CheckResult(State.UNKNOWN, nagios.line(State.UNKNOWN.name, text))


def check_snapshot(
    snapshot: Snapshot,
    settings: Settings,
    thresholds: CheckThresholds,
    *,
    groups: Sequence[str] = (),
    history: History | None = None,
) -> CheckResult:
    """Compare the streams and groups of a snapshot with thresholds.

    Args:
        snapshot: The look.
        settings: `match` names streams that must exist, `limits` decides on verdicts.
        thresholds: Where figures and verdicts become alarms.
        groups: Patterns of the groups to check; empty for all.
        history: What this look and those before it showed; `None` if it was the only one:
            then only verdicts that one look can prove are given.
    """
    checked = list(_checked(snapshot, settings, thresholds, groups, history))
    subjects = [*checked, *_missing_subjects(snapshot, settings.match, groups)]
    if not subjects:
        return unknown_result("no group to check")
    subjects.sort(key=_badness)
    state = subjects[0].state
    troubled = [subject for subject in subjects if subject.problems]
    text = _summary(troubled, checked) if troubled else _ok_text(checked, thresholds)
    data = _performance_data(checked, subjects, thresholds)
    details = nagios.detail_lines(
        f"{subject.state.name} {nagios.short_name(subject.name)}: "
        + "; ".join(problem.text.rstrip(".") for problem in subject.problems)
        for subject in troubled
    )
    return CheckResult(state, nagios.line(state.name, text, data), tuple(details))


def _gravity(state: State) -> int:
    return state.gravity


def _badness(subject: _Subject) -> tuple[int, int]:
    """Sorts by state and then by verdict, worst first."""
    ranks = (KINDS.index(each.kind) for each in subject.problems if each.kind in KINDS)
    return -subject.state.gravity, min(ranks, default=len(KINDS))


def _checked(
    snapshot: Snapshot,
    settings: Settings,
    thresholds: CheckThresholds,
    groups: Sequence[str],
    history: History | None,
) -> Iterator[_Subject]:
    """The streams and groups of a snapshot, with their problems."""
    of_streams = _chosen(STREAM_METRICS, thresholds.figures)
    of_groups = _chosen(METRICS, thresholds.figures or _DEFAULT_FIGURES)
    for stream in snapshot.streams:
        name = printable(stream.name)
        if stream.error is not None:
            error = _Problem(State.UNKNOWN, "unknown", stream.error)
            yield _Subject(name, stream.name, problems=[error])
            continue
        if of_streams:
            readings = {key: each.of(stream, snapshot.time_ms) for key, each in of_streams.items()}
            yield _Subject(
                name, stream.name, False, readings, list(_figure_problems(readings, thresholds))
            )
        for group in stream.groups if of_groups or thresholds.verdict else ():
            if groups and not any(fnmatchcase(group.name, pattern) for pattern in groups):
                continue
            readings = {key: each.of(group, snapshot.time_ms) for key, each in of_groups.items()}
            problems = [
                *_verdict_problems(group, stream, snapshot, settings, thresholds, history),
                *_figure_problems(readings, thresholds),
            ]
            name = printable(f"{stream.name}/{group.name}")
            yield _Subject(name, stream.name, True, readings, problems)


def _chosen(
    metrics: Mapping[str, Metric[SubjectT]], asked: Mapping[str, ThresholdPair[int]]
) -> dict[str, Metric[SubjectT]]:
    return {key: metrics[key] for key in asked if key in metrics}


def _missing_subjects(
    snapshot: Snapshot, match: Sequence[str], groups: Sequence[str]
) -> Iterator[_Subject]:
    """What should be checked and is not there."""

    def unknown(name: str, text: str) -> _Subject:
        return _Subject(printable(name), name, problems=[_Problem(State.UNKNOWN, "unknown", text)])

    for name in _missing(match, {stream.name for stream in snapshot.streams}):
        yield unknown(name, "there is no such stream")
    present = {group.name for stream in snapshot.streams for group in stream.groups}
    for name in _missing(groups, present):
        yield unknown(name, "there is no such group")
    if not snapshot.complete:
        text = "the search for streams ran out of time: there may be more"
        yield unknown(snapshot.server.url, text)


def _missing(patterns: Sequence[str], existing: set[str]) -> list[str]:
    """The patterns that are plain names, and do not exist."""
    return [name for name in patterns if not _GLOB & set(name) and name not in existing]


def _verdict_problems(
    group: Group,
    stream: Stream,
    snapshot: Snapshot,
    settings: Settings,
    thresholds: CheckThresholds,
    history: History | None,
) -> Iterator[_Problem]:
    """The verdict on a group, if it is an alarm, and what kept it from being judged."""
    if thresholds.verdict is None:
        return
    changes = None if history is None else history.changes(stream.name, group.name)
    verdict = verdict_of(group, snapshot, settings.limits, changes)
    state = _verdict_state(verdict, thresholds.verdict)
    if state is not State.OK:
        reasons = (f"{each.kind}, {each.sentence.rstrip('.')}" for each in verdict.findings)
        yield _Problem(state, verdict.kind, "; ".join(reasons))
    if group.error is not None:
        yield _Problem(State.UNKNOWN, "unknown", f"verdict unknown ({group.error})")
    elif snapshot.time_ms is None and history is None and waits(group):
        text = "for how long entries wait is unknown (the server does not report its time)"
        yield _Problem(State.UNKNOWN, "unknown", text)


def _verdict_state(verdict: Verdict, pair: ThresholdPair[Kind]) -> State:
    for state, kind in ((State.CRITICAL, pair.critical), (State.WARNING, pair.warning)):
        if kind is not None and verdict.rank <= Verdict(kind).rank:
            return state
    return State.OK


def _figure_problems(
    readings: Mapping[str, Reading], thresholds: CheckThresholds
) -> Iterator[_Problem]:
    """The figures above their thresholds, and those that are unknown."""
    for key, reading in readings.items():
        pair = thresholds.figures.get(key)
        if pair is None:
            continue
        metric = _metric(key)
        state, text = compare(metric, reading, pair)
        if state is not State.OK:
            kind = "unknown" if state is State.UNKNOWN else f"over the {metric.words} limit"
            yield _Problem(state, kind, text)


def _metric(key: str) -> Metric[Group] | Metric[Stream]:
    return STREAM_METRICS[key] if key in STREAM_METRICS else METRICS[key]


def _summary(troubled: Sequence[_Subject], checked: Sequence[_Subject]) -> str:
    """How many have which problem, worst first: 1 loss, 2 stuck of 14 groups."""
    counts = Counter(
        kind for each in troubled for kind in dict.fromkeys(p.kind for p in each.problems)
    )
    order = (*KINDS, *(kind for kind in counts if kind not in KINDS))
    parts = ", ".join(f"{counts[kind]} {kind}" for kind in order if counts[kind])
    extent = _extent(checked)
    alone = f": {nagios.short_name(troubled[0].name)}" if len(troubled) == 1 else ""
    return f"{parts}{' of ' if extent else ''}{extent}{alone}"


def _extent(checked: Sequence[_Subject]) -> str:
    """What was checked: 14 groups and 3 streams; empty if nothing was."""
    groups = sum(each.is_group for each in checked)
    streams = sum(bool(each.readings) and not each.is_group for each in checked)
    return " and ".join(
        figures.number(count, word)
        for count, word in ((groups, "group"), (streams, "stream"))
        if count
    )


def _ok_text(checked: Sequence[_Subject], thresholds: CheckThresholds) -> str:
    """What was checked, and the largest value of each figure."""
    streams = len({each.stream for each in checked})
    groups = [each for each in checked if each.is_group]
    parts = [figures.number(streams, "stream")]
    if groups:
        parts = [f"{figures.number(len(groups), 'group')} of {parts[0]}"]
    for key in thresholds.figures:
        readings = [each.readings[key] for each in checked if key in each.readings]
        if readings:
            metric = _metric(key)
            largest = max(readings, key=lambda reading: reading.value or 0)
            parts.append(f"{metric.words} {largest.mark}{metric.fmt(largest.value or 0)}")
    return ", ".join(parts)


def _performance_data(
    checked: Sequence[_Subject], worst_first: Sequence[_Subject], thresholds: CheckThresholds
) -> str:
    """The figures that have thresholds, or lag and pending if none has.

    Where there is no room for all, those with the worst problems are kept.
    """
    pairs = thresholds.figures or _DEFAULT_FIGURES
    data: dict[str, list[str]] = {}
    for subject in checked:
        data[subject.name] = [
            nagios.datum(
                f"{subject.name} {_metric(key).label}",
                reading,
                pairs[key],
                seconds=_metric(key).seconds,
            )
            for key, reading in subject.readings.items()
        ]
    kept = nagios.names_that_fit(
        [(each.name, data[each.name]) for each in worst_first if each.name in data]
    )
    return " ".join(datum for name in data if name in kept for datum in data[name])
