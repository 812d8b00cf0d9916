from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from streamtop.model.ids import ZERO, EntryId
from streamtop.model.trim_advice import TrimAdvice
from streamtop.operations import NoLog, Progress, apply
from streamtop.operations.trim import AT_ONCE, Trim
from streamtop.planning.entry_count import entries_between
from tests.operations.scene import RAW_GROUP, RAW_STREAM, STREAM, Scene
from tests.operations.trimming import Meanwhile, attempt, filled, ids


async def test_a_large_trim_goes_in_steps_and_counts_every_entry(scene: Scene) -> None:
    await filled(scene, 5_050)
    progress: list[Progress] = []
    minid = EntryId(5_011, 0)
    assert await entries_between(scene, STREAM, ZERO, EntryId(5_010, 9)) == (5_010, True)
    receipt = await apply(Trim(STREAM, minid, 5_010), scene, NoLog(), progress=progress.append)
    assert (receipt.done, receipt.skipped, receipt.left) == (5_010, 0, 0)
    assert await ids(scene) == {EntryId(n, 1) for n in range(5_011, 5_051)}
    reached = [each.reached for each in progress]
    assert reached == sorted(reached)
    assert reached[-1] == progress[-1].total == 5_010
    steps = [b - a for a, b in pairwise([0, *reached])]
    assert max(steps) <= AT_ONCE
    assert len(scene.written) > 3


async def test_a_stopped_trim_tells_what_it_has_not_reached(scene: Scene) -> None:
    await filled(scene, 5_050)
    stop = asyncio.Event()

    def after(progress: Progress) -> None:
        if progress.reached:
            stop.set()

    receipt = await apply(
        Trim(STREAM, EntryId(5_011, 0), 5_010), scene, NoLog(), progress=after, stop=stop
    )
    assert 0 < receipt.done <= AT_ONCE
    assert receipt.left == 5_010 - receipt.done
    assert len(await ids(scene)) == 5_050 - receipt.done


async def test_entries_of_a_few_large_nodes_are_removed_too(scene: Scene) -> None:
    await scene.ask("CONFIG", "SET", "stream-node-max-entries", 0)
    await scene.ask("CONFIG", "SET", "stream-node-max-bytes", 0)
    try:
        await filled(scene, 2_500)
        receipt = await apply(Trim(STREAM, EntryId(2_401, 0), 2_400), scene, NoLog())
        assert receipt.done == 2_400
        assert len(await ids(scene)) == 100
    finally:
        await scene.ask("CONFIG", "SET", "stream-node-max-entries", 100)
        await scene.ask("CONFIG", "SET", "stream-node-max-bytes", 4096)


async def test_large_entries_are_removed_in_small_steps_where_they_must_be_read(
    scene: Scene,
) -> None:
    await filled(scene, 0, read_by=())
    for number in range(1, 31):
        await scene.ask("XADD", RAW_STREAM, b"%d-1" % number, "n", b"x" * 60_000)
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, RAW_GROUP, "$")
    counts: list[int] = []
    receipt = await apply(
        *(Trim(STREAM, EntryId(31, 0), 30), scene, NoLog()),
        progress=lambda each: counts.append(each.reached),
    )
    assert receipt.done == 30
    assert await ids(scene) == set()
    if b"range" in scene.written[-1]:
        steps = [b - a for a, b in pairwise([0, *counts])]
        assert max(steps) <= 6


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("unread", "late has not read past 2-1"),
        ("pending", "late still has 3-1 pending"),
        ("nobody", "it has no groups any more, so it is unknown what is still needed"),
        ("gone", "it is gone already"),
    ],
)
@pytest.mark.parametrize("minid", [EntryId(6, 0), EntryId(3, 2)])
async def test_a_trim_does_nothing_where_a_group_needs_an_entry_and_says_which(
    scene: Scene, what: str, reason: str, minid: EntryId
) -> None:
    await filled(scene, 9)
    if what == "gone":
        await scene.ask("DEL", RAW_STREAM)
    elif what == "nobody":
        await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    else:
        await scene.ask("XGROUP", "CREATE", RAW_STREAM, "late", "2-1")
    if what == "pending":
        await scene.ask("XREADGROUP", "GROUP", "late", "w", "STREAMS", RAW_STREAM, ">")
    before = await ids(scene)
    receipt = await apply(Trim(STREAM, minid, 5), scene, NoLog())
    assert [(each.outcome, each.reason) for each in receipt.outcomes] == [("skipped", reason)]
    assert (receipt.done, receipt.skipped, receipt.left) == (0, 5, 0)
    assert await ids(scene) == before


async def test_a_group_that_appears_between_two_steps_ends_the_trim(scene: Scene) -> None:
    await filled(scene, 5_000)

    async def before(step: int) -> None:
        if len(await ids(other)) < 5_000 and step < 100:
            await attempt(other, "XGROUP", "CREATE", RAW_STREAM, b"late", "0")

    other = Meanwhile(scene.source, scene.redis, before)
    receipt = await apply(Trim(STREAM, EntryId(4_901, 0), 4_900), other, NoLog())
    assert 0 < receipt.done <= AT_ONCE
    assert receipt.done + receipt.skipped == 4_900
    assert receipt.outcomes[0].reason == "late has not read past 0-0"
    assert len(await ids(scene)) == 5_000 - receipt.done


async def test_entries_right_at_a_groups_position_are_told_apart_to_the_last_digit(
    scene: Scene,
) -> None:
    high = 2**63
    await scene.ask("DEL", RAW_STREAM)
    for seq in range(4):
        await scene.ask("XADD", RAW_STREAM, b"%d-%d" % (high, high + seq), "n", "1")
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, RAW_GROUP, b"%d-%d" % (high, high + 1))
    refused = await apply(Trim(STREAM, EntryId(high, high + 3), 3), scene, NoLog())
    assert (refused.done, refused.skipped) == (0, 3)
    done = await apply(Trim(STREAM, EntryId(high, high + 2), 2), scene, NoLog())
    assert (done.done, done.skipped) == (2, 0)
    assert await ids(scene) == {EntryId(high, high + 2), EntryId(high, high + 3)}


async def test_a_gap_after_a_groups_position_holds_nothing_back(scene: Scene) -> None:
    await filled(scene, 9, read_by=())
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, RAW_GROUP, "2-1")
    for number in (3, 4):
        await scene.ask("XDEL", RAW_STREAM, b"%d-1" % number)
    receipt = await apply(Trim(STREAM, EntryId(5, 1), 2), scene, NoLog())
    assert receipt.clean
    assert min(await ids(scene)) == EntryId(5, 1)


async def test_what_others_removed_first_is_not_counted_as_ours(scene: Scene) -> None:
    await filled(scene, 9)
    await scene.ask("XDEL", RAW_STREAM, "1-1")
    receipt = await apply(Trim(STREAM, EntryId(6, 0), 5), scene, NoLog())
    assert (receipt.done, receipt.skipped, receipt.left) == (4, 1, 0)
    assert receipt.outcomes[0].reason == "it is gone already: others removed it"


async def test_a_forced_trim_removes_what_a_group_needs(scene: Scene) -> None:
    await filled(scene, 9)
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, "late", "0")
    await scene.ask("XREADGROUP", "GROUP", "late", "w", "COUNT", 2, "STREAMS", RAW_STREAM, ">")
    receipt = await apply(Trim(STREAM, EntryId(6, 0), 5, force=True), scene, NoLog())
    assert receipt.clean
    assert min(await ids(scene)) == EntryId(6, 1)
    assert len(await scene.ask("XPENDING", RAW_STREAM, "late", "-", "+", 10)) == 2


async def test_nothing_is_sent_where_nothing_can_lie_below(scene: Scene) -> None:
    await filled(scene, 9)
    receipt = await apply(Trim(STREAM, ZERO, 0), scene, NoLog())
    assert receipt.clean
    assert scene.written == []


def test_what_is_only_written_down_ends_and_removes_all() -> None:
    ways = [step.command[7:] for step in Trim("s", EntryId(5, 1)).steps(lambda: 0.0)]
    assert [way[0] for way in ways] == [b"~", b"~", b"="]


def test_what_goes_is_said_in_figures_and_who_loses_what() -> None:
    safe = Trim("s", EntryId(5, 1), 1200)
    assert safe.question == "Trim s: remove 1,200 entries below 5-1?"
    assert (safe.typed, safe.total, safe.params) == (None, 1200, {"minid": "5-1", "force": False})
    assert safe.consequences[0].startswith("No group needs them")
    advice = TrimAdvice(EntryId(2, 0), "late", ("late has not read past 1-1",), None)
    forced = Trim("s", EntryId(5, 1), force=True, needed=advice.reasons)
    assert forced.typed == "s"
    assert forced.question == "Trim s: remove all entries below 5-1?"
    assert "They are removed although groups may need them" in forced.consequences[0]
    assert "At the moment, late has not read past 1-1." in forced.consequences
