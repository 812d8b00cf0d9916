"""What a check is asked: from where on a figure is a warning, and from where on critical."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from streamtop.model.text import printable
from streamtop.model.verdict import KINDS, Verdict
from streamtop.settings import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtop.model.verdict import Kind

T = TypeVar("T")

DEFAULT_VERDICTS = "orphaned,stuck"


class ThresholdError(ValueError):
    """What was asked makes no sense; one line."""


@dataclass(frozen=True, slots=True)
class ThresholdPair(Generic[T]):
    """Two limits, of which one may be `None`."""

    warning: T | None
    critical: T | None


@dataclass(frozen=True, slots=True)
class CheckThresholds:
    """All that a check was asked."""

    figures: Mapping[str, ThresholdPair[int]] = field(default_factory=dict)
    """By the option's key: max_lag, max_lag_age, ..."""
    verdict: ThresholdPair[Kind] | None = None


def parse_thresholds(options: Mapping[str, object]) -> CheckThresholds:
    """What the options ask; verdicts of `DEFAULT_VERDICTS` if they ask nothing.

    Args:
        options: Texts by key; `None` for those that were not given.

    Raises:
        LevelsError: If one is no pair of limits.
    """
    readers: dict[str, Callable[[str], int]] = {
        "max_lag": _count,
        "max_lag_age": milliseconds,
        "max_pending": _count,
        "max_pending_age": milliseconds,
        "max_deliveries": _count,
    }
    given = {key: text for key, text in options.items() if isinstance(text, str)}
    figures = {key: _levels(key, given[key], read) for key, read in readers.items() if key in given}
    for key, levels in figures.items():
        if None not in (levels.warning, levels.critical) and levels.warning > levels.critical:  # type: ignore[operator]
            raise ThresholdError(f"{_flag(key)}: the warning is above the critical limit")
    verdicts = given.get("verdict", None if figures else DEFAULT_VERDICTS)
    if verdicts is None:
        return CheckThresholds(figures)
    kinds = _levels("verdict", verdicts, _kind)
    if kinds.warning and kinds.critical and _rank(kinds.warning) < _rank(kinds.critical):
        raise ThresholdError("--verdict: the warning is worse than the critical verdict")
    return CheckThresholds(figures, kinds)


def _levels(key: str, text: str, read: Callable[[str], T]) -> ThresholdPair[T]:
    first, comma, second = (part.strip() for part in text.partition(","))
    if not comma:
        first, second = "", first
    try:
        levels = ThresholdPair(read(first) if first else None, read(second) if second else None)
    except ValueError as error:
        raise ThresholdError(f"{_flag(key)}: {error}") from None
    if levels.warning is None and levels.critical is None:
        raise ThresholdError(f"{_flag(key)}: WARN,CRIT, of which one may be left out")
    return levels


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(f"expected a whole number, not {printable(repr(text))}")
    return int(text)


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if kind == text and Verdict(kind).is_trouble:
            return kind
    kinds = ", ".join(kind for kind in KINDS if Verdict(kind).is_trouble)
    raise ValueError(f"expected one of {kinds}, not {printable(repr(text))}")


def _rank(kind: Kind) -> int:
    return Verdict(kind).rank


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")
