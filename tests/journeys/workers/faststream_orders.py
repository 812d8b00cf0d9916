"""A FastStream app that handles orders, on the server at $REDIS_URL.

With --stalls it makes an order that brings five more, is given those together, and works on
them for ever; the key `in the middle:CONSUMER` says on which. Otherwise it handles what it is
given: new entries, or with --min-idle those that have been pending for so long.
"""

import argparse
import asyncio
import os

from faststream import FastStream
from faststream.redis import RedisBroker, RedisStreamMessage, StreamSub
from redis.asyncio import Redis

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
parser = argparse.ArgumentParser()
parser.add_argument("consumer")
parser.add_argument("--stalls", action="store_true")
parser.add_argument("--min-idle", type=int)
options = parser.parse_args() if __name__ == "__main__" else parser.parse_args(["unused"])

broker = RedisBroker(URL)
app = FastStream(broker)
orders = StreamSub(
    "test-stream",
    group="test-group",
    consumer=options.consumer,
    polling_interval=50,
    min_idle_time=options.min_idle,
)


@broker.subscriber(stream=orders)
async def handle(order: dict[str, int], message: RedisStreamMessage) -> None:
    """Handle an order."""
    if options.stalls and order["order_id"] > 1:
        [entry_id] = message.raw_message["message_ids"]
        async with Redis.from_url(URL) as redis:
            await redis.set(f"in the middle:{options.consumer}", entry_id)
        await asyncio.Event().wait()
    if order["order_id"] == 1:
        for order_id in range(2, 7):
            await broker.publish({"order_id": order_id}, stream="test-stream")
    else:
        async with Redis.from_url(URL) as redis:
            await redis.incr("handled")


@app.after_startup
async def order_something() -> None:
    """The first order."""
    if options.stalls:
        await broker.publish({"order_id": 1}, stream="test-stream")


if __name__ == "__main__":
    asyncio.run(app.run())
