"""--wait: a command that moves entries ends once they are acknowledged, or says what is left."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.headless.arrangement import GROUP, STREAM, hold, jsons
from tests.headless.command_line import CommandResult, run

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


def recovery(result: CommandResult) -> list[dict[str, Any]]:
    followed: list[dict[str, Any]] = json.loads(result.line)["recovery"]
    return followed


async def worked_off(redis: Redis, consumer: str, start: str, stream: str = STREAM) -> None:
    """A consumer reads from an ID, again and again, and acknowledges what it gets."""
    while True:
        reply: Any = await redis.xreadgroup(GROUP, consumer, {stream: start}, 10)
        for _, entries in reply or ():
            for entry_id, _ in entries:
                await redis.xack(stream, GROUP, entry_id)
        await asyncio.sleep(0.05)


async def test_a_claim_for_a_consumer_that_reads_only_new_entries_is_not_recovered(
    redis: Redis, a_server: Running
) -> None:
    await hold(redis, 4, consumer="dead")
    arguments = ("claim", a_server.url, STREAM, GROUP, "--all", "--to", "w2", "--yes", "--json")
    result = await run(*arguments, "--wait", "300ms")
    assert result.code == 1
    [followed] = recovery(result)
    assert followed["sentence"] == "0 of 4 acknowledged; 4 still pending with w2."
    assert (followed["followed"], followed["acknowledged"], followed["pending"]) == (4, 0, 4)
    assert not followed["recovered"]


async def test_a_claim_ends_once_all_are_acknowledged(redis: Redis, a_server: Running) -> None:
    await hold(redis, 4, consumer="dead")
    worker = asyncio.create_task(worked_off(redis, "w2", "0"))
    arguments = ("claim", a_server.url, STREAM, GROUP, "--all", "--to", "w2", "--yes", "--json")
    result = await run(*arguments, "--wait", "9s")
    assert not worker.done(), worker.result()
    worker.cancel()
    assert result.code == 0
    [followed] = recovery(result)
    assert (followed["group"], followed["sentence"]) == (GROUP, "all 4 acknowledged.")


async def test_a_replay_is_followed_as_its_copies(redis: Redis, a_server: Running) -> None:
    await hold(redis, 3, consumer="dead")
    arguments = ("replay", a_server.url, STREAM, "--all", "--to", STREAM, "--ack", GROUP, "--yes")
    result = await run(*arguments, "--json", "--wait", "100ms")
    assert result.code == 1
    [followed] = recovery(result)
    assert followed["sentence"] == "0 of 3 copies acknowledged; 3 not delivered yet."

    await hold(redis, 3, consumer="dead")
    worker = asyncio.create_task(worked_off(redis, "w2", ">"))
    result = await run(*arguments, "--wait", "1m")
    worker.cancel()
    assert result.code == 0
    assert "billing: all " in result.out
    assert "copies acknowledged." in result.out


async def test_copies_for_a_stream_that_nobody_reads_are_not_recovered(
    redis: Redis, a_server: Running
) -> None:
    ids = await hold(redis, 1)
    result = await run(
        *("replay", a_server.url, STREAM, *ids, "--to", "elsewhere", "--yes", "--wait", "10s")
    )
    assert result.code == 1
    assert "no group reads elsewhere" in result.err


async def test_the_journal_says_what_became_of_them(redis: Redis, a_server: Running) -> None:
    await hold(redis, 2, consumer="dead")
    arguments = ("claim", a_server.url, STREAM, GROUP, "--all", "--to", "w2", "--yes", "--json")
    operation_id = json.loads((await run(*arguments, "--wait", "100ms")).line)["operation_id"]
    shown = await run("journal", operation_id)
    assert "billing: 0 of 2 acknowledged; 2 still pending with w2." in shown.out
    [seen, *_] = jsons((await run("journal", operation_id, "--json")).out)
    [followed] = seen["recovery"]
    assert (followed["followed"], followed["pending"], followed["finished"]) == (2, 2, False)

    undone = await run("undo", operation_id, a_server.url, "--yes", "--json", "--wait", "100ms")
    assert undone.code == 1
    assert recovery(undone)[0]["sentence"] == "0 of 2 acknowledged; 2 still pending with dead."


async def test_nothing_is_claimed_for_the_consumer_that_holds_it(
    redis: Redis, a_server: Running
) -> None:
    ids = await hold(redis, 2, consumer="dead")
    arguments = ("claim", a_server.url, STREAM, GROUP)
    by_name = await run(*arguments, "--consumer", "dead", "--to", "dead", "--yes")
    assert (by_name.code, "the same consumer" in by_name.err) == (2, True)
    by_id = await run(*arguments, *ids, "--to", "dead", "--yes")
    assert (by_id.code, "dead holds them already" in by_id.err) == (2, True)
