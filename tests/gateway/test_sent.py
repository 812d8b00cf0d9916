from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from redis.asyncio.connection import UnixDomainSocketConnection

from streamtop.gateway import server_info
from streamtop.gateway.server import Server
from streamtop.gateway.watched_stream import SMALL
from streamtop.gateway.wire import Wire
from streamtop.model.entries import EntryPage
from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from streamtop.gateway.wire import Question
    from tests.gateway.conftest import Open
    from tests.gateway.proxy import Proxy
    from tests.servers import Running


async def test_a_large_payload_does_not_travel_with_each_look(redis: Redis, source: Server) -> None:
    await redis.xadd("orders", {"n": b"x" * 1_000_000}, id="1-1")
    await redis.xgroup_create("orders", "billing", "0")
    first = await source.look()
    second = await source.look()
    assert first.cost.received > 2_000_000
    assert second.cost.received < 2 * SMALL
    [stream] = second.streams
    assert stream.edges == first.streams[0].edges
    assert (stream.edges_fresh, stream.length) == (False, 1)
    [group] = stream.groups
    assert (group.lag.count, group.lag.trust) == (1, "reported")


class Measured(Wire):
    """A wire that records the bytes received by each exchange."""

    def __init__(self, server: Running) -> None:
        dial = partial(UnixDomainSocketConnection, path=str(server.socket), protocol=2)
        super().__init__(partial(dial, driver_info=None), server.url, connect_within=5)
        self.brought: list[int] = []

    async def exchange(
        self, questions: Sequence[Question], *, silence: float | None = None
    ) -> None:
        before = self.received
        await super().exchange(questions, silence=silence)
        self.brought.append(self.received - before)


async def test_a_server_is_made_to_hold_few_large_payloads_ready_at_once(
    a_server: Running, redis: Redis
) -> None:
    for number in range(60):
        await redis.xadd(f"stream:{number}", {"n": b"x" * 500_000})
    wire = Measured(a_server)
    source = Server(wire, wire, server_info.server_info("", b""))
    snapshot = await source.look()
    await source.close()
    assert [stream.length for stream in snapshot.streams] == [1] * 60
    _scan, first, *others, _last = wire.brought
    assert first < 17_000_000
    assert max(others) < 7_000_000
    assert sum(wire.brought) > 60_000_000


async def test_a_field_of_10_mb_is_read_whole(any_redis: Redis, any_source: Server) -> None:
    value = bytes(range(256)) * 40_960
    await any_redis.xadd("orders", {"a": value}, id="1-1")
    snapshot = await any_source.look()
    page = await any_source.entries("orders")
    assert snapshot.streams[0].length == 1
    [entry] = page.entries
    assert entry.fields == ((b"a", value),)
    assert await any_source.entries("orders", beyond=entry.id) == EntryPage((), complete=True)


async def test_what_a_look_sends_only_reads(
    every_server: Running, any_redis: Redis, opened: Open
) -> None:
    await any_redis.xadd("orders", {"n": 1}, id="1-1")
    await any_redis.xgroup_create("orders", "billing", "0")
    await any_redis.xreadgroup("billing", "w", {"orders": ">"})
    await any_redis.config_resetstat()
    source = await opened(every_server.url)
    for _ in range(12):
        await source.look()
    await source.entries("orders")
    await source.entries_by_id("orders", [EntryId(1, 1)])
    await source.pending("orders", "billing")
    await source.pending_now("orders", "billing", [EntryId(1, 1)])
    stats = await any_redis.info("commandstats")
    used = {name.removeprefix("cmdstat_").partition("|")[0] for name in stats} - {"config"}
    reads = {"info", "scan", "xinfo", "xpending", "xrange", "xrevrange", "time"}
    assert used in (reads, reads | {"type"})


async def test_a_connection_is_made_without_a_word_that_is_not_needed(
    proxy: Proxy, opened: Open
) -> None:
    source = await opened(f"{proxy.url}?db=3")
    await source.look()
    [asked] = proxy.asked
    assert asked.startswith(b"*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*2\r\n$4\r\nINFO\r\n")
    for word in (b"HELLO", b"CLIENT", b"PING", b"AUTH"):
        assert word not in asked
    assert asked.count(b"SELECT") == 1


async def test_a_failover_is_noticed_within_some_looks(redis: Redis, source: Server) -> None:
    await redis.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]
    try:
        roles = [(await source.look()).server.role for _ in range(11)]
    finally:
        await redis.execute_command("REPLICAOF", "NO", "ONE")  # type: ignore[no-untyped-call]
    assert roles[0] == "master"
    assert roles[-1] == "slave"
