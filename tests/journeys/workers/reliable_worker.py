"""A worker of the reliable-messaging pattern, on the server at $REDIS_URL.

It creates its group, reads, acknowledges after success only, and takes over entries that
have been pending for a while. With --stalls it works on the first entry for ever; the key
`in the middle:CONSUMER` says on which.
"""

from __future__ import annotations

import argparse
import os
import signal
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

STREAM, GROUP = "test-stream", "test-group"
RETRY_AFTER_MS = 50
BLOCK_MS = 20

Delivered = tuple[bytes, dict[bytes, bytes]]


class Worker:
    """One consumer of the group."""

    def __init__(self, redis: Redis, consumer: str, *, stalls: bool) -> None:
        self.redis = redis
        self.consumer = consumer
        self.stalls = stalls

    def run(self) -> None:
        """Work, for ever."""
        try:
            self.redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        while True:
            for entry_id, fields in (*self.taken_over(), *self.new()):
                try:
                    self.work(entry_id, fields)
                except ValueError:
                    continue  # it stays pending, and is tried again later
                self.redis.xack(STREAM, GROUP, entry_id)

    def new(self) -> list[Delivered]:
        """Entries that nobody was given yet."""
        reply: Any = self.redis.xreadgroup(GROUP, self.consumer, {STREAM: ">"}, 10, BLOCK_MS)
        return [entry for _, entries in reply or () for entry in entries]

    def taken_over(self) -> list[Delivered]:
        """Entries that were given to somebody a while ago, and not acknowledged."""
        rows: Any = self.redis.xpending_range(STREAM, GROUP, "-", "+", 10)
        old = [row["message_id"] for row in rows if row["time_since_delivered"] >= RETRY_AFTER_MS]
        if not old:
            return []
        reply: Any = self.redis.xclaim(STREAM, GROUP, self.consumer, RETRY_AFTER_MS, old)
        return list(reply)

    def work(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        """Work on an entry.

        Raises:
            ValueError: If its order is no number.
        """
        if self.stalls:
            self.redis.set(f"in the middle:{self.consumer}", entry_id)
            signal.pause()
        int(fields[b"order"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("consumer")
    parser.add_argument("--stalls", action="store_true")
    given = parser.parse_args()
    server = Redis.from_url(os.environ["REDIS_URL"])
    Worker(server, given.consumer, stalls=given.stalls).run()
