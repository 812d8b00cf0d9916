from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.journal.past_entries import PastEntry, read_entries
from streamtop.journal.past_operations import (
    JournalQuery,
    NoSuchOperationError,
    find_operation,
    read_operations,
)
from streamtop.journal.writer import Journal, log_for
from streamtop.model.entries import Fields, PendingEntry
from streamtop.model.ids import EntryId
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import to_name
from streamtop.operations import NoLog, Outcome, UnrecordedError, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from streamtop.operations.operation import PriorState
from streamtop.source import BrokenError, RefusedError
from tests.fakes import SERVER, FakeSource, pending_entries
from tests.journal.recorded import (
    CLAIM,
    IDS,
    ROWS,
    WHOLE,
    Clocks,
    a_journal,
    a_new_file,
    a_receipt,
    a_step,
    ids_of,
    only,
)

if TYPE_CHECKING:
    from pathlib import Path

    from streamtop.source import Command, Reply

names = st.binary(max_size=6).map(to_name)
entry_ids = st.builds(EntryId, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
rows = st.builds(
    PendingEntry,
    entry_ids,
    names,
    st.integers(-1, 2**40),
    st.integers(0, 2**63 - 1),
    st.just(5.0),
)
fields = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=3).map(tuple)
answers = st.builds(
    Outcome,
    st.none(),
    st.sampled_from(("done", "skipped", "failed")),
    st.none() | st.text(max_size=20).filter(lambda text: text == text.strip()),
    st.none() | st.builds(PriorState, st.integers(-1, 2**40), st.integers(0, 2**63 - 1)),
    st.none() | entry_ids,
    st.none() | names,
    st.none() | fields,
    st.integers(1, 5),
)


async def test_an_operation_is_told_of_with_all_that_was_done(path: Path) -> None:
    def answer(_: Command) -> Reply:
        return [
            [b"done", 7_000, b"3"],
            [b"skipped", b"moved", b"other\xff"],
            [b"failed", b"ERR no"],
        ]

    receipt = await apply(CLAIM, FakeSource(answer=answer), Journal(path, SERVER))
    done = only(path)
    assert done.id == receipt.operation_id
    assert (done.name, done.stream, done.group) == ("claim", "orders", "billing")
    assert done.params == {"consumer": "rescuer", "count_delivery": False}
    assert (done.question, done.total) == (CLAIM.question, 3)
    assert (done.done, done.skipped, done.failed, done.unknown, done.left) == (1, 1, 1, 0, 0)
    assert (done.ended, done.undone, done.undone_by, done.error) == (True, False, (), None)
    assert (done.server.url, done.server.version) == ("redis://fake:6379/0", "7.2.4")
    assert abs(done.at.timestamp() - time.time()) < 60
    [command] = done.commands
    assert command.startswith('EVAL claim.lua 1 orders billing rescuer "" ')
    first, second, third = read_entries(path, done.id)
    assert (first.id, first.outcome, first.consumer) == (IDS[0], "done", "w1")
    assert (first.idle_ms, first.deliveries) == (7_000, 3)
    assert (second.outcome, second.reason) == ("skipped", "it moved to other\\xff meanwhile")
    assert (third.outcome, third.reason) == ("failed", "the server refused: ERR no")


@WHOLE
@given(seen=st.lists(rows, max_size=4, unique_by=lambda row: row.id), data=st.data())
def test_what_was_seen_and_answered_survives_whatever_it_is(
    tmp_path: Path, seen: list[PendingEntry], data: Any
) -> None:
    path = a_new_file(tmp_path)
    journal = a_journal(path)
    outcomes = data.draw(st.lists(answers, min_size=1, max_size=max(1, len(seen))))
    for_each: bool = data.draw(st.booleans())
    if seen and for_each:
        outcomes = [
            replace(outcome, id=row.id) for outcome, row in zip(outcomes, seen, strict=False)
        ]
    operation_id = journal.begin(CLAIM)
    journal.sending(operation_id, a_step(seen))
    journal.sent(operation_id, outcomes)
    journal.end(a_receipt(operation_id))
    read = list(read_entries(path, operation_id))
    assert [
        (row.id, row.outcome, row.reason, row.copy, row.to, row.fields, row.count) for row in read
    ] == [
        (
            outcome.id,
            outcome.outcome,
            outcome.reason,
            outcome.copy,
            outcome.to,
            outcome.fields,
            outcome.count,
        )
        for outcome in outcomes
    ]
    for row, outcome, was_seen in zip(read, outcomes, seen, strict=False):
        if outcome.was is not None:
            assert (row.idle_ms, row.deliveries) == (outcome.was.idle_ms, outcome.was.deliveries)
        elif outcome.id is not None:
            passed = 0 if was_seen.idle_ms < 0 else 95_000
            assert row.idle_ms == was_seen.idle_ms + passed
            assert row.deliveries == was_seen.deliveries
        if outcome.id is not None:
            assert row.consumer == was_seen.consumer


def test_a_batch_that_was_never_answered_is_told_as_unknown(path: Path) -> None:
    clocks = Clocks()
    journal = a_journal(path, clocks)
    operation_id = journal.begin(CLAIM)
    journal.sending(operation_id, a_step(ROWS[:1]))
    journal.sent(operation_id, [Outcome(IDS[0], "done", was=PriorState(1, 1))])
    clocks.wall, clocks.monotonic = clocks.wall + 2, clocks.monotonic + 2
    journal.sending(operation_id, a_step(ROWS[1:]))
    done = only(path)
    assert (done.done, done.unknown, done.left, done.ended) == (1, 2, 0, False)
    _, second, third = read_entries(path, operation_id)
    at = datetime.fromtimestamp(clocks.wall, UTC)
    assert second == PastEntry(IDS[1], "unknown", at, "w1", 5_000 + 102_000, 1)
    assert third.outcome == "unknown"


def test_what_was_not_reached_is_told_also_without_an_end(path: Path) -> None:
    journal = a_journal(path)
    operation_id = journal.begin(CLAIM)
    journal.sending(operation_id, a_step(ROWS[:1]))
    journal.sent(operation_id, [Outcome(IDS[0], "skipped")])
    done = only(path)
    assert (done.skipped, done.unknown, done.left, done.ended) == (1, 0, 2, False)


async def test_a_connection_that_breaks_leaves_its_batch_unknown(path: Path) -> None:
    source = FakeSource()
    source.failures["write"] = BrokenError("it broke")
    await apply(CLAIM, source, Journal(path, SERVER))
    done = only(path)
    assert (done.failed, done.unknown, done.left, done.ended) == (0, 3, 0, True)
    assert done.error == "it broke"
    assert {row.outcome for row in read_entries(path, done.id)} == {"unknown"}


async def test_a_batch_that_could_not_be_sent_is_not_told_as_unknown(path: Path) -> None:
    source = FakeSource()
    source.failures["write"] = RefusedError("read-only")
    await apply(CLAIM, source, Journal(path, SERVER))
    done = only(path)
    assert (done.failed, done.unknown, done.left, done.ended) == (0, 0, 3, True)
    assert list(read_entries(path, done.id)) == []


async def test_what_a_script_left_for_the_next_batch_is_not_told_twice(path: Path) -> None:
    journal = a_journal(path)
    operation_id = journal.begin(CLAIM)
    for left in range(3):
        journal.sending(operation_id, a_step(ROWS[left:]))
        journal.sent(operation_id, [Outcome(IDS[left], "done", was=PriorState(left, 1))])
    journal.end(a_receipt(operation_id, done=3))
    read = list(read_entries(path, operation_id))
    assert [(row.id, row.outcome, row.idle_ms) for row in read] == [
        (entry_id, "done", number) for number, entry_id in enumerate(IDS)
    ]
    assert (only(path).done, only(path).unknown) == (3, 0)


async def test_nothing_is_sent_that_cannot_be_recorded(tmp_path: Path) -> None:
    source = FakeSource()
    with pytest.raises(UnrecordedError):
        await apply(CLAIM, source, Journal(tmp_path, SERVER))
    assert source.written == []


async def test_an_operation_ends_with_the_first_batch_that_cannot_be_recorded(path: Path) -> None:
    source = FakeSource()
    many = Claim("orders", "billing", "w2", PendingEntries(pending_entries(250)))

    def answer(command: Command) -> Reply:
        path.unlink()
        path.mkdir()
        return [[b"done", 1, b"1"]] * 100

    source.answer = answer
    receipt = await apply(many, source, Journal(path, SERVER))
    assert len(source.written) == 1
    assert isinstance(receipt.error, UnrecordedError)
    assert (receipt.done, receipt.left) == (100, 150)
    assert receipt.notes[-1].startswith("Its end is not recorded: ")


def test_the_newest_is_told_first_also_from_files_moved_aside(path: Path) -> None:
    clocks = Clocks()
    journal = Journal(path, SERVER, max_bytes=500, wall=lambda: clocks.wall)
    ids = []
    for _ in range(5):
        clocks.wall += 60
        ids.append(journal.begin(CLAIM))
    assert len(list(path.parent.iterdir())) > 1
    assert ids_of(read_operations(path).operations) == ids[::-1]
    assert ids == sorted(ids)


def test_conditions_on_what_is_told_all_hold(path: Path) -> None:
    clocks = Clocks()
    journal = a_journal(path, clocks)
    first = journal.begin(CLAIM)
    clocks.wall += 3600
    second = journal.begin(Acknowledge("audit", "billing", PendingEntries(ROWS)))
    clocks.wall += 3600
    third = Journal(path, replace(SERVER, url="redis://other:1/0"), wall=lambda: clocks.wall).begin(
        replace(CLAIM, group="mail")
    )
    begin = datetime.fromtimestamp(Clocks().wall, UTC)
    user = read_operations(path).operations[0].user
    for wanted, expected in (
        (JournalQuery(), [third, second, first]),
        (JournalQuery(since=begin + timedelta(minutes=1)), [third, second]),
        (JournalQuery(until=begin + timedelta(minutes=61)), [second, first]),
        (JournalQuery(stream="ord*"), [third, first]),
        (JournalQuery(group="[bc]*"), [second, first]),
        (JournalQuery(operation="acknowledge"), [second]),
        (JournalQuery(server="other"), [third]),
        (JournalQuery(user=user), [third, second, first]),
        (JournalQuery(user=f"{user}x"), []),
        (JournalQuery(prefix=second[:18]), [second]),
        (JournalQuery(stream="orders", operation="claim", server="fake"), [first]),
    ):
        assert ids_of(read_operations(path, wanted).operations) == expected, wanted


def test_an_id_may_be_shortened_as_long_as_it_is_clear(path: Path) -> None:
    journal = a_journal(path)
    first, second = journal.begin(CLAIM), journal.begin(CLAIM)
    assert find_operation(path, first).id == first
    assert find_operation(path, second[:-1]).id == second
    with pytest.raises(NoSuchOperationError, match="2 operations of the journal begin with 2026"):
        find_operation(path, first[:4])
    with pytest.raises(NoSuchOperationError, match=r"has no operation x\\x1b"):
        find_operation(path, "x\x1b")


def undo_ended(journal: Journal, undoes: str, **counts: int) -> str:
    """An undo is recorded."""
    from streamtop.operations.restore_pending import RestorePending

    operation_id = journal.begin(
        RestorePending("orders", "billing", PendingEntries(ROWS), undoes, "rescuer")
    )
    journal.sending(operation_id, a_step(ROWS))
    journal.sent(operation_id, [Outcome(IDS[0], "done")] if counts.get("done") else [])
    journal.end(a_receipt(operation_id, None, **counts))
    return operation_id


def test_an_operation_that_was_undone_says_by_what(path: Path) -> None:
    journal = a_journal(path)
    whole, part, nothing = (journal.begin(CLAIM) for _ in range(3))
    by_whole = undo_ended(journal, whole, done=3)
    by_part = undo_ended(journal, part, done=1, left=2)
    undo_ended(journal, nothing, skipped=3)
    claims = {
        done.id: done for done in read_operations(path, JournalQuery(operation="claim")).operations
    }
    assert (claims[whole].undone, claims[whole].undone_by) == (True, (by_whole,))
    assert (claims[part].undone, claims[part].undone_by) == (False, (by_part,))
    assert (claims[nothing].undone, claims[nothing].undone_by) == (False, ())


def test_what_must_not_be_kept_of_an_entry_is_hidden(path: Path) -> None:
    from streamtop.operations.add import AddEntry

    def mask(given_fields: Fields) -> Fields:
        return tuple((field, b"*") for field, _ in given_fields)

    journal = Journal(path, SERVER, mask=mask)
    operation_id = journal.begin(AddEntry("orders", ((b"card", b"4000-secret"),)))
    journal.sending(operation_id, a_step(ROWS))
    journal.sent(operation_id, [Outcome(IDS[0], "done", fields=((b"card", b"4000-secret"),))])
    assert b"secret" not in path.read_bytes()
    [row] = read_entries(path, operation_id)
    assert row.fields == ((b"card", b"*"),)


def test_there_is_no_journal_for_who_wants_none(path: Path) -> None:
    assert isinstance(log_for("off", SERVER), NoLog)
    assert isinstance(log_for(path, SERVER), Journal)
    assert isinstance(log_for("default", SERVER), Journal)


def test_a_million_entries_take_no_more_than_a_hundred_bytes_each(path: Path) -> None:
    journal = Journal(path, SERVER)
    seen = [
        PendingEntry(EntryId(1_769_860_800_123 + n, n), f"worker-{n % 9}", 360_000_000 + n, 9, 1.0)
        for n in range(100)
    ]
    operation_id = journal.begin(CLAIM)
    before = path.stat().st_size
    journal.sending(operation_id, a_step(seen))
    journal.sent(
        operation_id,
        [
            Outcome(
                row.id,
                "done",
                f"copied as {row.id}",
                PriorState(row.idle_ms, row.deliveries),
                row.id,
            )
            for row in seen
        ],
    )
    assert path.stat().st_size - before < 100 * 100
    [first, *_] = read_entries(path, operation_id)
    assert (first.copy, first.idle_ms) == (seen[0].id, 360_000_000)
