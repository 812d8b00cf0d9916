from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.headless.arrangement import GROUP, STREAM, as_argument, hold, pending
from tests.headless.command_line import by_redis_cli, in_a_process, on_a_terminal, run
from tests.headless.contract import receipt

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.headless.conftest import User
    from tests.servers import Running


async def test_entries_with_an_id_are_acknowledged(any_redis: Redis, every_server: Running) -> None:
    first, second, third = await hold(any_redis, 3)
    result = await run("ack", every_server.url, STREAM, GROUP, first, third, "--yes", "--json")
    seen = receipt(result)
    assert result.code == 0
    assert (seen.operation, seen.counts, seen.left) == ("acknowledge", (2, 0, 0), 0)
    assert [(each.id, each.outcome) for each in seen.outcomes] == [
        (first, "done"),
        (third, "done"),
    ]
    assert list(await pending(any_redis)) == [second]


async def test_what_is_not_pending_is_skipped_and_the_exit_code_is_1(
    redis: Redis, a_server: Running
) -> None:
    [held] = await hold(redis, 1)
    result = await run("ack", a_server.url, STREAM, GROUP, "7-7", held, "--yes")
    assert result.code == 1
    assert result.out.startswith("Acknowledge: 1 done, 1 skipped")
    assert "1 skipped: it is not pending in this group (7-7)\n" in result.out
    again = await run("ack", a_server.url, STREAM, GROUP, held, held, "--yes", "--json")
    seen = receipt(again)
    assert (again.code, seen.counts, seen.operation_id) == (1, (0, 1, 0), None)


async def test_a_selection_is_all_conditions_together(redis: Redis, a_server: Running) -> None:
    await hold(redis, 2, idle_ms=600_000, consumer="old", deliveries=5)
    [few] = await hold(redis, 1, idle_ms=600_000, consumer="old", deliveries=4)
    [fresh] = await hold(redis, 1, idle_ms=0, consumer="old", deliveries=9)
    [other] = await hold(redis, 1, idle_ms=600_000, consumer="w", deliveries=9)
    conditions = ("--idle-over", "5m", "--deliveries-over", "4", "--consumer", "old")
    result = await run("ack", a_server.url, STREAM, GROUP, *conditions, "--yes", "--json")
    assert (result.code, receipt(result).done) == (0, 2)
    assert list(await pending(redis)) == [few, fresh, other]


async def test_entries_are_selected_by_what_they_hold(redis: Redis, a_server: Running) -> None:
    await hold(redis, 1, value=b"caf\xe9")
    [other] = await hold(redis, 1, value=b"tea")
    given = ("--contains", as_argument(b"f\xe9"), "--yes")
    result = await run("ack", a_server.url, STREAM, GROUP, *given)
    assert result.code == 0
    assert list(await pending(redis)) == [other]


async def test_where_nothing_is_selected_there_is_nothing_to_do(
    redis: Redis, a_server: Running
) -> None:
    await hold(redis, 1)
    result = await run("ack", a_server.url, STREAM, GROUP, "--consumer", "nobody", "--yes")
    assert (result.code, result.out) == (0, "Acknowledge: nothing to do\n")


async def test_without_a_terminal_nothing_is_done_unasked(redis: Redis, a_server: Running) -> None:
    await hold(redis, 2)
    result = await run("ack", a_server.url, STREAM, GROUP, "--all")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("streamtop: there is no terminal to ask on: add --yes")
    assert result.err.count("\n") == 1
    assert len(await pending(redis)) == 2


@pytest.mark.parametrize(
    ("answer", "code", "left"),
    [(b"yes\n", 0, 0), (b"y\n", 1, 2), (b"\n", 1, 2), (b"\x04", 1, 2), (b"\x03", 130, 2)],
    ids=["yes", "y", "nothing", "end", "ctrl-c"],
)
async def test_on_a_terminal_it_is_done_after_a_yes_only(
    redis: Redis, a_server: Running, answer: bytes, code: int, left: int
) -> None:
    await hold(redis, 2)
    ended, seen = await on_a_terminal(
        [("to do it: ", answer)], "ack", a_server.url, STREAM, GROUP, "--all"
    )
    assert ended == code
    assert "Acknowledge 2 entries of orders for billing?\n" in seen
    assert "Now held by w1 (2)." in seen
    assert "EVAL acknowledge.lua 1 orders billing" in seen
    assert len(await pending(redis)) == left


@pytest.mark.parametrize("flags", [[], ["--read-only"]])
async def test_a_dry_run_tells_everything_and_sends_nothing(
    redis: Redis, a_server: Running, flags: list[str]
) -> None:
    ids = await hold(redis, 2)
    arguments = ("ack", a_server.url, STREAM, GROUP, *ids, "7-7", "--dry-run", *flags)
    result = await run(*arguments)
    assert result.code == 0
    assert result.out.startswith("Acknowledge 2 entries of orders for billing?\n")
    assert "it is not pending in this group (7-7)\n" in result.out
    assert result.out.endswith("\nNothing was sent.\n")
    assert ("It would be refused: " in result.out) == bool(flags)
    document = json.loads((await run(*arguments, "--json")).line)
    assert (document["done"], document["skipped"], document["left"]) == (0, 1, 2)
    assert document["dry_run"] is True
    assert document["question"] == "Acknowledge 2 entries of orders for billing?"
    assert bool(document["refusal"]) == bool(flags)
    assert len(await pending(redis)) == 2


async def test_the_lines_for_redis_cli_do_the_same(redis: Redis, a_server: Running) -> None:
    stream, group, consumer = b"caf\xe9 \"'\n", b"b\x01\\", b"w\xff $"
    await hold(redis, 250, stream=stream, group=group, consumer=consumer)
    [other] = await hold(redis, 1, stream=stream, group=group, consumer="other")
    lines = await by_redis_cli(
        a_server,
        *("ack", a_server.url, as_argument(stream), as_argument(group)),
        *("--consumer", as_argument(consumer), "--read-only"),
    )
    assert len(lines) == 3
    assert list(await pending(redis, stream=stream, group=group)) == [other]


async def test_read_only_is_refused_with_exit_code_4(redis: Redis, a_server: Running) -> None:
    await hold(redis, 2)
    result = await run("ack", a_server.url, STREAM, GROUP, "--all", "--yes", "--read-only")
    assert (result.code, result.out) == (4, "")
    assert result.err.startswith("streamtop: nothing was sent: ")
    assert result.err.count("\n") == 1
    assert len(await pending(redis)) == 2


@pytest.mark.parametrize("unasked", [[], ["-acl", "-command"]], ids=["asked", "unasked"])
async def test_a_user_who_may_not_is_refused_with_exit_code_4(
    any_redis: Redis, every_server: Running, user: User, unasked: list[str]
) -> None:
    url = await user(any_redis, every_server, "+@all", "-xack", *unasked, "~*")
    await hold(any_redis, 2)
    result = await run("ack", url, STREAM, GROUP, "--all", "--yes", "--json")
    assert result.code == 4
    assert len(await pending(any_redis)) == 2


async def test_read_only_is_refused_before_anything_is_looked_for(
    redis: Redis, a_server: Running
) -> None:
    arguments = ("ack", a_server.url, "nowhere", GROUP, "--all", "--yes", "--read-only")
    assert (await run(*arguments)).code == 4


def test_that_nobody_would_answer_is_told_before_a_server_is_asked() -> None:
    assert in_a_process("ack", "unix:///nowhere", STREAM, GROUP, "--all").returncode == 2


async def test_a_dash_stands_for_the_usual_server(
    redis: Redis, a_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(redis, 1)
    monkeypatch.setenv("STREAMTOP_URL", a_server.url)
    assert (await run("ack", "-", STREAM, GROUP, "--all", "--yes")).code == 0
    assert await pending(redis) == {}


async def test_a_receipt_holds_a_thousand_outcomes_unless_all_are_asked_for(
    redis: Redis, a_server: Running
) -> None:
    await hold(redis, 1_100)
    result = await run("ack", a_server.url, STREAM, GROUP, "--all", "--yes", "--json")
    assert (receipt(result).done, len(receipt(result).outcomes)) == (1_100, 1_000)
    await hold(redis, 1_100)
    everything = ("--all", "--yes", "--json", "--all-outcomes")
    result = await run("ack", a_server.url, STREAM, GROUP, *everything)
    assert (receipt(result).done, len(receipt(result).outcomes)) == (1_100, 1_100)


async def test_what_was_done_is_in_the_journal(
    redis: Redis, a_server: Running, tmp_path: Path
) -> None:
    await hold(redis, 2)
    result = await run("ack", a_server.url, STREAM, GROUP, "--all", "--yes", "--json")
    operation_id = receipt(result).operation_id
    assert operation_id
    assert operation_id in (tmp_path / "journal.jsonl").read_text()


async def test_a_journal_that_cannot_be_written_stops_it_before_anything_is_sent(
    redis: Redis, a_server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(redis, 2)
    monkeypatch.setenv("STREAMTOP_JOURNAL", str(tmp_path))
    result = await run("ack", a_server.url, STREAM, GROUP, "--all", "--yes")
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert len(await pending(redis)) == 2


async def test_names_never_reach_the_terminal_unescaped(redis: Redis, a_server: Running) -> None:
    name = b"\x1b[2J\xff\n"
    await hold(redis, 2, stream=name, group=name, consumer=name)
    arguments = ("ack", a_server.url, as_argument(name), as_argument(name), "--all")
    for flags in (["--dry-run"], ["--dry-run", "--json"], ["--redis-cli"], ["--yes"]):
        result = await run(*arguments, *flags)
        assert result.code == 0
        assert "\x1b" not in result.out + result.err
    assert await pending(redis, stream=name, group=name) == {}
