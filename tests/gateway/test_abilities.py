from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from streamtop.source import BusyError, RefusedError
from tests import servers
from tests.conftest import named
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.gateway.server import Server
    from tests.gateway.conftest import Open, User
    from tests.gateway.proxy import Proxy
    from tests.servers import Running

ALL = (
    *("EVAL", "XACK", "XCLAIM", "XADD", "XDEL", "XTRIM", "XGROUP CREATE", "XGROUP SETID"),
    *("XGROUP DESTROY", "XGROUP DELCONSUMER", "DEL", "UNLINK"),
)
"""Commands that every server with streams has."""


def _has_acl(source: Server) -> bool:
    return source.info.api >= (6, 0)


def _tells_rights(source: Server) -> bool:
    return source.info.api >= (7, 0)


async def test_what_a_server_has_is_known_without_trying_it(
    any_redis: Redis, any_source: Server
) -> None:
    able = await any_source.abilities()
    redis = any_source.info.flavour == "redis"
    version = any_source.info.api if redis else (0, 0)
    api = any_source.info.api
    assert able.api == api
    assert able.why_not(*ALL) is None
    assert ("XNACK" in able.absent) == (version < (8, 8))
    assert ("XDELEX" in able.absent) == ("XACKDEL" in able.absent) == (version < (8, 2))
    assert ("XAUTOCLAIM" in able.absent) == (api < (6, 2))
    assert ("XGROUP CREATECONSUMER" in able.absent) == ("XTRIM MINID" in able.absent)
    assert ("XTRIM MINID" in able.absent) == (api < (6, 2))
    assert able.idempotent == (version >= (8, 6))
    assert able.refused == frozenset()
    assert able.user == ("default" if _has_acl(any_source) else None)
    assert able.read_only is None


async def test_a_server_behaves_as_its_abilities_say(any_redis: Redis, any_source: Server) -> None:
    able = await any_source.abilities()
    await any_redis.xadd("orders", {"n": 1}, id="1-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    commands = {
        "XNACK": (b"XNACK", b"orders", b"billing", b"FAIL", b"IDS", b"1", b"9-9"),
        "XDELEX": (b"XDELEX", b"orders", b"IDS", b"1", b"9-9"),
        "XACKDEL": (b"XACKDEL", b"orders", b"billing", b"IDS", b"1", b"9-9"),
        "XAUTOCLAIM": (b"XAUTOCLAIM", b"orders", b"billing", b"w", b"0", b"9-9"),
        "XTRIM MINID": (b"XTRIM", b"orders", b"MINID", b"1-0"),
        "XGROUP CREATECONSUMER": (b"XGROUP", b"CREATECONSUMER", b"orders", b"billing", b"w"),
        "XGROUP SETID": (b"XGROUP", b"SETID", b"orders", b"billing", b"0"),
    }
    answers = await any_source.write(list(commands.values()))
    refused = {
        name
        for name, answer in zip(commands, answers, strict=True)
        if isinstance(answer, Exception)
    }
    assert refused == {name for name in commands if able.why_not(name)}
    again = (b"XADD", b"copies", b"IDMP", b"streamtop", b"once", b"*", b"n", b"1")
    first, second = await any_source.write([again, again])
    assert able.idempotent == (isinstance(first, bytes) and first == second)


async def test_a_user_who_may_only_watch_may_send_nothing_that_writes(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    if not _has_acl(any_source):
        pytest.skip("before 6.0 there are no users")
    rights = ("-@all", "+info", "+command", "+acl", "+xrange", "+xpending", "+xinfo", "~*")
    source = await opened(await user(any_redis, every_server, *rights))
    able = await source.abilities()
    assert able.user == "streamtop-test"
    if not _tells_rights(source):
        assert able.why_not(*ALL) is None  # ACL DRYRUN came with 7.0
        return
    for command in ALL:
        assert able.why_not(command) == f"the user streamtop-test may not send {command}"
    assert {"XGROUP", "EVAL_RO"} <= able.refused
    assert able.why_not("XRANGE", "XPENDING", "XINFO STREAM", "XINFO GROUPS") is None
    assert not able.absent & able.refused


@pytest.mark.parametrize("denied", ["-xclaim", "-eval", "-xgroup|destroy", "-xgroup"])
async def test_exactly_the_denied_command_is_refused(
    every_server: Running,
    any_redis: Redis,
    any_source: Server,
    user: User,
    opened: Open,
    denied: str,
) -> None:
    if not _tells_rights(any_source):
        pytest.skip("ACL DRYRUN came with 7.0")
    source = await opened(await user(any_redis, every_server, "+@all", denied, "~*"))
    able = await source.abilities()
    words = denied[1:].upper().replace("|", " ")
    told = {command for command in ALL if able.why_not(command)}
    assert told == {command for command in ALL if command.startswith(words)}
    assert ("XGROUP" in able.refused) == (denied == "-xgroup")
    assert (able.why_not("XGROUP|DESTROY") is None) == ("xgroup" not in denied)


async def test_rights_to_keys_are_not_taken_for_rights_to_commands(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    if not _tells_rights(any_source):
        pytest.skip("ACL DRYRUN came with 7.0")
    for rights in (("+@all", "%R~*", "~ord*"), ("+acl", "+command", "(+@all ~ord*)")):
        source = await opened(await user(any_redis, every_server, *rights))
        able = await source.abilities()
        assert able.why_not(*ALL) is None


@pytest.mark.parametrize("denied", [("-acl",), ("-command",), ("-acl", "-command", "-info")])
async def test_what_may_not_be_asked_counts_as_possible(
    every_server: Running,
    any_redis: Redis,
    any_source: Server,
    user: User,
    opened: Open,
    denied: tuple[str, ...],
) -> None:
    if not _has_acl(any_source):
        pytest.skip("before 6.0 there are no users")
    full = await any_source.abilities()
    source = await opened(await user(any_redis, every_server, "+@all", *denied, "~*"))
    able = await source.abilities()
    assert able.why_not(*ALL) is None
    assert able.user == (None if "-acl" in denied else "streamtop-test")
    if denied == ("-acl",) or (denied == ("-command",) and _tells_rights(source)):
        assert able.absent == full.absent
    if "-info" not in denied:
        assert (able.api, able.idempotent) == (full.api, full.idempotent)
    elif "-command" in denied:
        assert (able.api, able.idempotent) == ((0, 0), False)


async def test_the_syntax_of_a_server_that_hides_its_version_follows_from_its_commands(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    if not _has_acl(any_source):
        pytest.skip("before 6.0 there are no users")
    source = await opened(await user(any_redis, every_server, "+@all", "-info", "~*"))
    able, full = await source.abilities(), await any_source.abilities()
    assert able.idempotent == full.idempotent
    steps = [(5, 0), (6, 2), (7, 0), (8, 2), (8, 6), (8, 8)]
    assert able.api == max(step for step in steps if step <= full.api)


async def test_a_server_without_a_command_of_its_version_is_believed(opened: Open) -> None:
    with servers.running(named("valkey"), ("--rename-command", "EVAL", "")) as server:
        able = await (await opened(server.url)).abilities()
        assert able.why_not("EVAL", "XACK") == "this server has no EVAL"
        assert able.why_not("XACK") is None


async def test_what_can_be_done_is_asked_once(proxy: Proxy, opened: Open) -> None:
    source = await opened(proxy.url)
    both = await asyncio.gather(source.abilities(), source.abilities())
    assert both[0] == both[1] == await source.abilities()
    asked = b"".join(proxy.asked)
    assert asked.count(b"WHOAMI") == asked.count(b"XCLAIM") - 1 == 1


async def test_nothing_is_changed_by_asking(any_redis: Redis, any_source: Server) -> None:
    await any_redis.xadd("k", {"n": 1})
    await any_redis.xgroup_create("k", "g", "0")
    before = await any_redis.dump("k")
    await any_source.abilities()
    assert await any_redis.dump("k") == before
    assert await any_redis.dbsize() == 1


async def test_a_server_that_is_busy_is_asked_again_later(
    a_server: Running, redis: Redis, opened: Open
) -> None:
    source = await opened(a_server.url)
    limit = (await redis.config_get("lua-time-limit"))["lua-time-limit"]
    await redis.config_set("lua-time-limit", 1)
    script = asyncio.ensure_future(redis.eval("while true do end", 0))
    async with asyncio.timeout(PATIENCE):
        while not await _is_busy(source):
            pass
    await redis.script_kill()
    await asyncio.gather(script, return_exceptions=True)
    await redis.config_set("lua-time-limit", limit or 5_000)
    assert (await source.abilities()).user == "default"


async def _is_busy(source: Server) -> bool:
    [answer] = await source.write([(b"PING",)])
    if isinstance(answer, BusyError):
        with pytest.raises(BusyError):
            await source.abilities()
        return True
    return False


@pytest.mark.parametrize(
    ("because", "told"),
    [
        (None, "streamtop was started read-only"),
        ("--read-only", "streamtop was started read-only (--read-only)"),
    ],
)
async def test_read_only_mode_names_what_chose_it(
    a_server: Running, redis: Redis, opened: Open, because: str | None, told: str
) -> None:
    source = await opened(a_server.url, read_only=True, because=because)
    assert (await source.abilities()).why_not("XACK") == told
    with pytest.raises(RefusedError) as error:
        await source.write([(b"XADD", b"orders", b"*", b"n", b"1")])
    assert str(error.value) == f"nothing was sent: {told}"


async def test_a_replica_takes_no_writes_until_it_is_promoted(
    start_server: Callable[[servers.Binary], Running], opened: Open
) -> None:
    binary = named("valkey")
    with servers.running(binary) as server:
        async with Redis.from_url(server.url, protocol=2) as redis:
            source = await opened(server.url)
            assert (await source.abilities()).read_only is None
            await redis.replicaof("127.0.0.1", "1")
            replica = await opened(server.url)
            told = (await replica.abilities()).why_not("XACK")
            assert told == "this is a replica: it takes no writes"
            await redis.replicaof("NO", "ONE")
            async with asyncio.timeout(PATIENCE):
                while (await replica.abilities()).read_only:
                    await replica.look()
