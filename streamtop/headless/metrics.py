"""The figures of groups and streams that a check can compare with its thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from humanize import intcomma

from streamtop import figures
from streamtop.headless.evaluation import most_deliveries
from streamtop.model.verdict import MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.headless.thresholds import ThresholdPair
    from streamtop.model.snapshot import Group, Stream

SubjectT = TypeVar("SubjectT")


class State(IntEnum):
    """The exit code of a Nagios plugin."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3

    @property
    def gravity(self) -> int:
        """A number that is larger the worse the state: CRITICAL, WARNING, UNKNOWN, OK."""
        return (State.OK, State.UNKNOWN, State.WARNING, State.CRITICAL).index(self)


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of one group."""

    value: int | None
    """`None` when it is unknown."""
    mark: str = ""
    """What precedes the figure: ~ if it is not proven, > if it is a lower bound."""
    because: str = ""
    """Why it is unknown or inexact."""

    @property
    def at_least(self) -> bool:
        """Whether the value is only a lower bound."""
        return self.mark == ">"


@dataclass(frozen=True, slots=True)
class Metric(Generic[SubjectT]):
    """A kind of figure of a group or a stream, and how it is written."""

    words: str
    """Its name in the text."""
    label: str
    """Its name in the performance data."""
    of: Callable[[SubjectT, int | None], Reading]
    """Reads it, given the server's time in milliseconds."""
    fmt: Callable[[int], str] = figures.count
    exact_fmt: Callable[[int], str] = intcomma
    """Tells apart values that `fmt` writes alike."""
    seconds: bool = False
    """Whether it is a duration; its values are milliseconds."""


def _lag(group: Group, _: int | None) -> Reading:
    mark = {"at_least": ">", "reported": "~"}.get(group.lag.trust, "")
    return Reading(group.lag.count, mark, group.lag.because.rstrip("."))


def _lag_age(group: Group, time_ms: int | None) -> Reading:
    return Reading(group.lag_age_ms(time_ms), because=_why_no_age(time_ms))


def _pending(group: Group, _: int | None) -> Reading:
    return Reading(group.pending)


def _pending_age(group: Group, time_ms: int | None) -> Reading:
    return Reading(group.pending_age_ms(time_ms), because=_why_no_age(time_ms))


def _deliveries(group: Group, _: int | None) -> Reading:
    return Reading(most_deliveries(group), because="XPENDING was refused")


def _length(stream: Stream, _: int | None) -> Reading:
    return Reading(stream.length)


def _why_no_age(time_ms: int | None) -> str:
    if time_ms is None:
        return "the server does not report its time"
    return "the entry is unknown, or its ID is not a time"


def _deliveries_text(count: int) -> str:
    return "fatal" if count >= MARKED_FATAL else figures.count(count)


def _seconds_text(ms: int) -> str:
    return f"{ms / 1000:,.3f} s"


METRICS: dict[str, Metric[Group]] = {
    "max_lag": Metric("lag", "lag", _lag),
    "max_lag_age": Metric(
        "lag age", "lag_age", _lag_age, figures.duration, _seconds_text, seconds=True
    ),
    "max_pending": Metric("pending", "pending", _pending),
    "max_pending_age": Metric(
        *("oldest pending", "pending_age", _pending_age, figures.duration, _seconds_text),
        seconds=True,
    ),
    "max_deliveries": Metric("deliveries", "deliveries", _deliveries, _deliveries_text),
}
"""The figures of a group, by the key of the option that sets the thresholds."""
STREAM_METRICS: dict[str, Metric[Stream]] = {"max_length": Metric("length", "length", _length)}
"""The figures of a stream."""


def compare(
    metric: Metric[Group] | Metric[Stream], reading: Reading, thresholds: ThresholdPair[int]
) -> tuple[State, str]:
    """The state of a figure, and a text that explains it, "" where it is OK.

    A lower bound above a threshold is an alarm; below it, the state is unknown.
    """
    if reading.value is None:
        return State.UNKNOWN, f"{metric.words} unknown{_in_brackets(reading.because)}"
    for state, limit in (
        (State.CRITICAL, thresholds.critical),
        (State.WARNING, thresholds.warning),
    ):
        if limit is not None and (
            reading.value > limit or (reading.at_least and reading.value >= limit)
        ):
            return state, f"{metric.words} {_comparison(metric, reading, limit)}"
    if reading.at_least:
        shown = f">{metric.fmt(reading.value)}"
        return State.UNKNOWN, f"{metric.words} {shown}{_in_brackets(reading.because)}"
    return State.OK, ""


def _comparison(metric: Metric[Group] | Metric[Stream], reading: Reading, limit: int) -> str:
    value = reading.value or 0
    shown, bound = metric.fmt(value), metric.fmt(limit)
    if reading.at_least:
        return f">{shown} (limit {bound})"
    if shown == bound:
        shown, bound = metric.exact_fmt(value), metric.exact_fmt(limit)
    return f"{reading.mark}{shown} > {bound}"


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
