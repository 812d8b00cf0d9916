from __future__ import annotations

from typing import TYPE_CHECKING

from tests.headless.command_line import by_redis_cli, on_a_terminal, run
from tests.headless.contract import receipt

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

DEAD = "dead-letters"


async def fill(redis: Redis, **origins: int) -> dict[str, list[str]]:
    """Dead letters that say where they came from, of streams that are there; their IDs."""
    made: dict[str, list[str]] = {}
    for stream, count in origins.items():
        await redis.xgroup_create(stream, "g", mkstream=True)
        for number in range(count):
            made.setdefault(stream, []).append(await add(redis, number, stream))
    return made


async def add(redis: Redis, number: int, origin: str | None = None) -> str:
    """Add a dead letter; its ID."""
    fields = ["n", number, *(("streamtop-origin-stream", origin) if origin else ())]
    made: bytes = await redis.execute_command("XADD", DEAD, "*", *fields)  # type: ignore[no-untyped-call]
    return made.decode()


async def test_entries_go_back_to_where_they_came_from(
    any_redis: Redis, every_server: Running
) -> None:
    await fill(any_redis, orders=3, payments=2)
    await add(any_redis, 9)
    result = await run("redrive", every_server.url, DEAD, "--yes", "--json")
    seen = receipt(result)
    assert (result.code, seen.operation, seen.counts) == (0, "redrive", (5, 0, 0))
    assert seen.notes == ["Not included: 1 entry of unknown origin."]
    assert [await any_redis.xlen(name) for name in ("orders", "payments", DEAD)] == [3, 2, 1]


async def test_a_dry_run_shows_how_many_would_go_where(redis: Redis, a_server: Running) -> None:
    await fill(redis, orders=2, payments=3)
    result = await run("redrive", a_server.url, DEAD, "--dry-run", "--read-only")
    assert result.code == 0
    assert result.out.startswith("Redrive 5 entries of dead-letters to where they came from?\n")
    assert "  3 to payments, 2 to orders.\n" in result.out
    assert result.out.endswith("Nothing was sent.\n")
    assert await redis.xlen(DEAD) == 5


async def test_only_those_of_one_stream_can_go_and_they_can_be_kept(
    redis: Redis, a_server: Running
) -> None:
    await fill(redis, orders=2, payments=3)
    result = await run("redrive", a_server.url, DEAD, "--to", "orders", "--keep", "--yes")
    assert result.code == 0
    assert [await redis.xlen(name) for name in ("orders", "payments", DEAD)] == [2, 0, 5]


async def test_entries_with_an_id_go_and_others_are_told(redis: Redis, a_server: Running) -> None:
    made = await fill(redis, orders=2, payments=1)
    unknown = await add(redis, 9)
    ids = (made["orders"][0], made["payments"][0], unknown, "7-7")
    arguments = ("redrive", a_server.url, DEAD, *ids, "--to", "orders", "--yes", "--json")
    result = await run(*arguments)
    seen = receipt(result)
    assert (result.code, seen.counts) == (1, (1, 3, 0))
    assert {each.id for each in seen.outcomes if each.outcome == "skipped"} == set(ids[1:])
    assert [await redis.xlen(name) for name in ("orders", "payments", DEAD)] == [1, 0, 3]


async def test_a_stream_that_is_no_longer_there_is_made_on_request_only(
    redis: Redis, a_server: Running
) -> None:
    await fill(redis, orders=1)
    await redis.delete("orders")
    result = await run("redrive", a_server.url, DEAD, "--yes")
    assert (result.code, await redis.exists("orders"), await redis.xlen(DEAD)) == (1, 0, 1)
    result = await run("redrive", a_server.url, DEAD, "--make-streams", "--yes")
    assert (result.code, await redis.xlen("orders"), await redis.xlen(DEAD)) == (0, 1, 0)


async def test_it_asks_with_the_destinations(redis: Redis, a_server: Running) -> None:
    await fill(redis, orders=2)
    code, seen = await on_a_terminal([("to do it: ", b"yes\n")], "redrive", a_server.url, DEAD)
    assert code == 0
    assert "2 to orders." in seen
    assert await redis.xlen("orders") == 2


async def test_the_lines_for_redis_cli_do_the_same(redis: Redis, a_server: Running) -> None:
    await fill(redis, orders=2, payments=3)
    await by_redis_cli(a_server, "redrive", a_server.url, DEAD)
    assert [await redis.xlen(name) for name in ("orders", "payments", DEAD)] == [2, 3, 0]


async def test_an_empty_stream_has_nothing_to_go(redis: Redis, a_server: Running) -> None:
    await redis.xgroup_create(DEAD, "g", mkstream=True)
    result = await run("redrive", a_server.url, DEAD, "--yes")
    assert (result.code, result.out) == (0, "Redrive: nothing to do\n")
