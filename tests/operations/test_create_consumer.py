from __future__ import annotations

from streamtop.model.text import to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.create_consumer import CreateConsumer
from streamtop.operations.remove_consumer import RemoveConsumer
from tests.operations.scene import GROUP, OWNERS, STREAM, Pairs, Scene

PAIRS: list[Pairs] = [[(b"n", b"1")]] * 4
NEW = b"new\xff one"
CREATE = CreateConsumer(STREAM, GROUP, to_name(NEW))


async def absent(scene: Scene) -> bool:
    """Whether this server cannot create one, by what it says it can."""
    return (await scene.source.abilities()).why_not(*CREATE.needs) is not None


async def test_a_consumer_that_holds_nothing_is_added_where_the_server_can(scene: Scene) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    receipt = await apply(CREATE, scene, NoLog())
    after = await scene.state()
    if await absent(scene):
        assert receipt.failed == 1
        assert "CREATECONSUMER" in str(receipt.error)
        assert after == before
    else:
        assert receipt.clean
        assert after.consumers == before.consumers | {NEW}
        assert (after.pending, after.entries) == (before.pending, before.entries)


async def test_a_consumer_that_exists_is_left_as_it_is(scene: Scene) -> None:
    await scene.begin(PAIRS)
    if await absent(scene):
        return
    before = await scene.state()
    there = CreateConsumer(STREAM, GROUP, to_name(OWNERS[0]))
    [outcome] = (await apply(there, scene, NoLog())).outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it exists already")
    assert await scene.state() == before


async def test_the_undo_removes_it_unless_it_holds_entries_by_now(scene: Scene) -> None:
    [first, *_] = await scene.begin(PAIRS)
    if await absent(scene):
        return
    undo = RemoveConsumer(STREAM, GROUP, CREATE.consumer, undoes="7")
    before = await scene.state()
    await apply(CREATE, scene, NoLog())
    assert (await apply(undo, scene, NoLog())).clean
    assert await scene.state() == before

    await apply(CREATE, scene, NoLog())
    await scene.ask("XCLAIM", *map(bytes, (b"ord\xe9rs", b"bill\x00ing", NEW)), 0, str(first))
    [outcome] = (await apply(undo, scene, NoLog())).outcomes
    assert outcome.reason == "it has 1 pending entries now, more than were shown"
    assert NEW in (await scene.state()).consumers


def test_what_follows_is_said() -> None:
    assert (
        CREATE.question
        == "Create the consumer new\\xff one in the group bill\\x00ing of ord\\xe9rs?"
    )
    assert "It receives none until somebody reads or claims in its name" in CREATE.consequences[0]
    assert CREATE.params == {"consumer": "new\udcff one"}
    assert CREATE.typed is None
