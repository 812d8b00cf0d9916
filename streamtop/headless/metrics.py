"""The figures of a group that a check can be asked for, and what they are against their limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from humanize import intcomma

from streamtop import figures
from streamtop.headless.evaluation import most_deliveries
from streamtop.model.verdict import MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.headless.thresholds import ThresholdPair
    from streamtop.model.snapshot import Group


class State(IntEnum):
    """A plugin's exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3

    @property
    def gravity(self) -> int:
        """The larger the worse: CRITICAL, WARNING, UNKNOWN, OK."""
        return (State.OK, State.UNKNOWN, State.WARNING, State.CRITICAL).index(self)


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of one group."""

    value: int | None
    """`None` when it is not known."""
    mark: str = ""
    """Before the figure: ~ if it is not proven, > if it is a lower bound."""
    because: str = ""
    """Why it is not known, or not exactly."""

    @property
    def at_least(self) -> bool:
        """Whether the true figure is larger than the value."""
        return self.mark == ">"


@dataclass(frozen=True, slots=True)
class Metric:
    """One kind of figure."""

    words: str
    """In the text."""
    label: str
    """In the performance data."""
    of: Callable[[Group, int | None], Reading]
    """The figure of a group, by the server's clock."""
    spell: Callable[[int], str] = figures.count
    in_full: Callable[[int], str] = intcomma
    """To tell apart what is spelled alike."""
    seconds: bool = False
    """Whether it is a time, in milliseconds."""


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


def _why_no_age(time_ms: int | None) -> str:
    if time_ms is None:
        return "the server does not tell its time"
    return "the entry is not known, or its ID is no time"


def _deliveries_text(count: int) -> str:
    return "fatal" if count >= MARKED_FATAL else figures.count(count)


def _seconds_text(ms: int) -> str:
    return f"{ms / 1000:,.3f} s"


METRICS: dict[str, Metric] = {
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
"""By the key of the option that asks for it."""


def compare(measure: Metric, reading: Reading, levels: ThresholdPair[int]) -> tuple[State, str]:
    """What a figure is against its limits, and how that is said; "" when it is well.

    A lower bound that is beyond a limit is an alarm; one that is not says nothing.
    """
    if reading.value is None:
        return State.UNKNOWN, f"{measure.words} unknown{_in_brackets(reading.because)}"
    for state, limit in ((State.CRITICAL, levels.critical), (State.WARNING, levels.warning)):
        if limit is not None and (
            reading.value > limit or (reading.at_least and reading.value >= limit)
        ):
            return state, f"{measure.words} {_against(measure, reading, limit)}"
    if reading.at_least:
        shown = f">{measure.spell(reading.value)}"
        return State.UNKNOWN, f"{measure.words} {shown}{_in_brackets(reading.because)}"
    return State.OK, ""


def _against(measure: Metric, reading: Reading, limit: int) -> str:
    value = reading.value or 0
    shown, bound = measure.spell(value), measure.spell(limit)
    if reading.at_least:
        return f">{shown} (limit {bound})"
    if shown == bound:
        shown, bound = measure.in_full(value), measure.in_full(limit)
    return f"{reading.mark}{shown} > {bound}"


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
