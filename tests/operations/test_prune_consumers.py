from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from streamtop.model.text import from_name, to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.prune_consumers import EmptyConsumer, PruneConsumers
from streamtop.operations.restore_consumers import RestoreConsumers
from streamtop.source import RefusedError
from tests.fakes import FakeSource
from tests.operations.scene import GROUP, OWNERS, RAW_GROUP, RAW_STREAM, STREAM, Pairs, Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.source import Reply

PAIRS: list[Pairs] = [[(b"n", b"1")]] * 4
GONE = (b"gone\xff", b"gone too")


async def arrange(scene: Scene, names: Sequence[bytes] = GONE) -> PruneConsumers:
    """Consumers that got an entry each and acknowledged it, and the operation on all of them."""
    await scene.begin(PAIRS)
    for name in names:
        entry_id = await scene.ask("XADD", RAW_STREAM, "*", "n", "1")
        await scene.ask(
            *("XREADGROUP", "GROUP", RAW_GROUP, name, "COUNT", 1, "STREAMS", RAW_STREAM, ">")
        )
        await scene.ask("XACK", RAW_STREAM, RAW_GROUP, entry_id)
    return await operation_on(scene, names)


async def operation_on(scene: Scene, names: Sequence[bytes]) -> PruneConsumers:
    """The removal of these consumers as they are now."""
    await asyncio.sleep(0.05)
    group = (await scene.look()).streams[0].group(GROUP)
    assert group is not None
    now, wanted = time.monotonic(), set(map(to_name, names))
    seen = [each for each in group.consumers if each.name in wanted]
    return PruneConsumers(
        STREAM, GROUP, tuple(EmptyConsumer(each.name, each.idle_ms, now) for each in seen)
    )


async def test_consumers_that_hold_nothing_are_removed_and_nothing_else(scene: Scene) -> None:
    operation = await arrange(scene)
    before = await scene.state()
    receipt = await apply(operation, scene, NoLog())
    after = await scene.state()
    assert (receipt.done, receipt.clean) == (2, True)
    assert after.consumers == before.consumers - set(GONE)
    assert (after.pending, after.entries) == (before.pending, before.entries)
    assert [each.reason for each in receipt.outcomes] == [
        "gone too was removed",
        "gone\\xff was removed",
    ]


async def test_one_that_holds_entries_or_was_active_since_stays_and_says_why(
    scene: Scene,
) -> None:
    operation = await arrange(scene, (*GONE, b"third"))
    await asyncio.sleep(0.1)
    await scene.ask("XADD", RAW_STREAM, "*", "n", "1")
    await scene.ask(
        *("XREADGROUP", "GROUP", RAW_GROUP, GONE[0], "COUNT", 1, "STREAMS", RAW_STREAM, ">")
    )
    entry_id = await scene.ask("XADD", RAW_STREAM, "*", "n", "1")
    await scene.ask(
        *("XREADGROUP", "GROUP", RAW_GROUP, GONE[1], "COUNT", 1, "STREAMS", RAW_STREAM, ">")
    )
    await scene.ask("XACK", RAW_STREAM, RAW_GROUP, entry_id)
    before = await scene.state()
    receipt = await apply(operation, scene, NoLog())
    assert {each.reason for each in receipt.outcomes} == {
        "gone\\xff stays: it has 1 pending now",
        "gone too stays: it has been active again",
        "third was removed",
    }
    after = await scene.state()
    assert after.consumers == before.consumers - {b"third"}
    assert after.pending == before.pending


@pytest.mark.parametrize("gone", ["stream", "group", "consumers"])
async def test_consumers_that_are_gone_already_are_said_to_be_gone(scene: Scene, gone: str) -> None:
    operation = await arrange(scene)
    if gone == "stream":
        await scene.ask("DEL", RAW_STREAM)
    elif gone == "group":
        await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    else:
        for name in GONE:
            await scene.ask("XGROUP", "DELCONSUMER", RAW_STREAM, RAW_GROUP, name)
    receipt = await apply(operation, scene, NoLog())
    assert {(each.outcome, each.reason) for each in receipt.outcomes} == {
        ("skipped", "gone too is gone already"),
        ("skipped", "gone\\xff is gone already"),
    }


async def test_many_are_removed_in_batches_and_created_again(scene: Scene) -> None:
    names = tuple(b"w%d" % number for number in range(250))
    operation = await arrange(scene, names)
    before = await scene.state()
    assert (await apply(operation, scene, NoLog())).done == 250
    assert len(scene.written) == 3
    assert (await scene.state()).consumers == set(OWNERS)

    undo = RestoreConsumers(STREAM, GROUP, tuple(each.name for each in operation.consumers), "7-a")
    receipt = await apply(undo, scene, NoLog())
    if (await scene.abilities()).why_not(*undo.needs) is not None:
        assert (receipt.done, receipt.left) == (0, 249)
        assert "CREATECONSUMER" in str(receipt.error)
        return
    assert receipt.done == 250
    assert await scene.state() == before
    again = await apply(undo, scene, NoLog())
    assert (again.skipped, again.outcomes[0].reason) == (250, "w0 exists already")


def test_what_a_server_answers_otherwise_is_a_failure_of_each() -> None:
    operation = PruneConsumers("s", "g", (EmptyConsumer("w1", 5, 0.0), EmptyConsumer("w2", 5, 0.0)))
    [step] = operation.steps(lambda: 0.0)
    assert [each.outcome for each in step.read([[b"done"]])] == ["failed", "failed"]
    no_right: Reply = [b"failed", b"NOPERM this user has no permissions to run XGROUP"]
    assert all("NOPERM" in str(each.reason) for each in step.read([no_right, no_right]))


async def test_a_batch_that_is_refused_as_a_whole_counts_for_each() -> None:
    operation = PruneConsumers("s", "g", (EmptyConsumer("w1", 5, 0.0), EmptyConsumer("w2", 5, 0.0)))
    receipt = await apply(operation, FakeSource(answer=lambda _: RefusedError("no")), NoLog())
    assert (receipt.failed, receipt.left) == (2, 0)


def test_what_follows_is_said_and_the_idle_time_grows_until_it_is_sent() -> None:
    operation = PruneConsumers("s", "g", (EmptyConsumer("w\udcff", 5_000, 3.0),))
    assert operation.question == "Remove 1 consumer that holds nothing from the group g of s?"
    assert "No pending entry is lost" in operation.consequences[0]
    assert "counts from the last attempt to read" in operation.consequences[1]
    assert operation.typed is None
    [step] = operation.steps(lambda: 4.0)
    assert step.command[-2:] == (from_name("w\udcff"), b"5990")
    old = PruneConsumers("s", "g", operation.consumers, idle_means_attempt=False)
    assert "waits on a quiet stream is idle, too" in old.consequences[1]
