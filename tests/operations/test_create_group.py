from __future__ import annotations

import pytest

from streamtop.model.ids import EntryId
from streamtop.model.text import to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.create_group import CreateGroup
from tests.operations.scene import GROUP, RAW_GROUP, RAW_STREAM, STREAM, Scene

NEW = b"aud\xe9it\n"
NEW_NAME = to_name(NEW)


async def positions(scene: Scene) -> dict[bytes, bytes]:
    """Where each group of the stream stands."""
    found = {}
    for row in await scene.ask("XINFO", "GROUPS", RAW_STREAM):
        told = dict(zip(row[::2], row[1::2], strict=True))
        found[told[b"name"]] = told[b"last-delivered-id"]
    return found


async def test_a_group_begins_where_it_was_asked_for_and_tells_where_that_is(
    scene: Scene,
) -> None:
    await scene.begin([[(b"n", b"1")]] * 3)
    receipt = await apply(CreateGroup(STREAM, NEW_NAME, EntryId(2, 2)), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.id, outcome.outcome) == (EntryId(2, 2), "done")
    assert receipt.clean
    assert (await positions(scene))[NEW] == b"2-2"
    [[_, rows]] = await scene.ask("XREADGROUP", "GROUP", NEW, "w", "STREAMS", RAW_STREAM, ">")
    assert [row[0] for row in rows] == [b"3-0"]


async def test_a_group_at_the_end_tells_which_entry_was_the_last(scene: Scene) -> None:
    await scene.begin([[(b"n", b"1")]] * 3)
    receipt = await apply(CreateGroup(STREAM, NEW_NAME, "$"), scene, NoLog())
    assert receipt.outcomes[0].id == EntryId(3, 0)
    assert receipt.outcomes[0].reason == "it is at 3-0 now"
    assert (await positions(scene))[NEW] == b"3-0"


async def test_a_group_that_exists_is_left_as_it_is(scene: Scene) -> None:
    await scene.begin([[(b"n", b"1")]] * 3)
    before = await scene.state(), await positions(scene)
    receipt = await apply(CreateGroup(STREAM, GROUP, EntryId(0, 0)), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it exists already")
    assert receipt.error is None
    assert (await scene.state(), await positions(scene)) == before


async def test_a_stream_that_is_not_there_is_made_only_where_that_was_asked(
    scene: Scene,
) -> None:
    receipt = await apply(CreateGroup(STREAM, NEW_NAME, "$"), scene, NoLog())
    [outcome] = receipt.outcomes
    assert outcome.outcome == "failed"
    assert "requires the key to exist" in str(outcome.reason)
    assert str(receipt.error) == outcome.reason
    assert not await scene.ask("EXISTS", RAW_STREAM)

    made = await apply(CreateGroup(STREAM, NEW_NAME, "$", make_stream=True), scene, NoLog())
    assert made.outcomes[0].id == EntryId(0, 0)
    assert await positions(scene) == {NEW: b"0-0"}


async def test_a_key_that_is_no_stream_is_not_touched(scene: Scene) -> None:
    await scene.ask("SET", RAW_STREAM, "text")
    operation = CreateGroup(STREAM, NEW_NAME, "$", make_stream=True)
    receipt = await apply(operation, scene, NoLog())
    assert receipt.failed == 1
    assert "WRONGTYPE" in str(receipt.error)
    assert await scene.ask("GET", RAW_STREAM) == b"text"


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        (CreateGroup("s", "g", "$"), "it reads only entries added later."),
        (
            CreateGroup("s", "g", EntryId(5, 1), behind=1200),
            "It begins after 5-1: it first reads 1,200 entries.",
        ),
        (
            CreateGroup("s", "g", EntryId(5, 1), behind=10_000, behind_counted=False),
            "It begins after 5-1: it first reads more than 10,000 entries.",
        ),
        (CreateGroup("s", "g", EntryId(5, 1)), "it reads all entries after it"),
        (CreateGroup("s\n", "g", "$", make_stream=True), "If s\\n does not exist"),
    ],
)
def test_what_it_will_be_given_at_first_is_said(operation: CreateGroup, sentence: str) -> None:
    assert sentence in " ".join(operation.consequences)
    assert operation.typed is None
    assert operation.params["position"] == str(operation.position)


async def test_its_name_is_sent_byte_for_byte_and_to_its_stream_alone(scene: Scene) -> None:
    await scene.begin([[(b"n", b"1")]])
    await apply(CreateGroup(STREAM, NEW_NAME, "$"), scene, NoLog())
    [command] = scene.written
    assert command[2:] == (b"1", RAW_STREAM, NEW, b"$", b"")
    assert await positions(scene) == {NEW: b"1-1", RAW_GROUP: b"1-1"}
