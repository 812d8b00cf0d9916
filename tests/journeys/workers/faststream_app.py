"""A FastStream app, on the server at $REDIS_URL.

Its first order brings two more; it acknowledges the first, is given the two together, and
works on one of them for ever. The key `in the middle:1` says which.
"""

import asyncio
import os

from faststream import FastStream
from faststream.redis import RedisBroker, RedisStreamMessage, StreamSub
from redis.asyncio import Redis

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

broker = RedisBroker(URL)
app = FastStream(broker)


@broker.subscriber(stream=StreamSub("test-stream", group="test-group", consumer="1"))
async def handle(order: dict[str, int], message: RedisStreamMessage) -> None:
    """Work on an order."""
    if order["order_id"] == 1:
        for order_id in (2, 3):
            await broker.publish({"order_id": order_id}, stream="test-stream")
        return
    [entry_id] = message.raw_message["message_ids"]
    async with Redis.from_url(URL) as redis:
        await redis.set("in the middle:1", entry_id)
    await asyncio.Event().wait()


@app.after_startup
async def order_something() -> None:
    """The first order."""
    await broker.publish({"order_id": 1}, stream="test-stream")


if __name__ == "__main__":
    asyncio.run(app.run())
