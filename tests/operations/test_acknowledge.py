from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from streamtop.gateway.connect import connect
from streamtop.operations import Acknowledge
from streamtop.source import RefusedError
from tests.operations.scene import (
    GROUP,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Scene,
    Touch,
    choices,
    on_a_server,
    scenes,
    touches,
)

if TYPE_CHECKING:
    from tests.servers import Running

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


@on_a_server
@given(entries=scenes, plan=touches, asked=choices)
async def test_only_what_was_asked_is_acknowledged_and_each_outcome_is_true(
    scene: Scene, entries: list[Pairs], plan: list[Touch], asked: set[int]
) -> None:
    ids = await scene.begin(entries)
    seen = tuple(row for n, row in enumerate(await scene.seen()) if n in asked)
    await scene.play(plan, ids)
    before = await scene.state()
    receipt = await Acknowledge(STREAM, GROUP, seen).run(scene, time.monotonic())
    after = await scene.state()

    wanted = {row.id for row in seen}
    assert after.pending == {
        entry_id: held for entry_id, held in before.pending.items() if entry_id not in wanted
    }
    assert {each.id: each.outcome for each in receipt.outcomes} == {
        entry_id: "done" if entry_id in before.pending else "skipped" for entry_id in wanted
    }
    assert [each.id for each in receipt.outcomes] == [row.id for row in seen]
    assert (after.entries, after.consumers) == (before.entries, before.consumers)
    assert all(each.reason for each in receipt.outcomes if each.outcome != "done")


async def test_what_is_shown_is_what_is_sent(scene: Scene) -> None:
    await scene.begin(PAIRS)
    operation = Acknowledge(STREAM, GROUP, (await scene.seen())[1:3])
    now = time.monotonic()
    receipt = await operation.run(scene, now)
    assert tuple(scene.written) == operation.commands(now)
    assert scene.written == [
        (b"XACK", RAW_STREAM, RAW_GROUP, b"2-2"),
        (b"XACK", RAW_STREAM, RAW_GROUP, b"3-0"),
    ]
    assert receipt.clean
    assert str(receipt) == "2 done"


async def test_an_entry_whose_payload_is_gone_can_be_acknowledged(scene: Scene) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = await scene.seen()
    await scene.touch("delete", entry_id)
    receipt = await Acknowledge(STREAM, GROUP, seen).run(scene, time.monotonic())
    assert receipt.clean
    assert (await scene.state()).pending == {}


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP), "skipped"),
        (("DEL", RAW_STREAM), "skipped"),
        (("SET", RAW_STREAM, "x"), "failed"),
    ],
)
async def test_a_group_that_vanished_meanwhile_is_told_entry_by_entry(
    scene: Scene, command: tuple[str | bytes, ...], outcome: str
) -> None:
    await scene.begin(PAIRS)
    seen = await scene.seen()
    await scene.ask(*command)
    receipt = await Acknowledge(STREAM, GROUP, seen).run(scene, time.monotonic())
    assert {each.outcome for each in receipt.outcomes} == {outcome}
    assert not receipt.clean


async def test_read_only_nothing_is_sent(scene: Scene, every_server: Running) -> None:
    await scene.begin(PAIRS)
    seen, before = await scene.seen(), await scene.state()
    reader = await connect(every_server.url, read_only=True)
    try:
        with pytest.raises(RefusedError):
            await Acknowledge(STREAM, GROUP, seen).run(reader, time.monotonic())
    finally:
        await reader.close()
    assert await scene.state() == before


async def test_a_thousand_entries_are_acknowledged_in_one_go(scene: Scene) -> None:
    await scene.begin(PAIRS[:1])
    for number in range(2, 1001):
        await scene.ask("XADD", RAW_STREAM, f"{number}-0", "n", number)
    await scene.ask("XREADGROUP", "GROUP", RAW_GROUP, "alice", "STREAMS", RAW_STREAM, ">")
    seen = await scene.source.pending(STREAM, GROUP, count=1000)
    receipt = await Acknowledge(STREAM, GROUP, seen).run(scene, time.monotonic())
    assert str(receipt) == "1,000 done"
    assert (await scene.state()).pending == {}
