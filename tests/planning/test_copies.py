from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.operations import NoLog, apply
from streamtop.operations.redrive import Redrive, Route, Routes
from streamtop.planning import copies
from streamtop.planning.copies import RedriveRequest, plan_redrive
from streamtop.planning.pending_entries import PAGE
from streamtop.planning.plan import PlanContext
from tests.fakes import SERVER, snapshot, stream
from tests.operations.scene import (
    Pairs,
    Scene,
    redrive_of,
)

if TYPE_CHECKING:
    import pytest

    from streamtop.model.entries import EntryPage
    from streamtop.operations import Receipt

ORIGIN = b"streamtop-origin-stream"
PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


async def redrive(scene: Scene, operation: Redrive) -> Receipt:
    return await apply(operation, scene, NoLog(), keep=None)


async def test_a_plan_tells_how_many_go_where_and_changes_nothing(scene: Scene) -> None:
    await scene.begin(PAIRS)
    for to, count in (("paid", 3), ("orders", 7), ("z", 1)):
        for _ in range(count):
            await scene.ask("XADD", "dead", "*", ORIGIN, to)
    await scene.ask("XADD", "dead", "*", "n", "1")
    seen: list[tuple[int, int]] = []
    context = PlanContext(scene, snapshot(stream("dead")), lambda *so_far: seen.append(so_far))
    made = await plan_redrive(context, RedriveRequest("dead"))
    plan = made.operation
    assert isinstance(plan, Redrive)
    assert list(plan.histogram.items()) == [("orders", 7), ("paid", 3), ("z", 1)]
    assert (plan.total, len(plan.ids)) == (11, 11)
    assert plan.consequences[0] == "7 to orders, 3 to paid, 1 to z."
    assert made.notes == ("Not included: 1 entry of unknown origin.",)
    assert plan.question == "Redrive 11 entries of dead to where they came from?"
    assert seen[-1] == (12, 11)
    assert scene.written == []


async def test_a_plan_pages_through_all_of_a_long_stream(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 2 * PAGE + 10
    pipeline = scene.redis.pipeline(transaction=False)
    for number in range(count):
        pipeline.execute_command("XADD", "a:dlq", "*", "n", number)
    await pipeline.execute()
    plan = await redrive_of(scene, "a:dlq")
    assert plan.histogram == {"a": count}
    assert list(plan.ids) == sorted(set(plan.ids))
    monkeypatch.setattr(copies, "MOST", PAGE + 5)
    assert (await redrive_of(scene, "a:dlq")).total == PAGE + 5
    stop = asyncio.Event()
    stop.set()
    context = PlanContext(scene, snapshot(stream("a:dlq")), stop=stop)
    assert (await plan_redrive(context, RedriveRequest("a:dlq"))).operation.total == PAGE


class Growing(Scene):
    """Another client adds an entry to the stream whenever it was read."""

    async def entries(self, stream: str, **how: Any) -> EntryPage:
        page = await super().entries(stream, **how)
        await self.ask("XADD", stream, "*", "n", "late")
        return page


async def test_what_comes_while_the_plan_is_made_is_no_part_of_it(scene: Scene) -> None:
    first = EntryId.parse(await scene.ask("XADD", "a:dlq", "*", "n", "1"))
    plan = await redrive_of(Growing(scene.source, scene.redis), "a:dlq")
    assert list(plan.ids) == [first]


async def test_a_plan_can_be_about_some_entries_or_one_destination_only(scene: Scene) -> None:
    raw = [await scene.ask("XADD", "dead", "*", ORIGIN, to) for to in ("a", "b", "a", "c")]
    ids = [EntryId.parse(each) for each in raw]
    plan = await redrive_of(scene, "dead", ids[3], ids[0], EntryId(1, 1))
    assert list(plan.routes) == [Route(ids[0], "a"), Route(ids[3], "c")]
    plan = await redrive_of(scene, "dead", only_to="a", remove=False, rate=5)
    assert list(plan.routes) == [Route(ids[0], "a"), Route(ids[2], "a")]
    assert (plan.remove, plan.rate) == (False, 5)


async def test_in_a_cluster_what_belongs_to_another_slot_is_left_alone(scene: Scene) -> None:
    for to in ("{dead}:orders", "orders"):
        await scene.ask("XADD", "dead", "*", ORIGIN, to)
    context = PlanContext(scene, snapshot(stream("dead"), server=replace(SERVER, cluster=True)))
    plan = await plan_redrive(context, RedriveRequest("dead"))
    assert isinstance(plan.operation, Redrive)
    assert plan.operation.histogram == {"{dead}:orders": 1}
    assert plan.notes == ("Not included: 1 entry from another slot of the cluster.",)


async def test_a_stream_that_is_not_there_has_nothing_to_redrive(scene: Scene) -> None:
    plan = await redrive_of(scene, "dead:dlq")
    assert plan.total == 0
    assert plan.consequences[0] == "No entry tells where it came from."
    assert (await redrive(scene, plan)).clean


def test_many_destinations_are_told_in_short() -> None:
    routes = Routes(Route(EntryId(n, 0), f"s{n:02}") for n in range(1, 31))
    told = Redrive("dead", routes).consequences[0]
    assert told.startswith("1 to s01, 1 to s02")
    assert told.endswith("22 to 22 more streams.")


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.text())))
def test_many_routes_are_kept_as_they_are(rows: list[tuple[int, int, str]]) -> None:
    wanted = [Route(EntryId(ms, seq), to) for ms, seq, to in rows]
    routes = Routes(wanted)
    assert (list(routes), routes.ids) == (wanted, [each.id for each in wanted])
    assert routes[1:3] == tuple(wanted[1:3])
    assert routes.histogram == Counter(to for *_, to in rows)
