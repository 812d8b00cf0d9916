from __future__ import annotations

from streamtop.operations import NoLog, apply
from streamtop.operations.delete_stream import DeleteStream
from tests.operations.scene import GROUP, RAW_STREAM, STREAM, Pairs, Scene

PAIRS: list[Pairs] = [[(b"n", b"1")]] * 4


async def test_a_stream_goes_with_its_entries_and_groups_and_no_other_key(scene: Scene) -> None:
    await scene.begin(PAIRS)
    await scene.ask("XADD", "another", "1-1", "n", "1")
    assert (await apply(DeleteStream(STREAM, 4, (GROUP,)), scene, NoLog())).clean
    assert await scene.ask("KEYS", "*") == [b"another"]


async def test_a_stream_that_grew_is_left_alone_unless_that_was_said(scene: Scene) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    [outcome] = (await apply(DeleteStream(STREAM, 3, (GROUP,)), scene, NoLog())).outcomes
    assert outcome.outcome == "skipped"
    assert outcome.reason == "it has 4 entries now, more than were shown"
    assert await scene.state() == before

    growing = DeleteStream(STREAM, 3, (GROUP,), growing=True)
    assert (await apply(growing, scene, NoLog())).clean
    assert await scene.ask("KEYS", "*") == []


async def test_a_stream_that_shrank_goes(scene: Scene) -> None:
    [first, *_] = await scene.begin(PAIRS)
    await scene.touch("delete", first)
    assert (await apply(DeleteStream(STREAM, 4, (GROUP,)), scene, NoLog())).clean
    assert await scene.ask("KEYS", "*") == []


async def test_a_stream_with_a_group_that_was_not_shown_is_left_alone(scene: Scene) -> None:
    await scene.begin(PAIRS)
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, b"n\xffw", "0")
    operation = DeleteStream(STREAM, 4, (GROUP, "destroyed meanwhile"), growing=True)
    [outcome] = (await apply(operation, scene, NoLog())).outcomes
    assert outcome.reason == "the group n\\xffw was created meanwhile"
    assert await scene.ask("XLEN", RAW_STREAM) == 4


async def test_a_stream_that_is_gone_is_said_to_be_gone(scene: Scene) -> None:
    [outcome] = (await apply(DeleteStream(STREAM, 4), scene, NoLog())).outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it is gone already")


async def test_a_key_that_is_no_stream_by_now_is_not_touched(scene: Scene) -> None:
    await scene.ask("SET", RAW_STREAM, "text")
    receipt = await apply(DeleteStream(STREAM, 4), scene, NoLog())
    assert "WRONGTYPE" in str(receipt.error)
    assert await scene.ask("GET", RAW_STREAM) == b"text"


def test_what_is_lost_is_named_and_its_name_is_to_be_typed() -> None:
    operation = DeleteStream("or\nders", 1200, ("billing", "audit"), pending=7, undelivered=40)
    assert operation.typed == "or\nders"
    assert operation.question == "Delete the stream or\\nders?"
    assert operation.consequences == (
        "1,200 entries are lost for good.",
        "2 groups are lost with their positions and 7 pending entries: billing, audit.",
        "40 entries are lost before every group has read them.",
        "A client that adds to it afterwards creates it again, without groups.",
        "If entries are added before you confirm, nothing is deleted.",
    )
    one = DeleteStream("s", 1, ("billing",), growing=True)
    assert one.consequences == (
        "1 entry is lost for good.",
        "1 group is lost with its position: billing.",
        "A client that adds to it afterwards creates it again, without groups.",
        "Entries added before you confirm are lost too.",
    )
