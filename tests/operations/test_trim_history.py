from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.model.trim_advice import advise_trim
from streamtop.operations import NoLog, apply
from streamtop.operations.trim import Trim
from tests.operations.scene import RAW_STREAM, STREAM, Scene, on_a_server
from tests.operations.trimming import Meanwhile, attempt, ids, needed, seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


events = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "read", "read", "acknowledge", "delete", "back", "create"]),
        st.integers(0, 7),
    ),
    max_size=25,
)


@pytest.fixture(autouse=True)
async def small_nodes(scene: Scene) -> AsyncIterator[None]:
    """Nodes of two entries, so that a few entries fill several."""
    await scene.ask("CONFIG", "SET", "stream-node-max-entries", 2)
    yield
    await scene.ask("CONFIG", "SET", "stream-node-max-entries", 100)


async def happen(scene: Scene, event: tuple[str, int], top: list[int]) -> None:
    """Producers and consumers do something to the stream."""
    what, number = event
    name = b"group %d" % (number % 3)
    there = sorted(await ids(scene))
    chosen = bytes(there[number % len(there)]) if there else b"0-1"
    match what:
        case "add":
            top[0] += 1 + number
            await scene.ask("XADD", RAW_STREAM, b"%d-%d" % (top[0], number), "n", "1" * 50)
        case "create" if number < 6:
            await attempt(scene, "XGROUP", "CREATE", RAW_STREAM, name, ("0", "$")[number % 2])
        case "create":
            await attempt(scene, "XGROUP", "DESTROY", RAW_STREAM, name)
        case "read":
            await attempt(
                *(scene, "XREADGROUP", "GROUP", name, "w", "COUNT", 1 + number),
                *("STREAMS", RAW_STREAM, ">"),
            )
        case "acknowledge":
            rows = await attempt(scene, "XPENDING", RAW_STREAM, name, "-", "+", 1 + number // 2)
            for row in rows or ():
                await scene.ask("XACK", RAW_STREAM, name, row[0])
        case "delete":
            await scene.ask("XDEL", RAW_STREAM, chosen)
        case "back":
            await attempt(scene, "XGROUP", "SETID", RAW_STREAM, name, chosen)


async def begin(scene: Scene, history: Sequence[tuple[str, int]]) -> list[int]:
    """A stream with a history."""
    await scene.ask("FLUSHALL")
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, "group 0", "0", "MKSTREAM")
    top = [0]
    for event in [("add", 1), *history]:
        await happen(scene, event, top)
    return top


@on_a_server
@given(history=events)
async def test_what_is_advised_removes_all_that_no_group_needs_and_nothing_else(
    scene: Scene, history: list[tuple[str, int]]
) -> None:
    await begin(scene, history)
    wanted, before = await needed(scene), await ids(scene)
    stream = await seen(scene)
    advice = advise_trim(stream)
    if advice.minid is None:
        assert not stream.groups
        return
    below = {each for each in before if each < advice.minid}
    assert advice.entries in (None, len(below))
    receipt = await apply(Trim(STREAM, advice.minid, len(below)), scene, NoLog())
    after = await ids(scene)
    assert wanted <= after
    assert after == before - below
    assert receipt.clean
    assert receipt.done == len(below)
    ghosts = any(
        each.oldest_pending is not None and each.oldest_pending.id not in before
        for each in stream.groups
    )
    if not ghosts:  # the highest ID: the first entry that stays is one that is needed
        assert not after or min(after) in wanted


@on_a_server
@given(history=events, meanwhile=events, part=st.integers(0, 3))
async def test_nothing_goes_that_a_group_needs_by_then_whatever_others_do_meanwhile(
    scene: Scene, history: list[tuple[str, int]], meanwhile: list[tuple[str, int]], part: int
) -> None:
    top = await begin(scene, history)
    advice = advise_trim(await seen(scene))
    minid = advice.minid if advice.minid is not None and part else EntryId(max(0, top[0] - part), 0)
    wanted: list[set[EntryId]] = []
    acted = iter(meanwhile)

    async def before(step: int) -> None:
        if wanted:
            assert wanted[-1] <= await ids(other)
        for event in [each for each, _ in zip(acted, range(3), strict=False)]:
            await happen(other, event, top)
        wanted.append(await needed(other))

    other = Meanwhile(scene.source, scene.redis, before)
    receipt = await apply(Trim(STREAM, minid, 3), other, NoLog())
    assert not wanted or wanted[-1] <= await ids(scene)
    assert receipt.error is None
    assert receipt.failed == 0
