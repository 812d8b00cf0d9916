from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.copy_steps import BYTES
from streamtop.operations.replay import Replay
from streamtop.source import RefusedError, SourceError
from tests.operations.scene import (
    COPIES,
    GROUP,
    RAW_COPIES,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Scene,
)

if TYPE_CHECKING:
    from streamtop.operations import Receipt

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]


async def held(scene: Scene) -> PendingEntries:
    return PendingEntries(await scene.seen())


async def run(scene: Scene, operation: Replay) -> Receipt:
    return await apply(operation, scene, NoLog(), keep=None)


async def test_what_cannot_be_copied_is_not_acknowledged(scene: Scene) -> None:
    await scene.begin(PAIRS)
    await scene.ask("SET", RAW_COPIES, "no stream")
    seen = await held(scene)
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    assert {each.outcome for each in receipt.outcomes} == {"failed"}
    assert len(receipt.outcomes) == len(PAIRS)
    assert await scene.seen()
    assert len(await scene.seen()) == len(seen)


async def test_what_cannot_be_acknowledged_is_not_copied(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = await held(scene)
    await scene.ask("XGROUP", "DESTROY", RAW_STREAM, RAW_GROUP)
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    assert {each.outcome for each in receipt.outcomes} == {"failed"}
    assert len(receipt.outcomes) == len(PAIRS)
    assert await scene.ask("EXISTS", RAW_COPIES) == 0


@pytest.mark.parametrize("refused", ["-xack", "-xadd"])
async def test_a_user_who_may_not_acknowledge_or_add_changes_nothing_and_is_told_once(
    scene: Scene, refused: str
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no users")
    await scene.begin(PAIRS)
    seen = await held(scene)
    before = await scene.state()
    await scene.ask("ACL", "SETUSER", "default", "+@all", refused)
    try:
        receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    finally:
        await scene.ask("ACL", "SETUSER", "default", "+@all")
    assert (receipt.failed, receipt.done) == (len(PAIRS), 0)
    assert isinstance(receipt.error, RefusedError)
    assert await scene.state() == before


@pytest.mark.usefixtures("two_at_once")
async def test_rights_that_are_lost_in_the_middle_leave_no_copy_without_acknowledgement(
    scene: Scene,
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no users")
    await scene.begin(PAIRS)
    seen = await held(scene)
    steps = Replay(STREAM, COPIES, seen, GROUP).steps(time.monotonic)
    first, second = next(steps), None
    [reply] = await scene.write([first.command])
    assert not isinstance(reply, SourceError)
    first.read(reply)
    await scene.ask("ACL", "SETUSER", "default", "-xack")
    try:
        second = next(steps)
        [reply] = await scene.write([second.command])
    finally:
        await scene.ask("ACL", "SETUSER", "default", "+@all")
    assert not isinstance(reply, SourceError)
    assert [each.outcome for each in second.read(reply)] == ["failed", "failed"]
    state = await scene.state()
    assert (len(state.copies), len(state.pending)) == (2, len(PAIRS) - 2)


@pytest.mark.usefixtures("two_at_once")
async def test_a_server_without_memory_ends_the_replay_and_nothing_is_lost(scene: Scene) -> None:
    await scene.begin(PAIRS)
    seen = await held(scene)
    before = await scene.state()
    await scene.ask("CONFIG", "SET", "maxmemory", 1)
    try:
        receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    finally:
        await scene.ask("CONFIG", "SET", "maxmemory", 0)
    assert (receipt.done, receipt.failed, receipt.left) == (0, 2, len(PAIRS) - 2)
    assert await scene.state() == before


@pytest.mark.parametrize("acknowledge", [None, GROUP])
async def test_an_entry_with_too_many_fields_fails_and_stays_as_it_is(
    scene: Scene, acknowledge: str | None
) -> None:
    many: Pairs = [(b"f%d" % n, b"") for n in range(5_000)]
    few: Pairs = [(b"f%d" % n, b"") for n in range(3_900)]
    await scene.begin([many, few, many[:4_500]])
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), acknowledge))
    assert [each.outcome for each in receipt.outcomes] == ["failed", "done", "failed"]
    state = await scene.state()
    assert [len(fields) for fields in state.copies] == [7_800]
    assert {EntryId(1, 1), EntryId(3, 0)} <= set(state.pending)


async def test_a_large_payload_is_copied_whole(scene: Scene) -> None:
    blob = bytes(range(256)) * 4_000
    await scene.begin([[(b"blob", blob), (b"blob", b""), (b"", blob)]])
    await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP))
    assert (await scene.state()).copies == [[b"blob", blob, b"blob", b"", b"", blob]]


@pytest.mark.parametrize("acknowledge", [None, GROUP])
async def test_large_entries_are_spread_over_several_steps(
    scene: Scene, acknowledge: str | None
) -> None:
    blob = b"x" * 100_000
    await scene.begin([[(b"n", b"%d" % n), (b"blob", blob)] for n in range(8)])
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), acknowledge))
    assert receipt.done == 8
    assert [fields[1] for fields in (await scene.state()).copies] == [b"%d" % n for n in range(8)]
    assert len(scene.written) == 3
    assert 2 * len(blob) < BYTES < 3 * len(blob)


async def test_a_released_entry_can_be_replayed_and_acknowledged(scene: Scene) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    [entry_id] = await scene.begin(PAIRS[:1])
    await scene.ask("XNACK", RAW_STREAM, RAW_GROUP, "FAIL", "IDS", 1, str(entry_id))
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP))
    assert receipt.clean
    state = await scene.state()
    assert (state.copies, state.pending) == ([[b"n", b"0"]], {})
