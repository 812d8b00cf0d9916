from __future__ import annotations

import itertools
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import to_name
from streamtop.operations import NoLog, apply
from streamtop.operations.copy_steps import BYTES, slot_of
from streamtop.operations.dead_letter_origin import MOST_REPLAYS
from streamtop.operations.operation import PriorState
from streamtop.operations.replay import Replay
from streamtop.source import RefusedError, SourceError
from tests.conftest import named
from tests.operations.scene import (
    COPIES,
    GROUP,
    IDLE_MS,
    RAW_COPIES,
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
from tests.servers import running

if TYPE_CHECKING:
    from random import Random

    from streamtop.operations import Receipt

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(5)]
ORIGIN = (b"streamtop-origin-stream", b"streamtop-origin-id", b"streamtop-origin-count")


async def held(scene: Scene) -> PendingEntries:
    return PendingEntries(await scene.seen())


async def run(scene: Scene, operation: Replay) -> Receipt:
    return await apply(operation, scene, NoLog(), keep=None)


@on_a_server
@given(entries=scenes, plan=touches, asked=choices, shuffled=st.randoms(use_true_random=False))
async def test_an_entry_is_copied_exactly_if_it_is_acknowledged_and_only_as_it_was_seen(
    scene: Scene,
    entries: list[Pairs],
    plan: list[Touch],
    asked: set[int],
    shuffled: Random,
) -> None:
    ids = await scene.begin(entries)
    seen = [row for n, row in enumerate(await scene.seen()) if n in asked]
    shuffled.shuffle(seen)
    moved = await scene.play(plan, ids)
    before = await scene.state()
    receipt = await run(scene, Replay(STREAM, COPIES, PendingEntries(seen), GROUP))
    after = await scene.state()

    expected = {row.id for row in seen if row.id in before.entries and row.id not in moved}
    done = [each.id for each in receipt.outcomes if each.outcome == "done"]
    assert done == sorted(expected)
    assert after.copies == [before.entries[entry_id] for entry_id in sorted(expected)]
    assert after.pending == {
        entry_id: held for entry_id, held in before.pending.items() if entry_id not in expected
    }
    assert after.entries == before.entries
    assert after.consumers == before.consumers
    assert [each.id for each in receipt.outcomes] == sorted(row.id for row in seen)
    assert all(each.reason for each in receipt.outcomes)


@on_a_server
@given(entries=scenes, plan=touches, asked=choices)
async def test_without_acknowledgement_every_entry_that_exists_is_copied_byte_for_byte(
    scene: Scene, entries: list[Pairs], plan: list[Touch], asked: set[int]
) -> None:
    ids = await scene.begin(entries)
    wanted = tuple(entry_id for n, entry_id in enumerate(ids) if n in asked)
    await scene.play(plan, ids)
    before = await scene.state()
    receipt = await run(scene, Replay(STREAM, COPIES, wanted[::-1]))
    after = await scene.state()
    assert after.copies == [before.entries[i] for i in wanted if i in before.entries]
    assert [(each.id, each.outcome) for each in receipt.outcomes] == [
        (entry_id, "done" if entry_id in before.entries else "skipped") for entry_id in wanted
    ]
    assert (after.pending, after.entries) == (before.pending, before.entries)


async def test_pending_entries_can_be_copied_and_stay_pending(scene: Scene) -> None:
    await scene.begin(PAIRS)
    before = await scene.state()
    operation = Replay(STREAM, COPIES, await held(scene))
    assert (await run(scene, operation)).clean
    after = await scene.state()
    assert after.copies == list(before.entries.values())
    assert after.pending == before.pending
    assert operation.needs == ("EVAL", "XADD", "XRANGE")


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ("acknowledge", "it is no longer pending: it was acknowledged meanwhile"),
        ("claim", "it moved to carol meanwhile"),
        ("read_again", "it was delivered again meanwhile"),
        ("delete", "it is no longer in the stream"),
    ],
)
async def test_why_an_entry_was_not_replayed_is_told(scene: Scene, touch: str, reason: str) -> None:
    [entry_id] = await scene.begin(PAIRS[:1])
    seen = await held(scene)
    await scene.touch(touch, entry_id)
    receipt = await run(scene, Replay(STREAM, COPIES, seen, GROUP))
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == ("skipped", reason)
    assert (await scene.state()).copies == []


async def test_the_receipt_tells_the_id_of_each_copy_and_how_the_original_was_pending(
    scene: Scene,
) -> None:
    await scene.begin(PAIRS[:2])
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP))
    added = [entry_id for entry_id, _ in await scene.ask("XRANGE", RAW_COPIES, "-", "+")]
    assert [each.reason for each in receipt.outcomes] == [f"copied as {i.decode()}" for i in added]
    assert [each.copy for each in receipt.outcomes] == [EntryId.parse(i) for i in added]
    known = [each.was for each in receipt.outcomes if each.was is not None]
    assert [each.deliveries for each in known] == [1, 2]
    assert all(isinstance(each, PriorState) and each.idle_ms >= IDLE_MS for each in known)


async def test_a_copy_to_the_same_stream_comes_at_its_end(scene: Scene) -> None:
    await scene.begin(PAIRS[:2])
    operation = Replay(STREAM, STREAM, await held(scene), GROUP)
    await run(scene, operation)
    state = await scene.state()
    assert list(state.entries.values()) == [[b"n", b"0"], [b"n", b"1"]] * 2
    assert state.pending == {}
    assert any("The order changes" in told for told in operation.consequences)


# Where a copy came from


@on_a_server
@given(entries=scenes)
async def test_with_origin_three_fields_follow_what_is_kept_byte_for_byte(
    scene: Scene, entries: list[Pairs]
) -> None:
    ids = await scene.begin(entries)
    before = await scene.state()
    await run(scene, Replay(STREAM, COPIES, tuple(ids), origin=True))
    assert (await scene.state()).copies == [
        [
            *before.entries[entry_id],
            *(ORIGIN[0], RAW_STREAM, ORIGIN[1], bytes(entry_id), ORIGIN[2], b"1"),
        ]
        for entry_id in ids
    ]


async def test_the_first_origin_is_kept_and_replays_are_counted_to_five(scene: Scene) -> None:
    [entry_id] = await scene.begin([[(b"n", b"1"), (b"n", b"\xff")]])
    ids, streams = entry_id, itertools.cycle([STREAM, COPIES])
    source = next(streams)
    for count in range(1, MOST_REPLAYS + 1):
        to = next(streams)
        receipt = await run(scene, Replay(source, to, (ids,), origin=True))
        [outcome] = receipt.outcomes
        assert outcome.copy is not None
        source, ids = to, outcome.copy
        raw = to.encode("utf-8", "surrogateescape")
        [[_, fields]] = await scene.ask("XRANGE", raw, str(ids), str(ids))
        assert fields == [
            *(b"n", b"1", b"n", b"\xff", ORIGIN[0], RAW_STREAM),
            *(ORIGIN[1], bytes(entry_id), ORIGIN[2], b"%d" % count),
        ]
    receipt = await run(scene, Replay(source, next(streams), (ids,), origin=True))
    assert [(each.outcome, each.reason) for each in receipt.outcomes] == [
        ("skipped", f"it was replayed {MOST_REPLAYS} times already")
    ]


@pytest.mark.parametrize("count", [b"", b"many", b"-1", b"4", b"5", b"9" * 40, b"5.0"])
async def test_whatever_stands_in_the_fields_of_the_origin_a_replay_can_cope_with(
    scene: Scene, count: bytes
) -> None:
    [entry_id] = await scene.begin(
        [[(ORIGIN[2], count), (b"n", b"1"), (ORIGIN[0], b"first"), (ORIGIN[0], b"second")]]
    )
    receipt = await run(scene, Replay(STREAM, COPIES, (entry_id,), origin=True))
    copies = (await scene.state()).copies
    if count.isdigit() and int(count) >= MOST_REPLAYS:
        assert (receipt.skipped, copies) == (1, [])
    else:
        after = b"%d" % (int(count) + 1) if count.isdigit() else b"1"
        assert copies == [
            [b"n", b"1", ORIGIN[0], b"first", ORIGIN[1], bytes(entry_id), ORIGIN[2], after]
        ]


# Once only


async def knows_idmp(scene: Scene) -> None:
    if not (await scene.abilities()).idempotent:
        pytest.skip("this server's XADD has no IDMP")


async def test_once_a_repeated_replay_adds_nothing_twice_however_many_entries_there_are(
    scene: Scene,
) -> None:
    await knows_idmp(scene)
    ids = await scene.begin([[(b"n", b"%d" % n)] for n in range(250)])
    operation = Replay(STREAM, COPIES, tuple(ids), once=True)
    first = await run(scene, operation)
    assert first.done == 250
    again = await run(scene, operation)
    assert (again.done, again.skipped) == (0, 250)
    assert [each.reason for each in again.outcomes] == [
        f"it had been copied as {each.copy} before: nothing was added" for each in first.outcomes
    ]
    assert [each.copy for each in again.outcomes] == [None] * 250
    assert len((await scene.state()).copies) == 250


async def test_once_what_was_copied_before_and_not_now_is_not_acknowledged(scene: Scene) -> None:
    await knows_idmp(scene)
    ids = await scene.begin(PAIRS)
    await run(scene, Replay(STREAM, COPIES, tuple(ids[:2]), once=True))
    await scene.ask("DEL", RAW_COPIES)
    await run(scene, Replay(STREAM, COPIES, tuple(ids[2:3]), once=True))
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP, once=True))
    assert [each.outcome for each in receipt.outcomes] == ["done", "done", "skipped", *["done"] * 2]
    assert set((await scene.state()).pending) == {ids[2]}


async def test_once_what_was_copied_and_withdrawn_is_not_lost_by_another_replay(
    scene: Scene,
) -> None:
    await knows_idmp(scene)
    ids = await scene.begin(PAIRS[:2])
    receipt = await run(scene, Replay(STREAM, COPIES, tuple(ids[:1]), once=True))
    await scene.ask("XDEL", RAW_COPIES, str(receipt.outcomes[0].copy))
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP, once=True))
    assert [each.outcome for each in receipt.outcomes] == ["skipped", "done"]
    state = await scene.state()
    assert (set(state.pending), state.copies) == ({ids[0]}, [[b"n", b"1"]])


async def test_once_the_same_entry_of_another_stream_is_copied_all_the_same(scene: Scene) -> None:
    await knows_idmp(scene)
    [entry_id] = await scene.begin(PAIRS[:1])
    await scene.ask("XADD", "other", str(entry_id), "n", "other")
    for stream in (STREAM, "other"):
        receipt = await run(scene, Replay(stream, COPIES, (entry_id,), once=True))
        assert receipt.clean
    assert len((await scene.state()).copies) == 2


# How fast, and where


@pytest.mark.parametrize("rate", [1, 8, 30, 1_000.5, 1e6])
def test_steps_keep_to_the_rate(rate: float) -> None:
    operation = Replay(STREAM, COPIES, tuple(EntryId(n, 0) for n in range(1, 331)), rate=rate)
    seconds = reached = 0.0
    for step in operation.steps(lambda: 0.0):
        assert 1 <= len(step.ids) <= max(1, min(100, rate / 4))
        reached += len(step.read([[b"done", b"1-1"] for _ in step.ids]))
        seconds += step.seconds
        assert reached / seconds == pytest.approx(rate)
    assert reached == 330


def test_steps_that_do_not_reach_all_their_entries_keep_to_the_rate_as_well() -> None:
    operation = Replay(STREAM, COPIES, tuple(EntryId(n, 0) for n in range(1, 331)), rate=40)
    seconds, reached = 0.0, 0
    for step in operation.steps(lambda: 0.0):
        reached += len(step.read([[b"done", b"1-1"] for _ in step.ids[:3]]))
        seconds += step.seconds
        assert reached <= seconds * 40 + 10
    assert reached == 330
    assert seconds * 40 <= reached + 10


async def test_a_replay_takes_as_long_as_its_rate_says(scene: Scene) -> None:
    await scene.begin(PAIRS * 2)
    receipt = await run(scene, Replay(STREAM, COPIES, await held(scene), GROUP, rate=20))
    assert receipt.done == 10
    assert receipt.seconds >= 0.25  # the second half does not have to be waited for


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_no_rate_is_none(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Replay(STREAM, COPIES, (), rate=rate)


def test_only_what_was_seen_pending_can_be_acknowledged() -> None:
    with pytest.raises(ValueError, match="seen pending"):
        Replay(STREAM, COPIES, (EntryId(1, 0),), GROUP)


def test_the_slot_of_a_name_is_the_servers() -> None:
    names = (b"orders", b"{orders}:dlq", b"a{}b", b"a{b}{c}", b"{a", b"}{", b"", b"caf\xe9{\xff}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    options = ("--cluster-enabled", "yes", "--cluster-port", port, "--bind", "127.0.0.1")
    with running(named("valkey"), options) as server, Redis.from_url(server.url) as redis:
        told = [redis.execute_command("CLUSTER", "KEYSLOT", name) for name in names]
    assert [slot_of(to_name(name)) for name in names] == told


def test_a_cluster_that_keeps_the_streams_in_different_slots_is_told_of() -> None:
    plain = Replay("orders", "copies", ())
    assert replace(plain, cluster=True).consequences[0].startswith("orders and copies belong to")
    assert replace(plain, to="{orders}:copies", cluster=True).consequences == (
        replace(plain, to="{orders}:copies").consequences
    )


def test_the_question_and_what_follows_tell_all_of_it() -> None:
    operation = Replay("orders", "copies", (EntryId(1, 0),) * 2, origin=True, rate=2.5, once=True)
    assert operation.question == "Replay 2 entries of orders to copies?"
    told = " ".join(operation.consequences)
    for part in ("every group of that stream", "-count", "5 times", "100 seconds", "2.5 entries a"):
        assert part in told
    acknowledged = Replay("orders", "copies", PendingEntries(), "billing")
    assert acknowledged.question.endswith("and acknowledge the originals for billing?")
    assert acknowledged.params == {"to": "copies", "acknowledge": "billing", "origin": False}
    assert acknowledged.group == "billing"


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
