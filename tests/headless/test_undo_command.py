from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from streamtop.journal.writer import Journal
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import apply
from streamtop.operations.claim import Claim
from streamtop.operations.replay import Replay
from streamtop.operations.set_id import SetId
from streamtop.source import BrokenError
from tests.headless.arrangement import CLAIM, claimed, holders, jsons, recorded
from tests.headless.command_line import in_a_process, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.source import Command
    from tests.headless.conftest import User
    from tests.servers import Running


async def test_a_claim_is_undone(stocked: Server, redis: Redis, kept: Path) -> None:
    operation_id = await claimed(stocked, kept)
    assert await holders(redis) == [b"w2"] * 3
    result = await run("undo", operation_id, "--yes", "--json")
    receipt = json.loads(result.out)
    assert result.code == 0
    assert (receipt["operation"], receipt["done"], receipt["skipped"]) == ("undo", 3, 0)
    assert await holders(redis) == [b"w1"] * 3
    undo, claim = jsons((await run("journal", "--json")).out)
    assert undo["operation_id"] == receipt["operation_id"]
    assert (claim["undone"], claim["undone_by"]) == (True, [undo["operation_id"]])
    again = await run("undo", operation_id, "--yes")
    assert again.code == 1
    assert again.err.endswith(f"It was undone already, by {undo['operation_id']}.\n")


async def test_an_undo_of_what_has_moved_says_so_in_its_exit_code(
    stocked: Server, redis: Redis, kept: Path
) -> None:
    operation_id = await claimed(stocked, kept)
    await redis.xack("orders", "billing", "1-0")
    result = await run("undo", operation_id, "--yes")
    assert result.code == 1
    assert "2 done, 1 skipped" in result.out


async def test_a_dry_run_shows_what_an_undo_would_do_and_does_nothing(
    stocked: Server, redis: Redis, kept: Path
) -> None:
    operation_id = await claimed(stocked, kept)
    result = await run("undo", operation_id, "--dry-run")
    assert result.code == 0
    assert "Put back 3 entries of orders, group billing?" in result.out
    assert "w1 (3)" in result.out
    assert await holders(redis) == [b"w2"] * 3
    assert len(jsons((await run("journal", "--json")).out)) == 1


async def test_a_dry_run_counts_what_a_position_put_back_would_skip(
    stocked: Server, kept: Path
) -> None:
    from streamtop.model.ids import EntryId

    set_id = SetId("orders", "billing", EntryId(1, 0), EntryId(3, 0))
    done = await apply(set_id, stocked, Journal(kept, stocked.info))
    result = await run("undo", done.operation_id, "--dry-run")
    assert "2 entries after 1-0 are never delivered to billing" in result.out


async def test_an_undo_needs_an_answer(stocked: Server, redis: Redis, kept: Path) -> None:
    operation_id = await claimed(stocked, kept)
    result = in_a_process("undo", operation_id)
    assert (result.returncode, result.stdout) == (2, "")
    assert "--yes" in result.stderr
    assert await holders(redis) == [b"w2"] * 3


async def test_the_url_of_another_server_is_refused(
    stocked: Server, redis: Redis, kept: Path
) -> None:
    operation_id = await claimed(stocked, kept)
    result = await run("undo", operation_id, "redis://:secret@elsewhere:1/0", "--yes")
    assert result.code == 2
    assert f"was done on {stocked.info.url}, not on redis://elsewhere:1/0" in result.err
    assert await holders(redis) == [b"w2"] * 3
    assert (await run("undo", operation_id, f"{stocked.info.url}?db=1", "--yes")).code == 2
    assert (await run("undo", operation_id, stocked.info.url, "--yes")).code == 0


async def test_the_password_is_taken_from_where_it_usually_is_and_never_written_down(
    a_server: Running,
    stocked: Server,
    redis: Redis,
    user: User,
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from streamtop.gateway.connect import connect

    url = await user(redis, a_server, "~*", "+@all")
    source = await connect(url)
    held = PendingEntries(await source.pending("orders", "billing"))
    operation = Claim("orders", "billing", "w2", held)
    operation_id = (await apply(operation, source, Journal(kept, source.info))).operation_id
    await source.close()
    assert (await run("undo", operation_id, "--yes")).code == 4
    monkeypatch.setenv("STREAMTOP_URL", url)
    assert (await run("undo", operation_id, "--yes")).code == 0
    assert await holders(redis) == [b"w1"] * 3
    assert b"right" not in kept.read_bytes()
    [*_, result] = jsons((await run("journal", "--json")).out)
    assert "right" not in result["server"]["url"]


async def test_a_server_that_is_read_only_is_refused(
    stocked: Server, redis: Redis, kept: Path
) -> None:
    operation_id = await claimed(stocked, kept)
    result = await run("undo", operation_id, "--yes", "--read-only")
    assert result.code == 4
    assert await holders(redis) == [b"w2"] * 3


async def test_a_server_that_is_not_there_is_told(kept: Path) -> None:
    result = await run("undo", await recorded(CLAIM, kept), "redis://fake:6379/0", "--yes")
    assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)


async def test_what_nobody_knows_of_is_said_when_copies_are_withdrawn(
    stocked: Server, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = PendingEntries(await stocked.pending("orders", "billing"))
    journal = Journal(kept, stocked.info)
    replay = Replay("orders", "copies", held, rate=4.0)
    write, sent = stocked.write, 0

    async def breaks(commands: list[Command]) -> Any:
        nonlocal sent
        sent += 1
        if sent == 2:
            raise BrokenError("it broke")
        return await write(commands)

    monkeypatch.setattr(stocked, "write", breaks)
    done = await apply(replay, stocked, journal)
    assert (done.done, done.failed) == (1, 1)
    result = await run("undo", done.operation_id, "--yes")
    assert "1 entry was sent and never answered" in result.out
    assert "1 done" in result.out
