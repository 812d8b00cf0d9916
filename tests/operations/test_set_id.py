from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import ZERO, EntryId
from streamtop.operations import NoLog, apply
from streamtop.operations.set_id import SetId
from streamtop.planning.entry_count import entries_between
from tests.operations.scene import GROUP, RAW_GROUP, RAW_STREAM, STREAM, Scene, on_a_server

HIGH = 2**63
"""Sequences beyond what a double tells apart."""


async def told(scene: Scene) -> dict[bytes, bytes | int | None]:
    """The group, as XINFO GROUPS tells it."""
    [row] = await scene.ask("XINFO", "GROUPS", RAW_STREAM)
    return dict(zip(row[::2], row[1::2], strict=True))


async def position(scene: Scene) -> EntryId:
    found = (await told(scene))[b"last-delivered-id"]
    assert isinstance(found, bytes)
    return EntryId.parse(found)


async def begin(scene: Scene, count: int = 6) -> list[EntryId]:
    """So many entries, all read and pending."""
    return await scene.begin([[(b"n", b"1")]] * count)


async def read(scene: Scene, count: int) -> list[bytes]:
    """Somebody reads on; the IDs that were delivered."""
    rows = await scene.ask(
        *("XREADGROUP", "GROUP", RAW_GROUP, "w", "COUNT", count, "STREAMS", RAW_STREAM, ">")
    )
    return [row[0] for row in rows[0][1]] if rows else []


async def test_a_group_that_is_put_back_is_given_so_many_entries_again(scene: Scene) -> None:
    ids = await begin(scene)
    count, complete = await entries_between(scene, STREAM, ids[1], ids[5])
    assert (count, complete) == (4, True)
    await scene.ask("XACK", RAW_STREAM, RAW_GROUP, str(ids[2]))
    receipt = await apply(
        SetId(STREAM, GROUP, ids[1], was=ids[5], redelivers=4, pending=5), scene, NoLog()
    )
    assert receipt.clean
    assert receipt.outcomes[0].id == ids[1]
    assert await read(scene, 10) == [bytes(each) for each in ids[2:]]
    pending = (await scene.state()).pending
    # acknowledged ones too, and all of them changed hands and count from 1
    assert [pending[each] for each in ids[2:]] == [(b"w", 1)] * 4
    assert pending[ids[1]][1] == 2


async def test_a_group_that_is_put_forward_is_never_given_what_lies_between(scene: Scene) -> None:
    ids = await begin(scene)
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, bytes(ids[0]))
    assert await entries_between(scene, STREAM, ids[0], ids[3]) == (3, True)
    await apply(SetId(STREAM, GROUP, ids[3], was=ids[0], skips=3), scene, NoLog())
    assert await read(scene, 10) == [bytes(each) for each in ids[4:]]


async def test_the_end_is_told_as_the_entry_that_was_the_last_by_then(scene: Scene) -> None:
    ids = await begin(scene)
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, bytes(ids[0]))
    await scene.ask("XADD", RAW_STREAM, "9-9", "n", "1")
    receipt = await apply(SetId(STREAM, GROUP, "$", was=ids[0], skips=5), scene, NoLog())
    assert receipt.outcomes[0].id == EntryId(9, 9)
    assert await read(scene, 10) == []


@pytest.mark.parametrize("target", ["back", "forward", "end"])
async def test_a_group_that_was_read_from_meanwhile_is_left_alone(
    scene: Scene, target: str
) -> None:
    ids = await begin(scene)
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, bytes(ids[2]))
    await read(scene, 1)
    where: EntryId | Literal["$"] = "$"
    if target != "end":
        where = ids[0] if target == "back" else ids[5]
    receipt = await apply(SetId(STREAM, GROUP, where, was=ids[2]), scene, NoLog())
    [outcome] = receipt.outcomes
    assert outcome.outcome == "skipped"
    assert outcome.reason == f"it is at {ids[3]} now: it was read from, or moved"
    assert await position(scene) == ids[3]


parts = st.sampled_from([0, 1, 2, HIGH, HIGH + 1, 2**64 - 1])
some_ids = st.builds(EntryId, parts, parts)


@on_a_server
@given(was=some_ids, now=some_ids, target=some_ids, moving=st.booleans())
async def test_a_group_moves_only_in_the_direction_that_was_shown(
    scene: Scene, was: EntryId, now: EntryId, target: EntryId, moving: bool
) -> None:
    await scene.ask("DEL", RAW_STREAM)
    await scene.ask("XGROUP", "CREATE", RAW_STREAM, RAW_GROUP, bytes(now), "MKSTREAM")
    receipt = await apply(SetId(STREAM, GROUP, target, was=was, moving=moving), scene, NoLog())
    crossed = now < target if target < was else now > target
    moved = not crossed if moving else now == was
    assert receipt.outcomes[0].outcome == ("done" if moved else "skipped")
    assert await position(scene) == (target if moved else now)


async def test_a_group_at_the_end_that_moves_all_the_time_is_put_there_where_that_was_said(
    scene: Scene,
) -> None:
    ids = await begin(scene)
    await scene.ask("XGROUP", "SETID", RAW_STREAM, RAW_GROUP, bytes(ids[2]))
    operation = SetId(STREAM, GROUP, "$", was=ids[0], moving=True)
    assert (await apply(operation, scene, NoLog())).clean
    assert await position(scene) == ids[5]
    assert "even if it was read from meanwhile" in operation.consequences[-1]


async def test_an_undo_puts_the_position_and_the_number_of_entries_read_back(
    scene: Scene,
) -> None:
    ids = await begin(scene)
    before = await told(scene)
    was_read = before.get(b"entries-read")
    assert was_read is None or isinstance(was_read, int)
    done = await apply(SetId(STREAM, GROUP, ids[1], was=ids[5], was_read=was_read), scene, NoLog())
    set_to = done.outcomes[0].id
    assert set_to is not None
    undo = SetId(STREAM, GROUP, ids[5], was=set_to, was_read=was_read, undoes="7")
    assert (await apply(undo, scene, NoLog())).clean
    assert await told(scene) == before
    assert (undo.name, undo.params["undoes"]) == ("undo", "7")


async def test_an_undo_leaves_a_group_alone_that_was_read_from_since(scene: Scene) -> None:
    ids = await begin(scene)
    await apply(SetId(STREAM, GROUP, ids[1], was=ids[5]), scene, NoLog())
    await read(scene, 2)
    undo = SetId(STREAM, GROUP, ids[5], was=ids[1], was_read=6, undoes="7")
    assert (await apply(undo, scene, NoLog())).skipped == 1
    assert await position(scene) == ids[3]


@pytest.mark.parametrize("gone", ["stream", "group"])
async def test_a_group_that_is_gone_is_said_to_be_gone(scene: Scene, gone: str) -> None:
    ids = await begin(scene)
    if gone == "stream":
        await scene.ask("DEL", RAW_STREAM)
    else:
        await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    receipt = await apply(SetId(STREAM, GROUP, ids[1], was=ids[5]), scene, NoLog())
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", "it is gone already")


async def test_a_count_ends_at_its_bound_and_says_so(scene: Scene) -> None:
    ids = await begin(scene)
    assert await entries_between(scene, STREAM, ZERO, None) == (6, True)
    assert await entries_between(scene, STREAM, ids[0], None, most=3) == (3, False)
    assert await entries_between(scene, STREAM, ids[0], None, most=4) == (4, False)
    assert await entries_between(scene, STREAM, ids[0], None, most=5) == (5, True)
    assert await entries_between(scene, STREAM, ids[0], ids[3], most=3) == (3, True)
    assert await entries_between(scene, STREAM, ids[3], ids[3]) == (0, True)
    assert await entries_between(scene, STREAM, ids[5], None) == (0, True)
    assert await entries_between(scene, "no such stream", ZERO, None) == (0, True)


FIVE, NINE = EntryId(5, 1), EntryId(9, 0)


@pytest.mark.parametrize(
    ("operation", "sentences"),
    [
        (
            SetId("s", "billing", FIVE, was=NINE, redelivers=1200, pending=7),
            (
                "1,200 entries after 5-1 up to 9-0 are delivered to billing again, acknowledged "
                "ones too.",
                "The pending entries list stays, 7 now: those that are delivered again get a new "
                "consumer, and their delivery count restarts at 1.",
                "If it is read from, or moved, before you confirm, nothing happens.",
            ),
        ),
        (
            SetId("s", "billing", NINE, was=FIVE, skips=1),
            (
                "1 entry after 5-1 is never delivered to billing, though nothing removes it from "
                "the stream.",
                "If it is read from, or moved, before you confirm, nothing happens.",
            ),
        ),
    ],
)
def test_what_is_delivered_again_or_never_is_said_in_figures(
    operation: SetId, sentences: tuple[str, ...]
) -> None:
    assert operation.consequences == sentences
    assert operation.typed is None


def test_a_count_that_met_its_bound_is_not_shown_as_the_truth() -> None:
    back = SetId("s", "g", FIVE, was=NINE, redelivers=10_000, counted=False)
    assert back.consequences[0].startswith("More than 10,000 entries after 5-1 up to 9-0 are")
    unknown = SetId("s", "g", "$", was=NINE)
    assert unknown.consequences[0].startswith("All entries after 9-0 are never delivered")
    assert "So are those added before you confirm." in unknown.consequences
