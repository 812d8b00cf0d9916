from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio.connection import UnixDomainSocketConnection

from streamtop.gateway import wire as wires
from streamtop.gateway.wire import IN_FLIGHT, SLICE, Wire, packed
from streamtop.source import RefusedError, RejectedError, UnreachableError
from tests import servers
from tests.kit.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.gateway.wire import Answer
    from tests.gateway.conftest import Open
    from tests.gateway.proxy import Proxy
    from tests.servers import Running


class Spied(UnixDomainSocketConnection):
    """A connection that reports how many PINGs are in each write."""

    def __init__(self, *, counted: Callable[[int], None], **options: Any) -> None:
        super().__init__(**options)
        self.counted = counted

    async def _connect(self) -> None:
        await super()._connect()  # type: ignore[no-untyped-call]
        assert self._writer is not None
        write = self._writer.write

        def spy(data: bytes) -> None:
            self.counted(data.count(b"PING"))
            write(data)

        self._writer.write = spy  # type: ignore[method-assign, assignment]


@pytest.fixture
async def wire(a_server: Running, redis: Redis) -> AsyncIterator[Wire]:
    dial = partial(
        UnixDomainSocketConnection, path=str(a_server.socket), protocol=2, driver_info=None
    )
    wire = Wire(dial, a_server.url, connect_within=5)
    yield wire
    await wire.close()


async def test_many_commands_go_out_in_slices_and_few_are_in_flight(a_server: Running) -> None:
    writes: list[int] = []
    answers: list[Answer] = []
    in_flight: list[int] = []

    def counted(pings: int) -> None:
        writes.append(pings)
        in_flight.append(sum(writes) - len(answers))

    dial = partial(Spied, counted=counted, path=str(a_server.socket), protocol=2, driver_info=None)
    wire = Wire(dial, a_server.url, connect_within=5)
    await wire.exchange([(packed(b"PING"), answers.append)] * 5_001)
    await wire.close()

    assert answers == [b"PONG"] * 5_001
    assert sum(writes) == wire.commands == 5_001
    assert max(writes) == SLICE == 200
    assert max(in_flight) <= IN_FLIGHT == 1_000
    assert wire.received == 5_001 * len(b"+PONG\r\n")


async def test_an_error_stands_in_its_slot_and_in_lists(wire: Wire) -> None:
    script = b"return {1, redis.error_reply('ERR inside')}"
    answers = await wire.ask([(b"NO",), (b"PING",), (b"EVAL", script, b"0")])
    assert isinstance(answers[0], RejectedError)
    assert answers[1] == b"PONG"
    assert isinstance(answers[2], list)
    assert isinstance(answers[2][1], RejectedError)


async def test_the_event_loop_has_room_while_much_arrives(wire: Wire, redis: Redis) -> None:
    await redis.set("big", b"x" * 10_000_000)
    task = asyncio.create_task(wire.ask([(b"GET", b"big")] * 3))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert [len(answer) for answer in await task if isinstance(answer, bytes)] == [10_000_000] * 3
    assert turns > 30_000_000 / wires.PIECE / 2


async def test_a_cancelled_look_leaves_the_source_usable(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    await redis.xadd("orders", {"n": 1})
    source = await opened(proxy.url)
    before = await source.look()
    proxy.answers.clear()
    asked = len(proxy.asked[0])
    task = asyncio.create_task(source.look())
    await until(lambda: len(proxy.asked[0]) > asked)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    proxy.answers.set()
    assert await source.look() == before
    assert len(proxy.asked) == 2


async def test_an_idle_connection_that_the_server_closed_is_replaced_unseen(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    source = await opened(proxy.url)
    await source.write([(b"PING",)])
    before = await source.look()
    await proxy.cut()
    assert await source.look() == before
    assert await source.write([(b"XADD", b"orders", b"1-1", b"n", b"1")]) == [b"1-1"]
    assert await redis.xlen("orders") == 1


async def test_a_write_whose_connection_breaks_is_never_sent_again(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    source = await opened(proxy.url)
    proxy.answers.clear()
    task = asyncio.create_task(source.write([(b"XADD", b"orders", b"*", b"n", b"1")]))
    await until(lambda: redis.xlen("orders"))
    await proxy.cut()
    with pytest.raises(UnreachableError, match=r"the server closed the connection|was reset"):
        await task
    proxy.answers.set()
    assert await source.write([(b"PING",)]) == [b"PONG"]
    assert await redis.xlen("orders") == 1
    assert sum(asked.count(b"XADD") for asked in proxy.asked) == 1


async def test_unsent_bytes_of_a_cancelled_write_are_never_sent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        dial = partial(UnixDomainSocketConnection, path=str(tmp_path / "s"), protocol=2)
        wire = Wire(partial(dial, driver_info=None), "", connect_within=5)
        task = asyncio.create_task(wire.ask([(b"SET", b"key", b"x" * 10_000_000)]))
        await until(lambda: wire.commands == 1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        connection, _ = listener.accept()
        source, sink = await asyncio.open_unix_connection(sock=connection)
        assert len(await source.read()) < 10_000_000
        sink.close()


async def test_pages_do_not_wait_behind_a_look(proxy: Proxy, redis: Redis, opened: Open) -> None:
    await redis.xadd("orders", {"n": 1}, id="1-1")
    source = await opened(proxy.url)
    await source.entries("orders")
    proxy.answers.clear()
    asked = len(proxy.asked[0])
    look = asyncio.create_task(source.look())
    await until(lambda: len(proxy.asked[0]) > asked)
    asked = len(proxy.asked[1])
    page = asyncio.create_task(source.entries("orders"))
    await until(lambda: len(proxy.asked[1]) > asked)
    proxy.answers.set()
    assert len((await page).entries) == 1
    await look


async def test_a_silent_server_is_reported_and_asked_next_on_a_new_connection(
    proxy: Proxy, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await opened(proxy.url)
    monkeypatch.setattr(wires, "SILENCE", 0.05)
    proxy.answers.clear()
    with pytest.raises(UnreachableError, match=r"cannot reach unix:.*: no answer within 0\.05 s"):
        await source.look()
    monkeypatch.undo()
    proxy.answers.set()
    assert (await source.look()).complete
    assert len(proxy.asked) == 2


async def test_a_write_is_waited_for_longer_than_anything_else(
    redis: Redis, a_server: Running, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "SILENCE", 0.05)
    source = await opened(a_server.url)
    busy = (
        b"local t = redis.call('TIME') local from = t[1] * 1000000 + t[2] "
        b"repeat t = redis.call('TIME') until t[1] * 1000000 + t[2] - from > 200000 return 7"
    )
    assert await source.write([(b"EVAL", busy, b"0")]) == [7]


async def test_a_server_that_was_started_again_is_seen_again(proxy: Proxy, opened: Open) -> None:
    binary = servers.binary("valkey")
    assert binary is not None
    with servers.running(binary) as first:
        proxy.upstream = first.socket
        source = await opened(proxy.url)
        await source.look()
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"^cannot reach unix:"):
            await source.look()
    with servers.running(binary) as second:
        proxy.upstream = second.socket
        assert (await source.look()).complete


async def test_nothing_is_written_by_a_source_that_is_read_only(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    source = await opened(proxy.url, read_only=True)
    with pytest.raises(RefusedError, match="nothing was sent"):
        await source.write([(b"XADD", b"orders", b"*", b"n", b"1")])
    assert not any(b"XADD" in asked for asked in proxy.asked)
    assert len(proxy.asked) == 1


async def test_each_command_of_a_write_has_its_reply_or_its_error(
    any_redis: Redis, any_source: Server
) -> None:
    answers = await any_source.write(
        [(b"XADD", b"orders", b"1-1", b"n", b"1"), (b"XADD", b"orders"), (b"XLEN", b"orders")]
    )
    assert answers[0] == b"1-1"
    assert isinstance(answers[1], RejectedError)
    assert answers[2] == 1
