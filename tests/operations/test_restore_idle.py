"""Idle times are put back where that does not hold the server up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.claim import Claim
from streamtop.operations.restore_pending import RestorePending
from tests.operations.scene import GROUP, IDLE_MS, STREAM, Pairs, Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS: Sequence[Pairs] = [[(b"n", b"%d" % number)] for number in range(4)]


@pytest.mark.parametrize("keeps_idle", [True, False])
async def test_holder_and_count_are_put_back_and_the_idle_time_if_it_is_said(
    scene: Scene, keeps_idle: bool
) -> None:
    await scene.begin(PAIRS)
    seen = PendingEntries(await scene.seen())
    before = await scene.state()
    await apply(Claim(STREAM, GROUP, "rescuer", seen), scene, NoLog())
    undo = RestorePending(STREAM, GROUP, seen, "1", holder="rescuer", keeps_idle=keeps_idle)
    began = time.monotonic()
    assert (await apply(undo, scene, NoLog())).clean
    assert (await scene.state()).pending == before.pending
    idle = [row.idle_ms for row in await scene.seen()]
    if keeps_idle:
        assert min(idle) >= IDLE_MS
        assert "with its idle time and delivery count" in undo.consequences[0]
    else:
        assert max(idle) <= (time.monotonic() - began) * 1000 + 10
        assert "Its idle time restarts" in undo.consequences[0]
