"""What a sentence may state, and how the laboratory tells whether it is true.

A finding names its figures by these names; a name that is not here fails the test, so that no
figure goes unchecked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.verdicts.engines import Finding
    from tests.verdicts.simulated_server import ConsumerGroup
    from tests.verdicts.virtual_time import GroupKey, World

Value = float | str
SLACK_S = 4.5
"""Seconds by which a duration may be off: two looks, and half a second."""


@dataclass(frozen=True)
class Moment:
    """A group at one look, with all that is true of it."""

    world: World
    key: GroupKey
    lost_before: int
    """What it had lost before the first look."""
    finding: Finding
    slack_s: float = SLACK_S

    @property
    def group(self) -> ConsumerGroup:
        """The group in the simulated server."""
        return self.world.group(self.key)

    @property
    def lost(self) -> int:
        """What it lost since the first look."""
        return self.group.tally.lost - self.lost_before

    def since(self, then_ms: int | None) -> float:
        """Seconds since a time of the server's clock; since the world began if there is none."""
        if then_ms is None:
            return self.world.seconds
        return (self.world.server.now - then_ms) / 1000

    def works(self, consumer: str) -> bool:
        """Whether a living worker has entries on its desk."""
        worker = self.world.workers.get((self.key, consumer))
        return worker is not None and worker.alive and bool(worker.desk)

    def on_a_desk(self, one: EntryId) -> bool:
        """Whether a living worker is at an entry."""
        return any(
            one in worker.desk and worker.alive
            for (key, _), worker in self.world.workers.items()
            if key == self.key
        )


def _lost_at_least(moment: Moment, stated: Value) -> bool:
    return float(stated) <= moment.lost


def _lost_at_most(moment: Moment, stated: Value) -> bool:
    return moment.lost <= float(stated)


def _nothing_delivered_for(moment: Moment, stated: Value) -> bool:
    return float(stated) <= moment.since(moment.group.tally.delivered_ms) + moment.slack_s


def _nothing_acknowledged_for(moment: Moment, stated: Value) -> bool:
    return float(stated) <= moment.since(moment.group.tally.acknowledged_ms) + moment.slack_s


def _waiting(moment: Moment, stated: Value) -> bool:
    return float(stated) == moment.group.undelivered


def _waiting_at_least(moment: Moment, stated: Value) -> bool:
    return float(stated) <= moment.group.undelivered


def _pending(moment: Moment, stated: Value) -> bool:
    return float(stated) == len(moment.group.pel)


def _released(moment: Moment, stated: Value) -> bool:
    return float(stated) == sum(not each.consumer for each in moment.group.pel.values())


def _entry(moment: Moment, stated: Value) -> bool:
    return EntryId.parse(str(stated)) in moment.group.pel


def _deliveries(moment: Moment, stated: Value) -> bool:
    entry = moment.finding.figures["entry"]
    return moment.group.pel[EntryId.parse(str(entry))].deliveries == stated


def _holder(moment: Moment, stated: Value) -> bool:
    entry = moment.finding.figures["entry"]
    return moment.group.pel[EntryId.parse(str(entry))].consumer == stated


def _gone(moment: Moment, stated: Value) -> bool:
    worker = moment.world.workers.get((moment.key, str(stated)))
    return worker is None or not worker.alive


def _gone_holds(moment: Moment, stated: Value) -> bool:
    consumer = str(moment.finding.figures["gone"])
    return moment.group.members[consumer].pending == stated


def _silent_for(moment: Moment, stated: Value) -> bool:
    """Whether a consumer has neither read nor received anything for so long."""
    worker = moment.world.workers.get((moment.key, str(moment.finding.figures["silent"])))
    if worker is None or worker.asked_ms is None:
        return True
    return float(stated) <= moment.since(worker.asked_ms) + moment.slack_s


def _silent_holds(moment: Moment, stated: Value) -> bool:
    consumer = str(moment.finding.figures["silent"])
    return moment.group.members[consumer].pending == stated


def _last_to_ask(moment: Moment, stated: Value) -> bool:
    """Whether this consumer asked, and none that lives asked later by more than two looks."""
    asked = {
        name: 0.0 if worker.blocks else moment.since(worker.asked_ms)
        for (key, name), worker in moment.world.workers.items()
        if key == moment.key and worker.asked_ms is not None
    }
    consumer = str(stated)
    return consumer in asked and asked[consumer] <= min(asked.values()) + moment.slack_s


def _claim_entry(moment: Moment, stated: Value) -> bool:
    return not moment.on_a_desk(EntryId.parse(str(stated)))


def _claim_from(moment: Moment, stated: Value) -> bool:
    return not moment.works(str(stated))


FACTS: Mapping[str, Callable[[Moment, Value], bool]] = {
    "lost_at_least": _lost_at_least,
    "lost_at_most": _lost_at_most,
    "nothing_delivered_s": _nothing_delivered_for,
    "nothing_acknowledged_s": _nothing_acknowledged_for,
    "waiting": _waiting,
    "waiting_at_least": _waiting_at_least,
    "pending": _pending,
    "released": _released,
    "entry": _entry,
    "deliveries": _deliveries,
    "holder": _holder,
    "silent": lambda moment, stated: str(stated) in moment.group.members,
    "silent_s": _silent_for,
    "silent_holds": _silent_holds,
    "gone": _gone,
    "gone_holds": _gone_holds,
    "last_to_ask": _last_to_ask,
    "claim_entry": _claim_entry,
    "claim_from": _claim_from,
}
"""By the name of a figure: whether it is true. `claim_entry` and `claim_from` are what the
sentence advises to claim; the others are what it states."""


def false_figures(moment: Moment) -> Iterator[str]:
    """The names of the figures of the moment's finding that are not true.

    Raises:
        KeyError: If a figure has a name that nobody checks.
    """
    for name, stated in moment.finding.figures.items():
        if not FACTS[name](moment, stated):
            yield name
