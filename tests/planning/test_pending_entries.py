from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.entries import Entry, PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.selection import Selection
from streamtop.operations.claim import Claim
from streamtop.operations.handover import HandOver
from streamtop.planning import pending_entries as gathering
from streamtop.planning.pending_entries import (
    ClaimRequest,
    HandOverRequest,
    gather,
    plan_claim,
    plan_handover,
)
from streamtop.planning.plan import PlanContext
from streamtop.source import MissingError
from tests.fakes import FakeSource, consumer, group, pending_entries, snapshot, stream
from tests.operations.scene import GROUP, OWNERS, RAW_GROUP, RAW_STREAM, STREAM, Scene

if TYPE_CHECKING:
    from streamtop.model.entries import Fields
    from streamtop.planning.pending_entries import EntryChoice

HELD = pending_entries(12_000)
SEEN = snapshot(stream("orders", group("billing", consumer("w1", 12_000), pending=12_000)))


def source() -> FakeSource:
    """Nothing but pending entries, in a stream that was trimmed."""
    ids = [row.id for row in HELD]
    fake = FakeSource(SEEN, held={("orders", "billing"): HELD})
    fake.gone = {"orders": ids}
    return fake


@pytest.mark.parametrize("choice", [PendingEntries(HELD), Selection(), tuple(r.id for r in HELD)])
@pytest.mark.parametrize("known", [SEEN, None])
async def test_a_claim_counts_every_missing_payload_however_the_entries_were_chosen(
    choice: EntryChoice, known: object
) -> None:
    context = PlanContext(source(), SEEN if known else None)
    plan = await plan_claim(context, ClaimRequest("orders", "billing", choice, "w9"))
    assert isinstance(plan.operation, Claim)
    assert (plan.operation.total, plan.operation.without_payload) == (12_000, 12_000)
    assert plan.operation.new_consumer


async def test_who_is_new_to_the_group_is_decided_by_the_last_look() -> None:
    request = HandOverRequest("orders", "billing", "w1", "w9", remove=True)
    plan = await plan_handover(PlanContext(source(), SEEN), request)
    assert isinstance(plan.operation, HandOver)
    assert (plan.operation.new_consumer, plan.operation.remove) == (True, True)


@pytest.mark.parametrize(("stream_name", "group_name"), [("orders", "none"), ("none", "billing")])
async def test_a_group_or_a_stream_that_is_gone_ends_the_planning(
    stream_name: str, group_name: str
) -> None:
    request = ClaimRequest(stream_name, group_name, PendingEntries(HELD[:1]), "w9")
    with pytest.raises(MissingError, match="there is no"):
        await plan_claim(PlanContext(source(), SEEN), request)


_NAMES = ("w1", "w2", "")
_rows = st.lists(
    st.tuples(
        st.sampled_from(_NAMES), st.integers(0, 40), st.integers(0, 5), st.binary(max_size=3)
    ),
    max_size=40,
)
_selections = st.builds(
    Selection,
    idle_over_ms=st.none() | st.integers(0, 40),
    deliveries_least=st.none() | st.integers(0, 6),
    consumer=st.none() | st.sampled_from((*_NAMES, "nobody")),
    contains=st.none() | st.binary(max_size=2),
    up_to=st.none() | st.builds(EntryId, st.integers(0, 45), st.integers(0, 1)),
)


def meant(row: PendingEntry, fields: Fields | None, selection: Selection) -> bool:
    """Whether an entry is meant, said as plainly as can be."""
    released = row.consumer == ""
    text = selection.contains
    return not (
        (selection.consumer is not None and row.consumer != selection.consumer)
        or (selection.deliveries_least is not None and row.deliveries < selection.deliveries_least)
        or (selection.up_to is not None and row.id > selection.up_to)
        or (
            selection.idle_over_ms is not None
            and not released
            and row.idle_ms <= selection.idle_over_ms
        )
        or (text is not None and not any(text in word for pair in fields or () for word in pair))
    )


@given(rows=_rows, selection=_selections, page=st.integers(1, 7), gone=st.sets(st.integers(0, 39)))
async def test_what_is_gathered_is_what_a_look_at_each_entry_would_find(
    rows: list[tuple[str, int, int, bytes]], selection: Selection, page: int, gone: set[int]
) -> None:
    held, stored = [], {}
    for number, (name, idle_ms, deliveries, value) in enumerate(rows):
        entry_id = EntryId(number, number % 2)
        held.append(PendingEntry(entry_id, name, idle_ms if name else -1, deliveries, 0.0))
        if number not in gone:
            stored[entry_id] = Entry(entry_id, ((b"f", value), (b"f", b"g")))
    source = FakeSource(held={("s", "g"): held}, stored={"s": list(stored.values())})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "PAGE", page)
        found = await gather(PlanContext(source), "s", "g", selection)
    expected = [
        row
        for row in held
        if meant(row, stored[row.id].fields if row.id in stored else None, selection)
    ]
    assert [(row.id, row.consumer, row.idle_ms, row.deliveries) for row in found] == [
        (row.id, row.consumer, row.idle_ms, row.deliveries) for row in expected
    ]


async def test_payloads_that_do_not_fit_into_one_answer_are_all_searched() -> None:
    rows = pending_entries(5)
    stored = [Entry(row.id, ((b"", b"x" * 3_000_000 + b"y"),)) for row in rows]
    source = FakeSource(held={("s", "g"): rows}, stored={"s": stored})
    found = await gather(PlanContext(source), "s", "g", Selection(contains=b"xy"))
    assert found.ids == [row.id for row in rows]
    assert source.asked.count("entries_by_id") == 5


async def test_progress_is_told_after_each_page_and_a_stop_keeps_what_was_found() -> None:
    source = FakeSource(held={("s", "g"): pending_entries(1_200)})
    stop, told = asyncio.Event(), list[tuple[int, int]]()

    def progress(looked_at: int, found: int) -> None:
        told.append((looked_at, found))
        if len(told) == 2:
            stop.set()

    found = await gather(PlanContext(source, None, progress, stop), "s", "g", Selection())
    assert told == [(500, 500), (1_000, 1_000)]
    assert len(found) == 1_000


async def test_no_more_are_gathered_than_an_operation_can_be_about() -> None:
    source = FakeSource(held={("s", "g"): pending_entries(1_200)})
    assert len(await gather(PlanContext(source), "s", "g", Selection(), most=700)) == 700


async def test_a_page_that_ends_beyond_the_last_entry_that_is_meant_is_the_last() -> None:
    rows = pending_entries(5_000)
    source = FakeSource(held={("s", "g"): rows})
    found = await gather(PlanContext(source), "s", "g", Selection(up_to=rows[600].id))
    assert len(found) == 601
    assert source.asked.count("pending") == 2


async def test_a_group_that_is_not_there_is_told(scene: Scene) -> None:
    await scene.begin([])
    with pytest.raises(MissingError):
        await gather(PlanContext(scene), STREAM, "nobody", Selection())


class Busy(Scene):
    """Between two pages, others acknowledge, claim and read."""

    turn = 0

    async def pending(
        self,
        stream: str,
        group: str,
        *,
        after: EntryId | None = None,
        count: int = 100,
        consumer: str | None = None,
    ) -> tuple[PendingEntry, ...]:
        rows = await super().pending(stream, group, after=after, count=count, consumer=consumer)
        self.turn += 1
        last = rows[-1].id.ms if rows else 0
        await self.ask("XACK", RAW_STREAM, RAW_GROUP, f"{last}-0", f"{last + 1}-0")
        await self.touch("claim", EntryId(last + 3, 0))
        await self.ask("XADD", RAW_STREAM, f"{1_000 + self.turn}-0", "n", 1)
        await self.ask(*("XREADGROUP", "GROUP", RAW_GROUP, OWNERS[0], "STREAMS", RAW_STREAM, ">"))
        return rows


@pytest.mark.parametrize("consumer", [None, "alice"])
async def test_paging_while_others_change_the_list_finds_what_stays_and_nothing_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, consumer: str | None
) -> None:
    monkeypatch.setattr(gathering, "PAGE", 5)
    await scene.begin([])
    for number in range(1, 41):
        await scene.ask("XADD", RAW_STREAM, f"{number}-0", "n", number)
    await scene.ask("XREADGROUP", "GROUP", RAW_GROUP, OWNERS[0], "STREAMS", RAW_STREAM, ">")
    busy = Busy(scene.source, scene.redis)
    selection = Selection(consumer=consumer, up_to=EntryId(40, 0))
    found = await gather(PlanContext(busy), STREAM, GROUP, selection)
    assert busy.turn >= 4
    assert found.ids == sorted(set(found.ids))
    left = await scene.source.pending(STREAM, GROUP, count=1000)
    stays = {row.id for row in left if row.id.ms <= 40 and row.consumer == "alice"}
    assert stays <= set(found.ids)
    assert all(row.seen_at <= time.monotonic() for row in found)
    if consumer:
        assert set(found.by_consumer) == {"alice"}
