"""The thresholds of a check: where a figure or a verdict becomes a warning, where critical."""

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

DEFAULT_VERDICTS = "behind,stuck"


class ThresholdError(ValueError):
    """An invalid threshold: one line."""


@dataclass(frozen=True, slots=True)
class ThresholdPair(Generic[T]):
    """The thresholds of one figure. At most one of them is `None`."""

    warning: T | None
    critical: T | None


@dataclass(frozen=True, slots=True)
class CheckThresholds:
    """The thresholds of a check."""

    figures: Mapping[str, ThresholdPair[int]] = field(default_factory=dict)
    """By the option's key: max_lag, max_lag_age, ...; durations in milliseconds."""
    verdict: ThresholdPair[Kind] | None = None


def parse_thresholds(options: Mapping[str, object]) -> CheckThresholds:
    """The thresholds that the options set; `DEFAULT_VERDICTS` if they set none.

    Args:
        options: Texts such as "1000,10000" by key; `None` for options not used.

    Raises:
        ThresholdError: If a text is not a pair of thresholds in ascending order.
    """
    parsers: dict[str, Callable[[str], int]] = {
        "max_lag": _count,
        "max_lag_age": milliseconds,
        "max_pending": _count,
        "max_pending_age": milliseconds,
        "max_deliveries": _count,
        "max_length": _count,
    }
    texts = {key: text for key, text in options.items() if isinstance(text, str)}
    figures = {key: _pair(key, texts[key], parse) for key, parse in parsers.items() if key in texts}
    for key, pair in figures.items():
        if None not in (pair.warning, pair.critical) and pair.warning > pair.critical:  # type: ignore[operator]
            raise ThresholdError(f"{_flag(key)}: the warning is above the critical limit")
    verdicts = texts.get("verdict", None if figures else DEFAULT_VERDICTS)
    if verdicts is None:
        return CheckThresholds(figures)
    kinds = _pair("verdict", verdicts, _kind)
    if kinds.warning and kinds.critical and _rank(kinds.warning) < _rank(kinds.critical):
        raise ThresholdError("--verdict: the warning is worse than the critical verdict")
    return CheckThresholds(figures, kinds)


def _pair(key: str, text: str, parse: Callable[[str], T]) -> ThresholdPair[T]:
    warning, comma, critical = (part.strip() for part in text.partition(","))
    if not comma:
        warning, critical = "", warning
    try:
        pair = ThresholdPair(
            parse(warning) if warning else None, parse(critical) if critical else None
        )
    except ValueError as error:
        raise ThresholdError(f"{_flag(key)}: {error}") from None
    if pair.warning is None and pair.critical is None:
        raise ThresholdError(f"{_flag(key)}: expected WARN,CRIT; one of them may be left out")
    return pair


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
