from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.abilities import Abilities
from streamtop.model.observed_changes import ObservedChanges
from streamtop.operations.prune_consumers import PruneConsumers
from streamtop.planning.plan import PlanContext, UnsuitableError
from streamtop.planning.prune_consumers import PruneRequest, plan_prune_consumers
from streamtop.source import MissingError, RefusedError
from tests.fakes import SERVER, FakeSource, consumer, group, snapshot, stream

if TYPE_CHECKING:
    from streamtop.model.snapshot import ServerInfo, Snapshot

HOUR = 3_600_000
REPLICA = replace(SERVER, role="slave")
OLD = replace(SERVER, version="6.2.14", api=(6, 2))


def look(server: ServerInfo = SERVER) -> Snapshot:
    """Two consumers are gone and hold nothing; entries wait."""
    seen = group(
        "billing",
        consumer("holds", 1, HOUR),
        consumer("gone", 0, HOUR),
        consumer("long gone", 0, 50 * HOUR),
        consumer("works", 0, 300),
        lag=5,
        pending=1,
    )
    return snapshot(stream("orders", seen), server=server)


async def pruned(request: PruneRequest, seen: Snapshot) -> tuple[list[str], tuple[str, ...]]:
    """The consumers that a plan removes, and its notes."""
    plan = await plan_prune_consumers(PlanContext(FakeSource(seen), seen), request)
    assert isinstance(plan.operation, PruneConsumers)
    assert all(each.seen_at == seen.at for each in plan.operation.consumers)
    return [each.name for each in plan.operation.consumers], plan.notes


@pytest.mark.parametrize(
    ("over", "names", "note"),
    [
        (None, ["gone", "long gone"], "Idle when seen: long gone 2 d 2h, gone 1 h."),
        (2 * HOUR, ["long gone"], "Idle when seen: long gone 2 d 2h."),
        (100, ["gone", "long gone", "works"], "Idle when seen: long gone 2 d 2h, gone 1 h, "),
        (99 * HOUR, [], "No consumer of billing that holds nothing is idle for longer than 4 d 3h"),
    ],
)
async def test_the_empty_ones_that_are_gone_or_idle_for_long_are_chosen(
    over: int | None, names: list[str], note: str
) -> None:
    chosen, [told] = await pruned(PruneRequest("orders", "billing", over), look())
    assert (chosen, told[: len(note)]) == (names, note)


async def test_who_came_back_after_as_long_before_is_not_gone() -> None:
    changes = ObservedChanges(returned_idle_ms=HOUR)
    chosen, _ = await pruned(PruneRequest("orders", "billing", changes=changes), look())
    assert chosen == ["long gone"]


@pytest.mark.parametrize("server", [OLD, REPLICA], ids=["6.2", "replica"])
async def test_where_nobody_knows_who_is_gone_an_idle_time_must_be_given(
    server: ServerInfo,
) -> None:
    with pytest.raises(UnsuitableError, match="does not tell which consumers are gone"):
        await pruned(PruneRequest("orders", "billing"), look(server))
    chosen, _ = await pruned(PruneRequest("orders", "billing", HOUR - 1), look(server))
    assert chosen == ["gone", "long gone"]


async def test_consumers_that_may_not_be_read_are_not_taken_for_none() -> None:
    seen = snapshot(stream("orders", group("billing", pending=3)))
    source = FakeSource(seen)
    source.able = Abilities(refused=frozenset({"XINFO CONSUMERS"}), read_only="it is read-only")
    with pytest.raises(RefusedError, match="may not send XINFO CONSUMERS"):
        await plan_prune_consumers(PlanContext(source), PruneRequest("orders", "billing"))


async def test_one_look_is_enough_and_a_group_that_is_gone_is_said_to_be() -> None:
    source = FakeSource(look())
    await plan_prune_consumers(PlanContext(source), PruneRequest("orders", "billing"))
    assert source.asked.count("look") == 1
    with pytest.raises(MissingError, match="there is no group mail of orders"):
        await plan_prune_consumers(PlanContext(source), PruneRequest("orders", "mail"))
