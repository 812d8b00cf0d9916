"""The most delivered pending entry, wherever it is in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.gateway.connect import connect
from streamtop.gateway.delivery_sweep import LARGE_PAGE
from streamtop.gateway.most_delivered import PAGE

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.model.snapshot import OldestPending
    from tests.servers import Running

PENDING = 3 * PAGE + 5


async def hold(redis: Redis, count: int) -> None:
    """Create `count` pending entries; the last but three was delivered nine times."""
    await redis.xgroup_create("orders", "billing", id="0", mkstream=True)
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(1, count + 1):
            pipe.xadd("orders", {"n": "1"}, id=f"{number}-0")
        await pipe.execute()
    await redis.xreadgroup("billing", "w", {"orders": ">"}, count=count)
    await redis.xclaim("orders", "billing", "w", 0, [f"{count - 3}-0"], retrycount=9)


async def most(server: Server) -> OldestPending:
    stream = (await server.look()).stream("orders")
    assert stream is not None
    assert stream.groups[0].most_delivered is not None
    return stream.groups[0].most_delivered


async def test_a_few_looks_find_the_entry_that_was_delivered_most_often(
    any_redis: Redis, every_server: Running
) -> None:
    await hold(any_redis, PENDING)
    server = await connect(every_server.url)
    found = [(await most(server)).deliveries for _ in range(4)]
    assert found == [1, 1, 1, 9]
    await any_redis.xack("orders", "billing", f"{PENDING - 3}-0")
    assert (await most(server)).deliveries == 1
    await server.close()


async def test_a_thorough_look_finds_it_at_once(any_redis: Redis, every_server: Running) -> None:
    await hold(any_redis, 2 * LARGE_PAGE + 50)
    server = await connect(every_server.url, thorough=True)
    entry = await most(server)
    assert (str(entry.id), entry.deliveries) == (f"{2 * LARGE_PAGE + 47}-0", 9)
    await server.close()
