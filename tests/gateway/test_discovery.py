from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.gateway import discovery, wire
from streamtop.gateway.discovery import CALLS_A_LOOK
from streamtop.gateway.wire import packed
from streamtop.source import RefusedError, UnreachableError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from tests.gateway.conftest import Open, User
    from tests.gateway.proxy import Proxy
    from tests.servers import Running


async def seen(source: Server) -> list[str]:
    return [stream.name for stream in (await source.look()).streams]


async def fill(redis: Redis, keys: int) -> None:
    """Create `count` keys that are not streams."""
    pairs = {f"key:{number}": b"" for number in range(keys)}
    await redis.mset(pairs)


async def test_streams_among_many_other_keys_are_found(
    any_redis: Redis, any_source: Server
) -> None:
    await fill(any_redis, 20_000)
    for number in range(10):
        await any_redis.xadd(f"stream:{number}", {"n": 1})
    snapshot = await any_source.look()
    while not snapshot.complete:
        snapshot = await any_source.look()
    assert [one.name for one in snapshot.streams] == [f"stream:{number}" for number in range(10)]


async def test_a_long_first_round_shows_what_it_has_found_and_says_that_there_may_be_more(
    redis: Redis, source: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(redis, 20_000)
    await redis.xadd("orders", {"n": 1})
    monkeypatch.setattr(discovery, "FIRST_ROUND", 0.0)
    snapshots = [await source.look()]
    while not snapshots[-1].complete:
        snapshots.append(await source.look())
    assert len(snapshots) >= 20
    found = ["orders" in [stream.name for stream in one.streams] for one in snapshots]
    assert found == sorted(found)
    assert found[-1]


async def test_after_a_failure_the_round_starts_over(
    proxy: Proxy, redis: Redis, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(redis, 20_000)
    monkeypatch.setattr(discovery, "FIRST_ROUND", 0.0)
    source = await opened(proxy.url)
    await source.look()
    monkeypatch.setattr(wire, "SILENCE", 0.05)
    proxy.answers.clear()
    with pytest.raises(UnreachableError):
        await source.look()
    monkeypatch.undo()
    proxy.answers.set()
    await source.look()
    assert proxy.asked[1].startswith(packed(b"SCAN", b"0", b"COUNT")[4:], 4)


async def test_later_rounds_take_a_few_calls_a_look(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    await fill(redis, 20_000)
    source = await opened(proxy.url)
    while not (await source.look()).complete:
        pass
    asked = proxy.asked[0]
    for _ in range(3):
        before = asked.count(b"SCAN")
        await source.look()
        assert asked.count(b"SCAN") - before <= CALLS_A_LOOK == 4


async def test_few_keys_are_one_call_a_look(proxy: Proxy, redis: Redis, opened: Open) -> None:
    await redis.xadd("orders", {"n": 1})
    source = await opened(proxy.url)
    for _ in range(3):
        await source.look()
    assert proxy.asked[0].count(b"SCAN") == 3


async def test_a_new_stream_appears_and_one_that_is_gone_vanishes(
    any_redis: Redis, any_source: Server
) -> None:
    await any_redis.xadd("orders", {"n": 1})
    assert await seen(any_source) == ["orders"]
    await any_redis.xadd("audit", {"n": 1})
    assert await seen(any_source) == ["audit", "orders"]
    await any_redis.delete("orders")
    assert await seen(any_source) == ["audit"]
    await any_redis.xadd("orders", {"n": 1})
    assert await seen(any_source) == ["audit", "orders"]


async def test_a_stream_that_is_gone_is_not_asked_for_again(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    await fill(redis, 20_000)
    await redis.xadd("orders", {"n": 1})
    source = await opened(proxy.url)
    while not (await source.look()).complete:
        pass
    await redis.delete("orders")
    await source.look()
    asked = len(proxy.asked[0])
    await source.look()
    assert b"orders" not in proxy.asked[0][asked:]


@pytest.mark.parametrize(
    ("match", "names"),
    [
        (["order*"], ["orders", "orders:eu"]),
        (["order*", "a?dit"], ["audit", "orders", "orders:eu"]),
        (["orders"], ["orders"]),
        (["orders", "p*"], ["orders", "payments"]),
        (["nothing*"], []),
        (["missing"], []),
        ([r"\[/x\]"], ["[/x]"]),
        (["*", "orders"], ["[/x]", "audit", "orders", "orders:eu", "payments"]),
    ],
)
async def test_only_the_streams_that_match_are_looked_at(
    a_server: Running, redis: Redis, opened: Open, match: list[str], names: list[str]
) -> None:
    for name in ("orders", "orders:eu", "audit", "payments", "[/x]"):
        await redis.xadd(name, {"n": 1})
    source = await opened(a_server.url, match=match)
    for _ in range(3):
        assert await seen(source) == names


async def test_a_name_is_looked_at_without_a_scan(proxy: Proxy, redis: Redis, opened: Open) -> None:
    source = await opened(proxy.url, match=["orders"])
    assert await seen(source) == []
    await redis.xadd("orders", {"n": 1})
    assert await seen(source) == ["orders"]
    await redis.delete("orders")
    assert await seen(source) == []
    await redis.xadd("orders", {"n": 1})
    assert await seen(source) == ["orders"]
    assert b"SCAN" not in proxy.asked[0]


async def test_without_scan_the_source_says_what_is_missing(
    a_server: Running, redis: Redis, user: User, opened: Open
) -> None:
    url = await user(redis, a_server, "+@all", "-scan", "~*")
    source = await opened(url)
    with pytest.raises(RefusedError, match="SCAN, which is refused: NOPERM"):
        await source.look()
