"""A masked source: entries are masked, everything else passes through."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import TYPE_CHECKING

import pytest

from streamtop.headless.operation_runner import log_of
from streamtop.masking import HIDDEN, MaskedSource, mask
from streamtop.model.ids import EntryId
from streamtop.operations import apply
from streamtop.operations.delete import Delete
from streamtop.settings import Settings
from streamtop.source import MissingError, Source
from tests.fakes import NOW_MS, SERVER, FakeSource, entry, pending_entries, snapshot, stream

if TYPE_CHECKING:
    from pathlib import Path

MASK = mask(["pin"], [], [])
STORED = [entry(1, (b"pin", b"hunter2"), (b"n", b"1")), entry(2, (b"n", b"2"))]


def fake() -> FakeSource:
    return FakeSource(
        snapshot(stream()),
        stored={"orders": STORED},
        held={("orders", "billing"): pending_entries(2)},
    )


async def test_entries_are_masked_whichever_way_they_come() -> None:
    masked = MaskedSource(fake(), MASK)
    page = await masked.entries("orders", direction="oldest_first", count=1)
    assert page.entries[0].fields == ((b"pin", HIDDEN.encode()), (b"n", b"1"))
    assert not page.complete
    assert (await masked.entries("orders", beyond=EntryId(3, 0))).entries == (
        STORED[1],
        page.entries[0],
    )
    ids = [EntryId(2, 0), EntryId(9, 0), EntryId(1, 0)]
    found = await masked.entries_by_id("orders", ids)
    assert found == {ids[0]: STORED[1], ids[1]: None, ids[2]: page.entries[0]}
    assert list(found) == ids


async def test_everything_else_goes_through_as_it_is() -> None:
    source = fake()
    masked: Source = MaskedSource(source, MASK)
    assert (await masked.look()).streams == (await source.look()).streams
    assert len(await masked.pending("orders", "billing", count=1)) == 1
    assert await masked.pending_now("orders", "billing", [EntryId(NOW_MS, 0), EntryId(7, 0)])
    with pytest.raises(MissingError):
        await masked.pending("orders", "nobody")
    assert [each async for each in masked.recount("orders", "billing")] == []
    assert await masked.missing("orders", [EntryId(1, 0)]) == frozenset()
    assert await masked.abilities() == source.able
    command = (b"XADD", b"orders", b"*", b"pin", b"hunter2")
    await masked.write([command])
    assert source.written == [command]
    await masked.close()
    assert source.closed


def test_it_has_all_that_a_source_has() -> None:
    for name, method in inspect.getmembers(Source, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(MaskedSource, name)) == inspect.signature(method)


async def test_the_event_loop_goes_on_while_a_page_is_masked() -> None:
    large = [entry(number, (b"pin", b"x" * 1_000)) for number in range(1, 501)]
    masked = MaskedSource(FakeSource(stored={"orders": large}), MASK)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await masked.entries("orders", count=500)
    turning.cancel()
    assert turns >= 20


def test_what_is_hidden_must_not_be_sent_again() -> None:
    whole, other = STORED
    assert MASK.hides(MASK.entry(whole))
    assert not MASK.hides(MASK.entry(other))
    for value in (
        b'{"pin": 1, "odd": "\\ud800"}',
        b'{"a": "{\\"pin\\": 1}", "odd": [1e400]}',
    ):
        assert MASK.hides(MASK.entry(entry(1, (b"payload", value))))
    assert not mask().hides(entry(1, (b"note", HIDDEN.encode())))


async def test_the_journal_keeps_nothing_that_is_hidden(tmp_path: Path) -> None:
    def deleted(command: tuple[bytes, ...]) -> list[list[object]]:
        return [[b"done", b"deleted", [b"pin", b"hunter2", b"payload", b'{"pin": 4111}']]]

    source = FakeSource(answer=deleted)  # type: ignore[arg-type] # as the script answers
    log = log_of(Settings(journal=tmp_path / "journal.jsonl"), MASK, SERVER)
    await apply(Delete("orders", (EntryId(1, 0),)), MaskedSource(source, MASK), log)
    kept = (tmp_path / "journal.jsonl").read_text()
    assert "hunter2" not in kept
    assert "4111" not in kept
    assert HIDDEN in json.dumps(
        [json.loads(line) for line in kept.splitlines()], ensure_ascii=False
    )
