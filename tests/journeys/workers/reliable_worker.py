"""A worker of the reliable-messaging pattern, on the server at $REDIS_URL.

It creates its group, reads, acknowledges after success only, and takes over entries that
have been pending for a while. With --stalls it works on the first entry for ever; the key
`in the middle:CONSUMER` says on which.
"""

from __future__ import annotations

import argparse
import os
import signal
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def new(self) -> Iterator[Delivered]:
        """Entries that nobody was given yet."""
        reply = self.redis.xreadgroup(GROUP, self.consumer, {STREAM: ">"}, 10, BLOCK_MS)
        for _, rows in reply or ():  # type: ignore[union-attr] # the sync client's own answer
            yield from rows

    def taken_over(self) -> Iterator[Delivered]:
        """Entries that were given to somebody a while ago, and not acknowledged."""
        rows = self.redis.xpending_range(STREAM, GROUP, "-", "+", 10)
        old = [
            row["message_id"]
            for row in rows  # type: ignore[union-attr] # the sync client's own answer
            if row["time_since_delivered"] >= RETRY_AFTER_MS
        ]
        if old:
            yield from self.redis.xclaim(  # type: ignore[misc] # the sync client's own answer
                STREAM, GROUP, self.consumer, RETRY_AFTER_MS, old
            )

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
