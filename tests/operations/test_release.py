from __future__ import annotations

import pytest

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.release import Mode, Release
from tests.operations.scene import (
    GROUP,
    LARGEST_COUNT,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Scene,
)

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(4)]
MODES: tuple[Mode, ...] = ("silent", "fail", "fatal")


@pytest.fixture
async def able(scene: Scene) -> Scene:
    """Each server that has XNACK."""
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    return scene


def count_after(mode: Mode, count: int) -> int:
    return {"silent": max(0, count - 1), "fail": count, "fatal": LARGEST_COUNT}[mode]


@pytest.mark.parametrize("mode", MODES)
async def test_a_released_entry_is_had_by_whoever_claims_and_never_by_reading_new_ones(
    able: Scene, mode: Mode
) -> None:
    [entry_id] = await able.begin(PAIRS[:1])
    operation = Release(STREAM, GROUP, PendingEntries(await able.seen()), mode)
    told = " ".join(operation.consequences)
    assert "XREADGROUP with CLAIM, XAUTOCLAIM or XCLAIM" in told
    assert "from > alone never does" in told
    assert (await apply(operation, able, NoLog())).clean

    read = ("XREADGROUP", "GROUP", RAW_GROUP, "eve")
    assert await able.ask(*read, "STREAMS", RAW_STREAM, ">") is None
    [[_, own]] = await able.ask(*read, "STREAMS", RAW_STREAM, "0")
    assert own == []
    [[_, [got]]] = await able.ask(*read, "CLAIM", 10**9, "STREAMS", RAW_STREAM, ">")
    assert got[0] == bytes(entry_id)
    assert (await able.state()).pending[entry_id][0] == b"eve"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("command", ["XCLAIM", "XAUTOCLAIM"])
async def test_a_released_entry_is_claimed_whatever_idle_time_is_asked_for(
    able: Scene, mode: Mode, command: str
) -> None:
    [entry_id] = await able.begin(PAIRS[:1])
    await apply(Release(STREAM, GROUP, PendingEntries(await able.seen()), mode), able, NoLog())
    await able.ask(command, RAW_STREAM, RAW_GROUP, "eve", 10**9, str(entry_id), "JUSTID")
    assert (await able.state()).pending == {entry_id: (b"eve", count_after(mode, 1))}


async def test_what_nobody_holds_is_not_released_again_so_its_count_does_not_fall_twice(
    able: Scene,
) -> None:
    await able.begin(PAIRS)
    await apply(Release(STREAM, GROUP, PendingEntries(await able.seen()), "silent"), able, NoLog())
    seen, before = PendingEntries(await able.seen()), await able.state()
    receipt = await apply(Release(STREAM, GROUP, seen, "silent"), able, NoLog())
    reason = "no consumer holds it: it was released before"
    assert {each.reason for each in receipt.outcomes} == {reason}
    assert await able.state() == before


async def test_what_nobody_holds_can_still_be_declared_fatal(able: Scene) -> None:
    await able.begin(PAIRS)
    await apply(Release(STREAM, GROUP, PendingEntries(await able.seen()), "fail"), able, NoLog())
    receipt = await apply(
        Release(STREAM, GROUP, PendingEntries(await able.seen()), "fatal"), able, NoLog()
    )
    assert receipt.clean
    assert set((await able.state()).pending.values()) == {(b"", LARGEST_COUNT)}


async def test_a_server_that_cannot_release_says_so_and_changes_nothing(scene: Scene) -> None:
    await scene.begin(PAIRS)
    if (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has XNACK")
    operation = Release(STREAM, GROUP, PendingEntries(await scene.seen()))
    abilities = await scene.abilities()
    assert abilities.why_not(*operation.needs) == "this server has no XNACK (Redis 8.8 and later)"
    before = await scene.state()
    receipt = await apply(operation, scene, NoLog())
    assert (receipt.done, receipt.failed) == (0, 4)
    assert receipt.error is not None
    assert await scene.state() == before
