from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from streamtop.gateway.connect import connect
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.apply import NoLog, apply
from streamtop.operations.claim import Claim
from streamtop.source import BusyError, MissingError, RefusedError, SourceError, WrongTypeError
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from streamtop.gateway.server import Server
    from tests.gateway.conftest import Open, User
    from tests.servers import Running

LEAST = (
    *("-@all", "+xinfo", "+xpending", "+xrange", "+xrevrange", "+xlen", "+scan", "+type"),
    *("+info", "+ping", "+select", "+memory|usage"),
)


def _needs_acl(source: Server) -> None:
    if source.info.api < (7, 0):
        pytest.skip("before 7.0 an ACL knows no reading of keys and no subcommands of a command")


async def _with_a_stream(redis: Redis, name: str) -> None:
    await redis.xadd(name, {"n": 1}, id="1-1")
    await redis.xgroup_create(name, "billing", "0")
    await redis.xreadgroup("billing", "w", {name: ">"})


async def test_the_least_rights_are_enough_to_watch(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    _needs_acl(any_source)
    await _with_a_stream(any_redis, "orders")
    source = await opened(await user(any_redis, every_server, *LEAST, "~*"))
    full, least = await any_source.look(), await source.look()
    [stream], [expected] = least.streams, full.streams
    assert stream.error is None
    assert stream.groups[0].pending == 1
    assert stream.groups[0].consumers[0].name == "w"
    assert stream.edges == expected.edges
    assert least.time_ms is None
    assert len((await source.entries("orders")).entries) == 1
    assert len(await source.pending("orders", "billing")) == 1
    [answer] = await source.write([(b"XADD", b"orders", b"*", b"n", b"1")])
    assert isinstance(answer, RefusedError)


async def test_a_stream_that_may_not_be_read_keeps_its_row(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    _needs_acl(any_source)
    await _with_a_stream(any_redis, "orders")
    await _with_a_stream(any_redis, "secret")
    source = await opened(await user(any_redis, every_server, *LEAST, "~ord*"))
    for _ in range(2):
        orders, secret = (await source.look()).streams
        assert (orders.name, orders.error) == ("orders", None)
        assert secret.name == "secret"
        assert secret.error is not None
        assert "NOPERM" in secret.error
        assert secret.groups == ()
    await any_redis.delete("secret")
    assert [stream.name for stream in (await source.look()).streams] == ["orders"]


@pytest.mark.parametrize(
    ("denied", "consumers", "edges"),
    [("-xinfo|consumers", False, True), ("-xpending", True, True), ("-xinfo|stream", True, False)],
)
async def test_what_may_not_be_asked_is_missing_and_nothing_else(
    every_server: Running,
    any_redis: Redis,
    any_source: Server,
    user: User,
    opened: Open,
    denied: str,
    consumers: bool,
    edges: bool,
) -> None:
    _needs_acl(any_source)
    await _with_a_stream(any_redis, "orders")
    source = await opened(await user(any_redis, every_server, "+@all", denied, "~*"))
    [stream] = (await source.look()).streams
    [group] = stream.groups
    assert stream.error is None
    assert stream.length == 1
    assert group.pending == 1
    assert bool(group.consumers) == consumers
    assert (group.oldest_pending is not None) == (denied != "-xpending")
    assert (stream.edges is not None) == stream.edges_fresh == edges


async def test_a_command_denied_in_the_middle_is_an_outcome_and_changes_nothing(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    if any_source.info.api < (6, 0):
        pytest.skip("before 6.0 there are no users")
    await _with_a_stream(any_redis, "orders")
    source = await opened(await user(any_redis, every_server, "+@all", "-xclaim", "~*"))
    held = PendingEntries(await source.pending("orders", "billing"))
    before = await any_redis.dump("orders")
    claim = Claim("orders", "billing", "new", held, new_consumer=True)
    receipt = await apply(claim, source, NoLog())
    assert (receipt.done, receipt.failed, receipt.left) == (0, 1, 0)
    assert receipt.outcomes[0].reason is not None
    assert receipt.outcomes[0].reason.startswith("the server refused: ")
    assert await any_redis.dump("orders") == before
    assert (await apply(Acknowledge("orders", "billing", held), source, NoLog())).clean


async def test_a_user_without_scripts_is_refused_at_the_first_step(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    if any_source.info.api < (6, 0):
        pytest.skip("before 6.0 there are no users")
    await _with_a_stream(any_redis, "orders")
    source = await opened(await user(any_redis, every_server, "+@all", "-eval", "~*"))
    held = PendingEntries(await source.pending("orders", "billing"))
    receipt = await apply(Acknowledge("orders", "billing", held), source, NoLog())
    assert isinstance(receipt.error, RefusedError)
    assert "NOPERM" in str(receipt.error)
    assert (receipt.done, receipt.failed) == (0, 1)
    assert len(await source.pending("orders", "billing")) == 1


async def test_a_user_who_may_not_even_ask_info_can_watch(
    a_server: Running, redis: Redis, user: User, opened: Open
) -> None:
    await _with_a_stream(redis, "orders")
    source = await opened(await user(redis, a_server, "+@all", "-info", "-time", "~*"))
    snapshot = await source.look()
    assert (source.info.flavour, source.info.version) == ("unknown", "")
    assert snapshot.time_ms is None
    assert [stream.name for stream in snapshot.streams] == ["orders"]


async def test_a_wrong_password_is_refused_and_not_shown(
    every_server: Running, any_redis: Redis, user: User
) -> None:
    source = await connect(every_server.url)
    await source.close()
    _needs_acl(source)
    await user(any_redis, every_server, "+@all", "~*")
    path = every_server.socket
    with pytest.raises(RefusedError, match="WRONGPASS") as caught:
        await connect(f"unix://streamtop-test:qzx@{path}")
    assert str(caught.value).startswith(f"unix://streamtop-test@{path} refuses the connection: ")
    assert "qzx" not in str(caught.value)


async def test_a_server_that_requires_a_password_says_so(
    every_server: Running, any_redis: Redis
) -> None:
    await any_redis.config_set("requirepass", "qzx")
    try:
        with pytest.raises(RefusedError, match="NOAUTH"):
            await connect(every_server.url)
        source = await connect(f"unix://:qzx@{every_server.socket}")
        assert (await source.look()).streams == ()
        assert "qzx" not in source.info.url
        await source.close()
    finally:
        async with Redis.from_url(f"unix://:qzx@{every_server.socket}", protocol=2) as redis:
            await redis.config_set("requirepass", "")


async def test_a_missing_database_is_reported(every_server: Running) -> None:
    with pytest.raises(SourceError, match=r"refuses the connection: .*out of range"):
        await connect(f"{every_server.url}?db=99")


@pytest.mark.parametrize("match", [[], ["orders"]])
async def test_a_busy_server_is_reported_and_looked_at_again_later(
    a_server: Running, redis: Redis, opened: Open, match: list[str]
) -> None:
    await redis.xadd("orders", {"n": 1})
    source = await opened(a_server.url, match=match)
    before = await source.look()
    limit = (await redis.config_get("lua-time-limit"))["lua-time-limit"]
    await redis.config_set("lua-time-limit", 1)
    script = asyncio.ensure_future(redis.eval("while true do end", 0))
    error = await first_error(source)
    await redis.script_kill()
    with suppress(ResponseError):
        await script
    await redis.config_set("lua-time-limit", limit or 5_000)
    assert isinstance(error, BusyError)
    assert await source.look() == before


async def first_error(source: Server) -> SourceError:
    """Look until a look fails."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await source.look()
            except SourceError as error:
                return error


async def test_a_missing_stream_a_missing_group_and_another_type_are_different_errors(
    any_redis: Redis, any_source: Server
) -> None:
    await any_redis.xadd("orders", {"n": 1})
    await any_redis.set("text", "text")
    for stream in ("orders", "missing"):
        with pytest.raises(MissingError):
            await any_source.pending(stream, "billing")
    with pytest.raises(WrongTypeError):
        await any_source.entries("text")
    assert (await any_source.entries("missing")).entries == ()
