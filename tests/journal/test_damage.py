from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.journal.past_entries import PastEntry, read_entries
from streamtop.journal.past_operations import (
    UnreadableError,
    read_operations,
)
from streamtop.model.entries import PendingEntry
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import Outcome
from streamtop.operations.operation import PriorState
from tests.journal.recorded import (
    CLAIM,
    IDS,
    ROWS,
    WHOLE,
    a_journal,
    a_new_file,
    a_receipt,
    a_step,
    ids_of,
)

if TYPE_CHECKING:
    import random
    from pathlib import Path


@WHOLE
@given(
    junk=st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")), max_size=4),
    torn=st.integers(0, 3),
    seed=st.randoms(use_true_random=False),
)
def test_lines_that_are_no_records_are_counted_and_harm_nothing(
    tmp_path: Path, junk: list[bytes], torn: int, seed: random.Random
) -> None:
    path = a_new_file(tmp_path)
    journal = a_journal(path)
    operation_id = journal.begin(CLAIM)
    journal.sending(operation_id, a_step(ROWS))
    journal.sent(operation_id, [Outcome(entry_id, "done") for entry_id in IDS])
    journal.end(a_receipt(operation_id, done=3))
    lines = path.read_bytes().splitlines(keepends=True)
    expected = read_operations(path).operations, list(read_entries(path, operation_id))
    for raw in junk:
        lines.insert(seed.randint(0, len(lines)), raw + b"\n")
    whole = lines[0].rstrip(b"\n") or b"{"
    lines += [whole[: seed.randint(0, len(whole) - 1)] + b"\n" for _ in range(torn)]
    path.write_bytes(b"".join(lines))
    found = read_operations(path)
    assert (found.operations, list(read_entries(path, operation_id))) == expected
    blank = sum(not line.strip() for line in lines)
    assert found.unreadable == len(lines) - 4 - blank


@WHOLE
@given(st.data())
def test_records_that_were_tampered_with_raise_nothing(tmp_path: Path, data: Any) -> None:
    path = a_new_file(tmp_path)
    journal = a_journal(path)
    operation_id = journal.begin(CLAIM)
    journal.sending(operation_id, a_step(ROWS))
    journal.sent(
        operation_id, [Outcome(entry_id, "done", was=PriorState(1, 1)) for entry_id in IDS]
    )
    journal.end(a_receipt(operation_id, done=3))
    lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    values: st.SearchStrategy[Any] = (
        st.none() | st.integers() | st.text(max_size=5) | st.just([[2**70]]) | st.just([])
    )
    for number in data.draw(st.lists(st.integers(0, 3), max_size=3)):
        record = lines[number]
        record[data.draw(st.sampled_from(sorted(record)))] = data.draw(values)
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    read_operations(path)
    PendingEntries(
        row for row in (_as_pending(row) for row in read_entries(path, operation_id)) if row
    )


def _as_pending(row: PastEntry) -> PendingEntry | None:
    if row.id is None or row.consumer is None or row.idle_ms is None or row.deliveries is None:
        return None
    return PendingEntry(row.id, row.consumer, row.idle_ms, row.deliveries, 0.0)


def test_records_of_a_later_version_are_counted_and_left_out(path: Path) -> None:
    journal = a_journal(path)
    operation_id = journal.begin(CLAIM)
    path.write_bytes(
        path.read_bytes()
        + b'{"record":"sending","schema":2,"operation":"%s","batch":"?"}\n' % operation_id.encode()
        + b'{"record":"begin","schema":2,"operation":"later"}\n'
    )
    found = read_operations(path)
    assert (ids_of(found.operations), found.newer, found.unreadable) == ([operation_id], 2, 0)
    assert list(read_entries(path, operation_id)) == []


def test_a_journal_that_is_not_there_is_empty_and_one_that_cannot_be_read_is_told(
    path: Path,
) -> None:
    assert read_operations(path).operations == ()
    path.mkdir(parents=True)
    with pytest.raises(UnreadableError, match="cannot be read: Is a directory"):
        read_operations(path)
