from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.journal.writer import Journal
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import apply
from streamtop.operations.claim import Claim
from streamtop.operations.delete import Delete
from tests.fakes import SERVER, pending_entries
from tests.headless.arrangement import ACKNOWLEDGE, CLAIM, jsons, recorded
from tests.headless.command_line import call, modules_after, run

if TYPE_CHECKING:
    from pathlib import Path

    from streamtop.gateway.server import Server


async def test_the_journal_is_a_line_for_each_operation_newest_first(kept: Path) -> None:
    first, second = await recorded(CLAIM, kept), await recorded(ACKNOWLEDGE, kept)
    result = await run("journal")
    newest, oldest = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert second in newest
    assert "2 done" in newest
    assert "Acknowledge 2 entries of audit for mail" in newest
    assert first in oldest
    assert "redis://fake:6379/0" in oldest
    assert "Claim 3 entries of orders, group billing, for w2" in oldest


def test_an_empty_journal_says_so_and_makes_no_file(kept: Path) -> None:
    result = call("journal")
    assert (result.code, result.out) == (0, "Nothing is recorded.\n")
    assert not kept.exists()
    assert call("journal", "--json").out == ""


async def test_no_more_is_told_than_was_asked_for(kept: Path) -> None:
    ids = [await recorded(ACKNOWLEDGE, kept) for _ in range(22)]
    assert len((await run("journal")).out.splitlines()) == 20
    result = jsons((await run("journal", "--json", "--count", "3")).out)
    assert [each["operation_id"] for each in result] == ids[:-4:-1]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--stream", "or*"], 1),
        (["--group", "mail"], 1),
        (["--operation", "acknowledge"], 1),
        (["--server", "fake:6379"], 2),
        (["--server", "elsewhere"], 0),
        (["--since", "1h"], 2),
        (["--until", "1h"], 0),
        (["--since", "2020-01-31", "--until", "2020-02-01T10:00"], 0),
        (["--since", "2020-01-31T00:00Z", "--stream", "audit"], 1),
        (["--user", "nobody-of-that-name"], 0),
    ],
    ids=str,
)
async def test_options_say_which_operations_are_meant(
    kept: Path, options: list[str], found: int
) -> None:
    await recorded(CLAIM, kept)
    await recorded(ACKNOWLEDGE, kept)
    assert len(jsons((await run("journal", "--json", *options)).out)) == found


@pytest.mark.parametrize("command", [("journal",), ("undo", "1", "--yes")], ids=" ".join)
def test_without_a_journal_there_is_nothing_to_tell(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMTOP_JOURNAL", "off")
    result = call(*command)
    assert result.code == 2
    assert result.err == "streamtop: $STREAMTOP_JOURNAL: the journal is switched off\n"


async def test_an_id_tells_the_operation_with_all_of_its_entries(kept: Path) -> None:
    operation_id = await recorded(CLAIM, kept)
    result = (await run("journal", operation_id[:-1])).out
    assert operation_id in result
    assert "EVAL claim.lua 1 orders billing w2" in result
    rows = result.splitlines()[-3:]
    assert [row.split()[:2] for row in rows] == [[str(each), "w1"] for each in CLAIM.ids]
    assert all(row.split()[2:] == ["7.0", "s", "2", "done"] for row in rows)
    head, *entries = jsons((await run("journal", operation_id, "--json")).out)
    assert (head["operation_id"], head["done"], head["undone"]) == (operation_id, 3, False)
    assert [(each["id"], each["consumer"], each["outcome"]) for each in entries] == [
        (str(each), "w1", "done") for each in CLAIM.ids
    ]


async def test_what_was_deleted_can_be_read_in_the_journal(stocked: Server, kept: Path) -> None:
    held = PendingEntries(await stocked.pending("orders", "billing"))
    delete = Delete("orders", tuple(held.ids))
    done = await apply(delete, stocked, Journal(kept, stocked.info))
    _, *entries = jsons((await run("journal", done.operation_id, "--json")).out)
    assert [each["fields"] for each in entries] == [[["n", str(n)]] for n in range(3)]
    result = await run("undo", done.operation_id, "--yes")
    assert result.code == 1
    assert f"streamtop journal {done.operation_id} --json shows them" in result.err


async def test_an_operation_that_has_no_end_is_told_to_have_none(kept: Path) -> None:
    journal = Journal(kept, SERVER)
    operation_id = journal.begin(CLAIM)
    for step in CLAIM.steps(lambda: 0.0):
        journal.sending(operation_id, step)
    assert "3 unknown, no end recorded" in (await run("journal")).out
    result = (await run("journal", operation_id)).out
    assert "Its end is not recorded" in result
    assert result.splitlines()[-1].endswith("unknown")


async def test_names_never_reach_the_terminal_raw(kept: Path) -> None:
    nasty = "a\x1b[2J\u202e\x9b\udcff"
    operation = Claim(nasty, nasty, nasty, PendingEntries(pending_entries(1, consumer=nasty)))
    operation_id = await recorded(operation, kept)
    for arguments in (("journal",), ("journal", operation_id), ("journal", operation_id, "--json")):
        result = (await run(*arguments)).out
        assert all(line.isprintable() for line in result.splitlines()), arguments
        assert "[2J" in result
    head, entry = jsons((await run("journal", operation_id, "--json")).out)
    raw = nasty.encode("utf-8", "surrogateescape").hex()
    assert head["stream_hex"] == head["group_hex"] == head["params"]["consumer_hex"] == raw
    assert entry["consumer_hex"] == raw
    assert all(line.isprintable() for line in kept.read_bytes().decode().splitlines())


async def test_lines_that_cannot_be_read_are_told_of(kept: Path) -> None:
    await recorded(CLAIM, kept)
    kept.write_bytes(kept.read_bytes() + b'garbage\n{"record":"x","operation":"y","schema":9}\n')
    result = await run("journal")
    assert len(result.out.splitlines()) == 1
    assert result.err == (
        "streamtop: 1 line of the journal is unreadable: cut short, or written by another "
        "program\n"
        "streamtop: 1 line of the journal is of a later version of streamtop, and skipped\n"
    )


def test_the_journal_is_told_without_redis_and_without_a_screen() -> None:
    loaded = modules_after("journal")
    assert not {"redis", "textual", "streamtop.gateway.connect"} & loaded
