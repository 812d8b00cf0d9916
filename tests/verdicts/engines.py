"""What judges: the interface that the laboratory drives, and streamtop's engine behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from streamtop.model.history import History
from streamtop.model.sentences import Formatter
from streamtop.model.verdict import Thresholds, judge_group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtop.model.delivery_bounds import Bounds as Measured
    from streamtop.model.delivery_bounds import Rate
    from streamtop.model.snapshot import Snapshot
    from tests.verdicts.virtual_time import GroupKey


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is said of a group."""

    kind: str
    """A verdict's kind."""
    sentence: str
    """As the operator reads it."""
    figures: Mapping[str, float | str] = field(default_factory=dict)
    """What the sentence states, by the names of `tests.verdicts.facts.FACTS`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A figure that is known to lie between two others; `None` where it has no bound."""

    at_least: float | None = None
    at_most: float | None = None

    def hold(self, truth: float, slack: float) -> bool:
        """Whether the truth lies within, give or take."""
        return (self.at_least is None or self.at_least <= truth + slack) and (
            self.at_most is None or truth - slack <= self.at_most
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that is said of a group at one look."""

    findings: tuple[Finding, ...] = ()
    """Worst first; none means ok."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """The group's figures: `lost` since the first look, `delivered` and `acknowledged` a second."""

    @property
    def name(self) -> str:
        """The verdict that the group's row shows."""
        return self.findings[0].kind if self.findings else "ok"


class Engine(Protocol):
    """Anything that judges groups from looks."""

    def observe(self, snapshot: Snapshot) -> Mapping[GroupKey, Judgement]:
        """Take in a look; returns the judgement of each of its groups."""


_FORMATTER = Formatter(lambda number: f"{number:,}", lambda ms: f"{ms / 1000:.0f}s")


class StreamtopEngine:
    """The dashboard's verdicts, with default settings."""

    def __init__(self) -> None:
        self._limits = Thresholds()
        self._history = History(self._limits.window_ms)

    def observe(self, snapshot: Snapshot) -> Mapping[GroupKey, Judgement]:
        """Take in a look; returns the judgement of each of its groups."""
        history, limits = self._history, self._limits
        history.add(snapshot)
        judged: dict[GroupKey, Judgement] = {}
        for stream in snapshot.streams:
            for group in stream.groups:
                past = history.changes(stream.name, group.name)
                verdict = judge_group(group, snapshot, limits, _FORMATTER, past)
                findings = tuple(
                    Finding(each.kind, each.sentence, each.figures) for each in verdict.findings
                )
                rates = history.rates(stream.name, group)
                bounds = {
                    "lost": _between(history.lost(stream.name, group.name)),
                    "delivered": _between(rates.delivered),
                    "acknowledged": _between(rates.acknowledged),
                }
                judged[stream.name, group.name] = Judgement(findings, bounds)
        return judged


def _between(value: Measured | Rate | None) -> Bounds:
    return Bounds() if value is None else Bounds(value.low, value.high)
