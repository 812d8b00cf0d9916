from __future__ import annotations

import pytest

from streamtop.model.ids import EntryId
from streamtop.operations import NoLog, apply
from streamtop.operations.create_group import CreateGroup
from streamtop.operations.destroy_group import DestroyGroup
from tests.operations.scene import GROUP, OWNERS, RAW_GROUP, RAW_STREAM, STREAM, Pairs, Scene

PAIRS: list[Pairs] = [[(b"n", b"1")]] * 4
LAST = EntryId(4, 1)


async def groups(scene: Scene) -> list[bytes]:
    return [row[1] for row in await scene.ask("XINFO", "GROUPS", RAW_STREAM)]


async def test_a_group_goes_with_what_it_has_pending_and_its_entries_stay(scene: Scene) -> None:
    ids = await scene.begin(PAIRS)
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, "another", "0")
    before = (await scene.state()).entries
    receipt = await apply(DestroyGroup(STREAM, GROUP, LAST, pending=4), scene, NoLog())
    assert receipt.clean
    assert await groups(scene) == [b"another"]
    assert [entry_id for entry_id, _ in await scene.ask("XRANGE", RAW_STREAM, "-", "+")] == [
        bytes(each) for each in ids
    ]
    assert len(before) == 4


async def test_a_group_that_has_more_pending_than_was_shown_is_left_alone(scene: Scene) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    receipt = await apply(DestroyGroup(STREAM, GROUP, LAST, pending=3), scene, NoLog())
    [outcome] = receipt.outcomes
    assert outcome.outcome == "skipped"
    assert outcome.reason == "it has 4 pending entries now, more than were shown"
    assert await scene.state() == before


async def test_a_group_that_has_less_pending_than_was_shown_goes(scene: Scene) -> None:
    ids = await scene.begin(PAIRS)
    await scene.touch("acknowledge", ids[0])
    assert (await apply(DestroyGroup(STREAM, GROUP, LAST, pending=4), scene, NoLog())).clean
    assert await groups(scene) == []


@pytest.mark.parametrize("gone", ["stream", "group"])
async def test_a_group_that_is_gone_is_said_to_be_gone(scene: Scene, gone: str) -> None:
    await scene.begin(PAIRS)
    words = ("DEL", RAW_STREAM) if gone == "stream" else ("XGROUP", "DESTROY", RAW_STREAM)
    await scene.ask(*words, *(() if gone == "stream" else (RAW_GROUP,)))
    receipt = await apply(DestroyGroup(STREAM, GROUP, LAST, pending=4), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it is gone already")


async def created(scene: Scene) -> DestroyGroup:
    """The undo of a group that was just created at the second entry."""
    await scene.begin(PAIRS)
    done = await apply(CreateGroup(STREAM, "new", EntryId(2, 2)), scene, NoLog())
    position = done.outcomes[0].id
    assert position is not None
    return DestroyGroup(STREAM, "new", position, undoes="7")


async def test_the_undo_of_a_creation_removes_the_group_that_nobody_used(scene: Scene) -> None:
    undo = await created(scene)
    if await can_create(scene):
        await scene.ask("XGROUP", "CREATECONSUMER", RAW_STREAM, "new", "idle")
    assert (await apply(undo, scene, NoLog())).clean
    assert await groups(scene) == [RAW_GROUP]


async def can_create(scene: Scene) -> bool:
    told = await scene.ask("XGROUP", "HELP")
    return any(b"CREATECONSUMER" in line.upper() for line in told)


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_the_undo_of_a_creation_leaves_a_group_alone_that_was_read_from(
    scene: Scene, acknowledged: bool
) -> None:
    undo = await created(scene)
    read = await scene.ask(
        *("XREADGROUP", "GROUP", "new", OWNERS[0], "COUNT", 1, "STREAMS", RAW_STREAM, ">")
    )
    if acknowledged:
        await scene.ask("XACK", RAW_STREAM, "new", read[0][1][0][0])
    receipt = await apply(undo, scene, NoLog())
    [outcome] = receipt.outcomes
    assert outcome.reason == "it is at 3-0 now: it was read from, or moved"
    assert len(await groups(scene)) == 2


async def test_the_undo_of_a_creation_leaves_a_group_alone_that_holds_claimed_entries(
    scene: Scene,
) -> None:
    undo = await created(scene)
    await scene.ask("XCLAIM", RAW_STREAM, "new", "w", 0, "1-1", "FORCE", "JUSTID")
    receipt = await apply(undo, scene, NoLog())
    assert receipt.outcomes[0].reason == "it has 1 pending entries now, more than were shown"
    assert len(await groups(scene)) == 2


def test_what_is_lost_is_said_in_figures_and_its_name_is_to_be_typed() -> None:
    operation = DestroyGroup("s", "billing", LAST, pending=1200, consumers=3, lag=8)
    told = " ".join(operation.consequences)
    assert operation.typed == "billing"
    assert "1,200 pending entries of 3 consumers are lost" in told
    assert "Its position, 4-1, is lost, and with it the record of 8 entries" in told
    assert "is blocked" not in told


def test_a_list_that_takes_long_to_free_is_said_to() -> None:
    operation = DestroyGroup("s", "billing", LAST, pending=1_000_000, consumers=1)
    told = " ".join(operation.consequences)
    assert "1,000,000 pending entries of 1 consumer are lost" in told
    assert "The server is blocked while it frees 1,000,000 pending entries" in told


def test_an_undo_is_not_typed_and_says_when_it_does_nothing() -> None:
    operation = DestroyGroup("s", "billing", LAST, pending=9, undoes="7")
    assert (operation.name, operation.typed) == ("undo", None)
    assert operation.params == {"position": "4-1", "undoes": "7"}
    assert "If it has been read from since, it stays." in operation.consequences[0]
