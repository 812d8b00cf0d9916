from __future__ import annotations

import pytest

from streamtop.model.text import to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.remove_consumer import RemoveConsumer
from tests.operations.scene import (
    GROUP,
    OWNERS,
    RAW_GROUP,
    RAW_STREAM,
    STRANGER,
    STREAM,
    Pairs,
    Scene,
)

PAIRS: list[Pairs] = [[(b"n", b"1")]] * 4
BOB = to_name(OWNERS[1])
"""Holds the first entry and the third."""


async def test_a_consumer_that_holds_nothing_is_removed_and_nothing_else(scene: Scene) -> None:
    ids = await scene.begin(PAIRS)
    for entry_id in (ids[0], ids[2]):
        await scene.touch("claim", entry_id)
    before = await scene.state()
    assert (await apply(RemoveConsumer(STREAM, GROUP, BOB), scene, NoLog())).clean
    after = await scene.state()
    assert after.consumers == before.consumers - {OWNERS[1]}
    assert after.pending == before.pending


@pytest.mark.parametrize("shown", [0, 1])
async def test_a_consumer_that_holds_more_than_was_shown_is_left_alone(
    scene: Scene, shown: int
) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    receipt = await apply(RemoveConsumer(STREAM, GROUP, BOB, holds=shown), scene, NoLog())
    [outcome] = receipt.outcomes
    assert outcome.outcome == "skipped"
    assert outcome.reason == "it has 2 pending entries now, more than were shown"
    assert await scene.state() == before


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_consumer_goes_with_what_was_shown_or_less(
    scene: Scene, acknowledged: bool
) -> None:
    ids = await scene.begin(PAIRS)
    if acknowledged:
        await scene.touch("acknowledge", ids[0])
    before = await scene.state()
    assert (await apply(RemoveConsumer(STREAM, GROUP, BOB, holds=2), scene, NoLog())).clean
    after = await scene.state()
    assert after.consumers == {OWNERS[0]}
    assert after.pending == {ids[1]: before.pending[ids[1]], ids[3]: before.pending[ids[3]]}
    assert after.entries == before.entries


@pytest.mark.parametrize("gone", ["stream", "group", "consumer"])
async def test_a_consumer_that_is_gone_is_said_to_be_gone(scene: Scene, gone: str) -> None:
    await scene.begin(PAIRS)
    if gone == "stream":
        await scene.ask("DEL", RAW_STREAM)
    elif gone == "group":
        await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    name = STRANGER.decode() if gone == "consumer" else BOB
    receipt = await apply(RemoveConsumer(STREAM, GROUP, name, holds=2), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it is gone already")


def test_one_that_holds_entries_is_typed_and_told_to_be_handed_over() -> None:
    operation = RemoveConsumer("s", "billing", "w1", holds=1200)
    assert operation.typed == "w1"
    assert operation.consequences[0] == (
        "It holds 1,200 pending entries: they are lost with it, never acknowledged and never "
        "delivered to billing again. To lose none, hand them over first."
    )
    assert "is blocked" not in " ".join(operation.consequences)
    many = RemoveConsumer("s", "billing", "w1", holds=1_000_000)
    assert "is blocked while it frees 1,000,000" in " ".join(many.consequences)


def test_one_that_holds_nothing_is_not_typed() -> None:
    operation = RemoveConsumer("s", "billing", "w1")
    assert operation.typed is None
    assert operation.consequences[0].startswith("It holds nothing, so nothing is lost")
    undo = RemoveConsumer("s", "billing", "w1", holds=3, undoes="7")
    assert (undo.name, undo.typed) == ("undo", None)
    assert undo.params == {"consumer": "w1", "holds": 0, "undoes": "7"}
