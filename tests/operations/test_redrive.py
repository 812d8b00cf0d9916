from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.dead_letter import DeadLetter
from streamtop.operations.dead_letter_origin import MOST_REPLAYS
from streamtop.operations.redrive import Redrive, Route
from streamtop.operations.replay import Replay
from tests.operations.scene import (
    COPIES,
    GROUP,
    RAW_COPIES,
    RAW_STREAM,
    STREAM,
    Pairs,
    Plan,
    Scene,
    on_a_server,
    plans,
    redrive_of,
    scenes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.entries import Fields
    from streamtop.operations import Receipt

ORIGIN = b"streamtop-origin-stream"
COUNT = b"streamtop-origin-count"
PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


async def redrive(scene: Scene, operation: Redrive) -> Receipt:
    return await apply(operation, scene, NoLog(), keep=None)


async def dead_letter(scene: Scene) -> None:
    """All that is pending."""
    operation = DeadLetter(STREAM, GROUP, COPIES, PendingEntries(await scene.seen()), "broken")
    assert (await apply(operation, scene, NoLog())).clean


async def contents(scene: Scene, raw: bytes) -> list[list[bytes]]:
    return [fields for _, fields in await scene.ask("XRANGE", raw, "-", "+")]


@pytest.mark.parametrize("remove", [True, False])
@on_a_server
@given(entries=scenes)
async def test_what_was_dead_lettered_comes_back_as_it_was_but_for_its_count(
    scene: Scene, remove: bool, entries: list[Pairs]
) -> None:
    await scene.begin(entries)
    before = list((await scene.state()).entries.values())
    await dead_letter(scene)
    letters = (await scene.state()).copies
    plan = await redrive_of(scene, COPIES, remove=remove)
    receipt = await redrive(scene, plan)
    assert (receipt.done, receipt.clean) == (len(entries), True)
    after = await scene.ask("XRANGE", RAW_STREAM, "-", "+")
    assert [fields for _, fields in after] == before + [[*fields, COUNT, b"1"] for fields in before]
    assert [each.copy for each in receipt.outcomes] == [
        EntryId.parse(added) for added, _ in after[len(before) :]
    ]
    assert {each.to for each in receipt.outcomes} == {STREAM}
    assert (await scene.state()).copies == ([] if remove else letters)


async def test_what_was_replayed_with_origin_before_keeps_those_fields(scene: Scene) -> None:
    await scene.begin([[(b"n", b"1"), (ORIGIN, b"first"), (COUNT, b"2"), (b"m", b"\xff")]])
    await dead_letter(scene)
    assert (await redrive(scene, await redrive_of(scene, COPIES))).clean
    [_, back] = (await scene.state()).entries.values()
    assert back == [b"n", b"1", ORIGIN, b"first", COUNT, b"3", b"m", b"\xff"]


async def test_what_was_replayed_to_a_dead_letter_stream_comes_back_as_well(scene: Scene) -> None:
    ids = await scene.begin([[(b"n", b"\xff")]])
    await apply(Replay(STREAM, COPIES, tuple(ids), origin=True), scene, NoLog())
    assert (await redrive(scene, await redrive_of(scene, COPIES))).clean
    [_, back] = (await scene.state()).entries.values()
    assert back == [b"n", b"\xff", COUNT, b"2"]


@on_a_server
@given(entries=scenes)
async def test_what_a_framework_dead_lettered_comes_back_byte_for_byte(
    scene: Scene, entries: list[Pairs]
) -> None:
    await scene.begin([])
    for pairs in entries:
        await scene.ask(
            "XADD", RAW_STREAM + b":dlq", "*", *(word for pair in pairs for word in pair)
        )
    assert (await redrive(scene, await redrive_of(scene, STREAM + ":dlq"))).clean
    assert await contents(scene, RAW_STREAM) == [
        [word for pair in pairs for word in pair] for pairs in entries
    ]
    assert await contents(scene, RAW_STREAM + b":dlq") == []


async def test_what_comes_round_for_the_sixth_time_is_left_in_the_dead_letter_stream(
    scene: Scene,
) -> None:
    await scene.begin(PAIRS[:1])
    for count in range(1, MOST_REPLAYS + 1):
        await dead_letter(scene)
        assert (await redrive(scene, await redrive_of(scene, COPIES))).clean
        assert (await contents(scene, RAW_STREAM))[-1] == [b"n", b"0", COUNT, b"%d" % count]
        group = GROUP.encode("utf-8", "surrogateescape")
        await scene.ask("XREADGROUP", "GROUP", group, "w", "STREAMS", RAW_STREAM, ">")
    await dead_letter(scene)
    receipt = await redrive(scene, await redrive_of(scene, COPIES))
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == (
        "skipped",
        f"it was replayed {MOST_REPLAYS} times already",
    )
    assert len((await scene.state()).copies) == 1


async def test_each_goes_to_its_own_stream_in_the_order_of_the_dead_letters(scene: Scene) -> None:
    await scene.begin([])
    for name in ("a", "b", "c"):
        await scene.ask("XADD", name, "*", "old", name)
    for number in range(250):
        await scene.ask("XADD", "dead", "*", "n", number, "x-original-topic", "abc"[number % 3])
    receipt = await redrive(scene, await redrive_of(scene, "dead"))
    assert (receipt.done, len(scene.written)) == (250, 3)
    for at, raw in enumerate((b"a", b"b", b"c")):
        got = [int(fields[1]) for fields in (await contents(scene, raw))[1:]]
        assert got == list(range(at, 250, 3))
    assert await scene.ask("XLEN", "dead") == 0


async def test_a_stream_that_does_not_exist_any_more_is_made_only_if_asked(scene: Scene) -> None:
    await scene.begin([])
    await scene.ask("XADD", "lost:dlq", "*", "n", "1")
    receipt = await redrive(scene, await redrive_of(scene, "lost:dlq"))
    assert [each.reason for each in receipt.outcomes] == [
        "the stream that it came from does not exist (any more)"
    ]
    assert await scene.ask("XLEN", "lost:dlq") == 1
    assert (await redrive(scene, await redrive_of(scene, "lost:dlq", make_streams=True))).clean
    assert await contents(scene, b"lost") == [[b"n", b"1"]]


@pytest.mark.usefixtures("two_at_once")
@on_a_server
@given(entries=scenes, plan=plans)
async def test_while_others_delete_dead_letters_each_is_in_one_place_and_none_is_made_up(
    scene: Scene, entries: list[Pairs], plan: Plan
) -> None:
    ids = await scene.begin(entries)
    routes = tuple(Route(entry_id, COPIES) for entry_id in ids)
    await scene.ask("XADD", RAW_COPIES, "*", "first", "")
    scene.meanwhile(plan)
    receipt = await redrive(scene, Redrive(STREAM, routes))
    done = {each.id for each in receipt.outcomes if each.outcome == "done"}
    for now in scene.rounds:
        gone = [i for i in now.before.entries if i not in now.after.entries]
        assert now.after.copies[len(now.before.copies) :] == [now.before.entries[i] for i in gone]
        done -= set(gone)
    assert not done
    assert [each.id for each in receipt.outcomes] == ids


async def test_a_user_who_may_not_delete_changes_nothing(scene: Scene) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no users")
    await scene.begin(PAIRS)
    await scene.ask("XADD", RAW_COPIES, "*", "first", "")
    before = await scene.state()
    operation = Redrive(STREAM, tuple(Route(i, COPIES) for i in before.entries))
    await scene.ask("ACL", "SETUSER", "default", "+@all", "-xdel")
    try:
        receipt = await redrive(scene, operation)
    finally:
        await scene.ask("ACL", "SETUSER", "default", "+@all")
    assert (receipt.done, receipt.failed) == (0, len(PAIRS))
    assert await scene.state() == before
    assert operation.needs == ("EVAL", "XADD", "XRANGE", "EXISTS", "XDEL")


async def test_large_entries_are_spread_over_several_steps(scene: Scene) -> None:
    blob = b"x" * 100_000
    await scene.begin([])
    await scene.ask("XADD", "big", "*", "first", "")
    fields: Sequence[Fields] = [((b"n", b"%d" % n), (b"blob", blob)) for n in range(8)]
    for each in fields:
        await scene.ask("XADD", "big:dlq", "*", *(word for pair in each for word in pair))
    receipt = await redrive(scene, await redrive_of(scene, "big:dlq"))
    assert (receipt.done, len(scene.written)) == (8, 3)
    assert [each[1] for each in (await contents(scene, b"big"))[1:]] == [
        b"%d" % n for n in range(8)
    ]


def test_a_redrive_keeps_to_its_rate() -> None:
    operation = Redrive("dead", tuple(Route(EntryId(n, 0), "a") for n in range(1, 41)), rate=20)
    seconds = []
    for step in operation.steps(lambda: 0.0):
        assert len(step.read([[b"done", b"1-1"] for _ in step.ids])) == 5
        seconds.append(step.seconds)
    assert seconds == pytest.approx([0.25] * 8)
    assert operation.params == {"remove": True}
