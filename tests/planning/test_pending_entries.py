from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.selection import Selection
from streamtop.operations.claim import Claim
from streamtop.operations.handover import HandOver
from streamtop.planning.pending_entries import (
    ClaimRequest,
    HandOverRequest,
    plan_claim,
    plan_handover,
)
from streamtop.planning.plan import PlanContext
from streamtop.source import MissingError
from tests.fakes import FakeSource, consumer, group, pending_entries, snapshot, stream

if TYPE_CHECKING:
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
