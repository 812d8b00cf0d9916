from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.gateway.connect import connect
from streamtop.journal.past_entries import read_entries
from streamtop.journal.past_operations import find_operation, read_operations
from streamtop.journal.writer import Journal
from streamtop.model.entries import PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import to_name
from streamtop.operations import Outcome, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.add import AddEntry
from streamtop.operations.claim import Claim
from streamtop.operations.dead_letter import DeadLetter
from streamtop.operations.handover import HandOver
from streamtop.operations.operation import PriorState, Step
from streamtop.operations.redrive import Redrive, Route
from streamtop.operations.release import Release
from streamtop.operations.replay import Replay
from streamtop.operations.restore_pending import RestorePending
from streamtop.planning.undo import undo_of
from streamtop.source import BrokenError
from tests.fakes import SERVER, pending_entries
from tests.journal.undone import IDS, PAIRS, RESCUER, done_and_undone, undo_from
from tests.operations.scene import (
    COPIES,
    GROUP,
    OWNERS,
    RAW_GROUP,
    RAW_STREAM,
    STREAM,
    Pairs,
    Scene,
    Touch,
    choices,
    on_a_server,
    scenes,
    touches,
)
from tests.servers import process_may_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from redis.asyncio import Redis

    from streamtop.operations import Operation
    from streamtop.source import Command, Reply, SourceError
    from tests.servers import Running

MAKE: dict[str, Callable[[PendingEntries], Operation]] = {
    "acknowledge": lambda held: Acknowledge(STREAM, GROUP, held),
    "claim": lambda held: Claim(STREAM, GROUP, RESCUER, held, new_consumer=True),
    "claim, counted": lambda held: Claim(STREAM, GROUP, RESCUER, held, count_delivery=True),
    "replay and acknowledge": lambda held: Replay(STREAM, COPIES, held, GROUP),
    "replay with origin": lambda held: Replay(STREAM, COPIES, held, GROUP, origin=True),
    "replay": lambda held: Replay(STREAM, COPIES, held),
    "dead-letter": lambda held: DeadLetter(STREAM, GROUP, COPIES, held, "it is broken"),
}
KILLED = """
import asyncio, sys
from pathlib import Path
from streamtop.gateway.connect import connect
from streamtop.journal.writer import Journal
from streamtop.model.selection import Selection
from streamtop.operations import apply
from streamtop.operations.claim import Claim
from streamtop.planning.pending_entries import gather
from streamtop.planning.plan import PlanContext

async def main(url, path):
    source = await connect(url)
    held = await gather(PlanContext(source), "jobs", "crew", Selection())
    await apply(Claim("jobs", "crew", "new", held), source, Journal(Path(path), source.info))

asyncio.run(main(*sys.argv[1:]))
"""


@on_a_server
@given(entries=scenes, chosen=choices, kind=st.sampled_from(sorted(MAKE)))
async def test_an_undo_restores_what_was_done(
    scene: Scene, path: Path, entries: list[Pairs], chosen: set[int], kind: str
) -> None:
    await scene.begin(entries)
    held = PendingEntries(row for at, row in enumerate(await scene.seen()) if at in chosen)
    before = await scene.state()
    if not held:
        return
    receipt = await done_and_undone(scene, path, MAKE[kind](held))
    after = await scene.state()
    assert receipt.clean
    assert (after.pending, after.entries) == (before.pending, before.entries)
    assert after.copies == before.copies
    for entry_id, idle in before.idle.items():
        assert idle <= after.idle[entry_id] + 10 < idle + 60_000


@on_a_server
@given(entries=scenes, kind=st.sampled_from(sorted(MAKE)), plan=touches)
async def test_an_undo_leaves_alone_what_has_moved_since(
    scene: Scene, path: Path, entries: list[Pairs], kind: str, plan: list[Touch]
) -> None:
    ids = await scene.begin(entries)
    before = await scene.state()
    journal = Journal(path, SERVER)
    did = await apply(MAKE[kind](PendingEntries(await scene.seen())), scene, journal)
    between = await scene.state()
    hit = set()
    for touch, number in plan:
        hit.add(ids[number % len(ids)])
        await scene.touch(touch, ids[number % len(ids)])
    touched = await scene.state()
    await apply(undo_from(path, did.operation_id), scene, journal)
    after = await scene.state()
    for entry_id in ids:
        now, then = after.pending.get(entry_id), touched.pending.get(entry_id)
        if entry_id not in touched.entries or then != between.pending.get(entry_id):
            assert now == then
        elif entry_id not in hit:
            assert now == before.pending[entry_id]
    assert after.entries == touched.entries


async def test_a_handover_is_undone_also_when_the_giver_was_removed(
    scene: Scene, path: Path
) -> None:
    await scene.begin(PAIRS)
    giver = to_name(OWNERS[1])
    held = PendingEntries(row for row in await scene.seen() if row.consumer == giver)
    before = await scene.state()
    receipt = await done_and_undone(
        scene, path, HandOver(STREAM, GROUP, giver, to_name(OWNERS[0]), held, remove=True)
    )
    assert (receipt.clean, receipt.done) == (True, len(held))
    assert await scene.state() == before


@pytest.mark.parametrize("mode", ["silent", "fail", "fatal"])
async def test_a_release_is_undone(
    scene: Scene, path: Path, mode: Literal["silent", "fail", "fatal"]
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    await scene.begin(PAIRS)
    before = await scene.state()
    held = PendingEntries(await scene.seen())
    assert (await done_and_undone(scene, path, Release(STREAM, GROUP, held, mode))).clean
    assert await scene.state() == before


async def test_entries_that_were_released_before_a_claim_are_released_again(
    scene: Scene, path: Path
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "XNACK"))[0]:
        pytest.skip("this server has no XNACK")
    ids = await scene.begin(PAIRS)
    await scene.ask("XNACK", RAW_STREAM, RAW_GROUP, "FAIL", "IDS", 1, str(ids[1]))
    before = await scene.state()
    claim = Claim(STREAM, GROUP, RESCUER, PendingEntries(await scene.seen()), new_consumer=True)
    receipt = await done_and_undone(scene, path, claim)
    after = await scene.state()
    assert receipt.clean
    assert after.pending == before.pending
    assert after.pending[ids[1]][0] == b""


async def test_an_entry_that_was_added_is_taken_out_again_while_nobody_has_read_it(
    scene: Scene, path: Path
) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    add = AddEntry(STREAM, ((b"n", b"\xff"),), nomkstream=False)
    assert (await done_and_undone(scene, path, add)).clean
    assert await scene.state() == before
    did = await apply(add, scene, Journal(path, SERVER))
    await scene.ask(
        *("XREADGROUP", "GROUP", RAW_GROUP, OWNERS[0], "COUNT", 1, "STREAMS", RAW_STREAM, ">")
    )
    receipt = await apply(undo_from(path, did.operation_id), scene, Journal(path, SERVER))
    assert (receipt.done, receipt.skipped) == (0, 1)


async def test_a_redrive_that_left_the_entries_where_they_were_is_undone(
    scene: Scene, path: Path
) -> None:
    ids = await scene.begin(PAIRS)
    before = await scene.state()
    routes = tuple(Route(each, COPIES if at % 2 else "elsewhere") for at, each in enumerate(ids))
    receipt = await done_and_undone(
        scene, path, Redrive(STREAM, routes, remove=False, make_streams=True)
    )
    assert (receipt.clean, receipt.done) == (True, len(ids))
    assert await scene.state() == before
    assert await scene.ask("XLEN", "elsewhere") == 0


async def test_what_a_broken_connection_left_open_is_undone_where_it_was_done(
    scene: Scene, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await scene.begin(PAIRS)
    before = await scene.state()

    async def write(commands: Sequence[Command]) -> list[Reply | SourceError]:
        await scene.source.write(commands)
        raise BrokenError("it broke")

    held = PendingEntries(await scene.seen())
    with monkeypatch.context() as broken:
        broken.setattr(scene, "write", write)
        did = await apply(Acknowledge(STREAM, GROUP, held), scene, Journal(path, SERVER))
    assert (did.failed, (await scene.state()).pending) == (len(ids), {})
    receipt = await apply(undo_from(path, did.operation_id), scene, Journal(path, SERVER))
    after = await scene.state()
    assert (receipt.done, after) == (len(ids), before)
    for entry_id, idle in before.idle.items():
        assert idle <= after.idle[entry_id] + 10 < idle + 60_000


def test_idle_times_are_counted_from_the_moment_of_the_act(path: Path) -> None:
    clocks = [1_795_250_000.0, 100.0]
    journal = Journal(path, SERVER, wall=lambda: clocks[0], clock=lambda: clocks[1])
    rows = [PendingEntry(each, "w1", 5_000, 2, 40.0) for each in IDS]
    operation_id = journal.begin(Claim("s", "g", "w2", PendingEntries(rows)))
    journal.sending(operation_id, Step((b"",), lambda _: (), IDS[:2], rows[:2]))
    journal.sent(
        operation_id,
        [Outcome(IDS[0], "done", was=PriorState(7_000, 3)), Outcome(IDS[1], "failed", "no")],
    )
    journal.sending(operation_id, Step((b"",), lambda _: (), IDS[2:], rows[2:]))
    undo = undo_of(
        find_operation(path, operation_id),
        read_entries(path, operation_id),
        now=1_795_250_000.0 + 3600,
        clock=20.0,  # another boot: what the clock showed then is of no use
    )
    assert isinstance(undo, RestorePending)
    known, unknown = undo.entries
    assert (known.id, known.idle_ms, known.deliveries) == (IDS[0], 7_000, 3)
    assert (unknown.id, unknown.idle_ms, unknown.deliveries) == (IDS[2], 65_000, 2)
    assert {round(known.seen_at), round(unknown.seen_at)} == {20 - 3600}
    assert (undo.holder, undo.undoes) == ("w2", operation_id)


def killed_after(url: str, path: Path, lines: int) -> None:
    """Claim all that is pending in another process; kill it at that line of the journal."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        while process.poll() is None and (
            not path.exists() or path.read_bytes().count(b"\n") < lines
        ):
            process_may_end(process, 0.001)
        process.kill()


async def test_what_a_killed_streamtop_had_sent_is_known_and_can_be_undone(
    a_server: Running, redis: Redis, path: Path
) -> None:
    redis.response_callbacks.clear()

    async def ask(*words: str | int) -> Any:
        return await redis.execute_command(*words)  # type: ignore[no-untyped-call]

    await ask("XGROUP", "CREATE", "jobs", "crew", "0", "MKSTREAM")
    for number in range(3_000):
        await ask("XADD", "jobs", f"{number + 1}-0", "n", "1")
    await ask("XREADGROUP", "GROUP", "crew", "old", "COUNT", 3_000, "STREAMS", "jobs", ">")
    await asyncio.to_thread(killed_after, a_server.url, path, 15)
    rows = await ask("XPENDING", "jobs", "crew", "-", "+", 9_999, "new")
    claimed = {EntryId.parse(row[0]) for row in rows}
    [done] = read_operations(path).operations
    told = list(read_entries(path, done.id))
    assert not done.ended
    assert 0 < done.done < 3_000
    assert {row.id for row in told if row.outcome == "done"} <= claimed
    assert claimed <= {row.id for row in told}
    source = await connect(a_server.url)
    try:
        await apply(undo_from(path, done.id), source, Journal(path, source.info))
    finally:
        await source.close()
    old = await ask("XPENDING", "jobs", "crew", "-", "+", 9_999, "old")
    assert len(old) == 3_000


def test_a_handover_of_an_older_journal_is_undone_too(path: Path) -> None:
    held = PendingEntries(pending_entries(2))
    operation = HandOver("s", "g", "w1", "w9", held, remove=False)
    journal = Journal(path, SERVER)
    operation_id = journal.begin(operation)
    [step] = operation.steps(lambda: 0.0)
    journal.sending(operation_id, step)
    journal.sent(operation_id, [Outcome(each, "done") for each in held.ids])
    text = path.read_text()
    assert '"to_consumer"' in text
    path.write_text(text.replace('"to_consumer"', '"taker"').replace('"from_consumer"', '"giver"'))
    undo = undo_from(path, operation_id)
    assert isinstance(undo, RestorePending)
    assert undo.holder == "w9"
