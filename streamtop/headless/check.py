"""One look as a Nagios plugin tells it: a state, a line of text, performance data."""

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
_UNASKED: dict[str, ThresholdPair[int]] = {
    "max_lag": ThresholdPair(None, None),
    "max_pending": ThresholdPair(None, None),
}
"""Told when no figure was asked for."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a plugin says."""

    state: State
    line: str


@dataclass(frozen=True, slots=True)
class _Finding:
    """Something that is not well."""

    state: State
    about: str
    """Stream or stream/group."""
    text: str


@dataclass(frozen=True, slots=True)
class _Selected:
    """A group that was asked about, and the stream it belongs to."""

    stream: str
    group: Group

    @property
    def name(self) -> str:
        return printable(f"{self.stream}/{self.group.name}")


def unknown_result(text: str) -> CheckResult:
    """Nothing can be told, and why."""
    return CheckResult(State.UNKNOWN, nagios.line(State.UNKNOWN.name, text))


def check_snapshot(
    snapshot: Snapshot,
    settings: Settings,
    questions: CheckThresholds,
    *,
    groups: Sequence[str] = (),
) -> CheckResult:
    """The answer to what was asked.

    Args:
        snapshot: The look.
        settings: Says which streams were looked for, and from when on something is trouble.
        questions: The limits.
        groups: Patterns of the groups to check; none for all.
    """
    selected = [
        _Selected(stream.name, group)
        for stream in snapshot.streams
        for group in (stream.groups if stream.error is None else ())
        if not groups or any(fnmatchcase(group.name, pattern) for pattern in groups)
    ]
    findings = [
        *_gaps(snapshot, settings.match, groups, selected),
        *(
            finding
            for each in selected
            for finding in _findings(each, snapshot, settings, questions)
        ),
    ]
    if not selected and not findings:
        return unknown_result("no group there to check")
    state = max((finding.state for finding in findings), key=_gravity, default=State.OK)
    findings.sort(key=lambda finding: -finding.state.gravity)
    text = _told(findings) if findings else _all_well(selected, snapshot, questions)
    return CheckResult(
        state, nagios.line(state.name, text, _data(selected, findings, snapshot, questions))
    )


def _gravity(state: State) -> int:
    return state.gravity


def _gaps(
    snapshot: Snapshot,
    match: Sequence[str],
    groups: Sequence[str],
    selected: Sequence[_Selected],
) -> Iterator[_Finding]:
    """What was asked about and could not be looked at."""
    for stream in snapshot.streams:
        if stream.error is not None:
            yield _Finding(State.UNKNOWN, printable(stream.name), stream.error)
    for name in _missing(match, {stream.name for stream in snapshot.streams}):
        yield _Finding(State.UNKNOWN, printable(name), "there is no such stream")
    for name in _missing(groups, {each.group.name for each in selected}):
        yield _Finding(State.UNKNOWN, printable(name), "there is no such group")
    if not snapshot.complete:
        text = "the search for streams was not done: there may be more"
        yield _Finding(State.UNKNOWN, snapshot.server.url, text)


def _missing(patterns: Sequence[str], there: set[str]) -> list[str]:
    """Those that are names and not patterns, and are not there."""
    return [name for name in patterns if not _GLOB & set(name) and name not in there]


def _findings(
    each: _Selected, snapshot: Snapshot, settings: Settings, questions: CheckThresholds
) -> Iterator[_Finding]:
    if questions.verdict is not None:
        verdict = verdict_of(each.group, snapshot, settings.limits)
        state = _verdict_state(verdict, questions.verdict)
        if state is not State.OK:
            reason, more = verdict.reasons[0].rstrip("."), len(verdict.reasons) - 1
            others = f" (and {more} more)" if more else ""
            yield _Finding(state, each.name, f"{verdict.kind}, {reason}{others}")
    for key, levels in questions.figures.items():
        measure = METRICS[key]
        state, text = compare(measure, measure.of(each.group, snapshot.time_ms), levels)
        if state is not State.OK:
            yield _Finding(state, each.name, text)


def _verdict_state(verdict: Verdict, levels: ThresholdPair[Kind]) -> State:
    for state, kind in ((State.CRITICAL, levels.critical), (State.WARNING, levels.warning)):
        if kind is not None and verdict.rank <= Verdict(kind).rank:
            return state
    return State.OK


def _told(findings: Sequence[_Finding]) -> str:
    """The findings, worst first, those about one group together."""
    by_group: dict[str, list[str]] = {}
    for finding in findings:
        by_group.setdefault(finding.about, []).append(finding.text.rstrip("."))
    return nagios.joined_parts(
        [f"{nagios.short_name(about)}: {'; '.join(texts)}" for about, texts in by_group.items()]
    )


def _all_well(selected: Sequence[_Selected], snapshot: Snapshot, questions: CheckThresholds) -> str:
    """How many groups were checked, and the largest of each figure that was asked for."""
    streams = len({each.stream for each in selected})
    words = [
        f"{len(selected)} group{'' if len(selected) == 1 else 's'} "
        f"of {streams} stream{'' if streams == 1 else 's'}"
    ]
    for key in questions.figures:
        measure = METRICS[key]
        readings = [measure.of(each.group, snapshot.time_ms) for each in selected]
        largest = max(readings, key=lambda reading: reading.value or 0)
        words.append(f"{measure.words} {largest.mark}{measure.spell(largest.value or 0)}")
    return ", ".join(words)


def _data(
    selected: Sequence[_Selected],
    findings: Sequence[_Finding],
    snapshot: Snapshot,
    questions: CheckThresholds,
) -> str:
    """Performance data: the figures that were asked for; lag and pending if none were."""
    asked = questions.figures or _UNASKED
    worst = {finding.about: rank for rank, finding in reversed(list(enumerate(findings)))}
    data: dict[str, list[str]] = {}
    for each in selected:
        data[each.name] = [
            nagios.datum(
                f"{each.name} {METRICS[key].label}",
                METRICS[key].of(each.group, snapshot.time_ms),
                levels,
                seconds=METRICS[key].seconds,
            )
            for key, levels in asked.items()
        ]
    in_trouble_first = sorted(data, key=lambda name: worst.get(name, len(findings)))
    kept = nagios.names_that_fit([(name, data[name]) for name in in_trouble_first])
    return " ".join(datum for name in data if name in kept for datum in data[name])
