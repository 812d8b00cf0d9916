"""The live producers and consumers, which follow the reliable pattern of Redis Streams.

A consumer reads with XREADGROUP, acknowledges an entry only after its work succeeded, and
regularly claims (XCLAIM) entries that have been pending for too long. Dead consumers have no
part here: their pending entries belong to the history.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from itertools import count
from random import Random
from typing import TypeAlias

from redis.exceptions import ResponseError

from streamtop.demo.client import Client
from streamtop.demo.scenario import Group, Stream

BLOCK_MS = 2_000
"""How long one XREADGROUP waits for entries: the longest idle time of a healthy consumer."""
RETRY_AFTER_MS = 4_000
"""How long an entry is pending before a consumer tries it again."""
RESTART_SECONDS = 10
"""How long after a crash a producer or consumer is started again."""

Life: TypeAlias = Callable[[], Coroutine[None, None, None]]
RawEntry: TypeAlias = tuple[bytes, list[bytes] | None]
"""An entry ID, and field names and values in turn; `None` for one that no longer exists."""


async def play(client: Client, scenario: Iterable[Stream]) -> None:
    """Run all producers and consumers until cancelled.

    Raises:
        ExceptionGroup: If the server is gone.
    """
    async with asyncio.TaskGroup() as tasks:
        for life in lives(client, scenario):
            tasks.create_task(supervise(life))


def lives(client: Client, scenario: Iterable[Stream]) -> Iterable[Life]:
    """Every producer and consumer of the scenario, not yet started."""
    for stream in scenario:
        if stream.rate:
            yield Producer(client, stream).run
        if stream.withdrawn_every is not None:
            yield Withdrawer(client, stream.name, stream.withdrawn_every).run
        for group in stream.groups:
            for name in group.consumers:
                yield Consumer(client, stream.name, group, name).run


async def supervise(life: Life) -> None:
    """Run a producer or consumer, and start it again after a crash.

    It crashes when an operator destroys its group or deletes its stream.
    """
    while True:
        with suppress(ResponseError):
            await life()
        await asyncio.sleep(RESTART_SECONDS)


class Producer:
    """Adds entries at the stream's rate and trims the stream."""

    def __init__(self, client: Client, stream: Stream) -> None:
        self.client = client
        self.stream = stream
        self.chance = Random(f"{stream.name} live")
        self.numbers = count(stream.entries)

    async def run(self) -> None:
        """Add entries at random intervals, without end."""
        stream = self.stream
        trim = () if stream.keep is None else ("MAXLEN", "~", stream.keep)
        while True:
            await asyncio.sleep(self.chance.uniform(0.4, 1.6) / stream.rate)
            fields = stream.payload(self.chance, next(self.numbers))
            await self.client.execute_command("XADD", stream.name, *trim, "*", *fields)


class Withdrawer:
    """Regularly deletes the newest entry of a stream before it is delivered."""

    def __init__(self, client: Client, stream: str, seconds: float) -> None:
        self.client = client
        self.stream = stream
        self.seconds = seconds

    async def run(self) -> None:
        """Wait and delete, without end."""
        while True:
            await asyncio.sleep(self.seconds)
            newest = await self.client.execute_command(
                "XREVRANGE", self.stream, "+", "-", "COUNT", 1
            )
            for entry_id, _ in newest:
                await self.client.execute_command("XDEL", self.stream, entry_id)


class Consumer:
    """A consumer of a group: reads, works, acknowledges on success, retries old entries."""

    def __init__(self, client: Client, stream: str, group: Group, name: str) -> None:
        self.client = client
        self.stream = stream
        self.group = group
        self.name = name

    async def run(self) -> None:
        """Consume entries without end.

        Raises:
            ResponseError: If the group or the stream no longer exists.
        """
        await self._create_group()
        retried = time.monotonic()
        while True:
            for entry in await self._read():
                await self._handle(entry)
            if time.monotonic() - retried > RETRY_AFTER_MS / 1_000:
                for entry in await self._claim():
                    await self._handle(entry)
                retried = time.monotonic()

    async def _create_group(self) -> None:
        try:
            await self.client.execute_command(
                "XGROUP", "CREATE", self.stream, self.group.name, "$", "MKSTREAM"
            )
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _read(self) -> list[RawEntry]:
        reader = ("GROUP", self.group.name, self.name)
        bounds = ("COUNT", self.group.batch, "BLOCK", BLOCK_MS)
        reply = await self.client.execute_command(
            "XREADGROUP", *reader, *bounds, "STREAMS", self.stream, ">"
        )
        return [entry for _, entries in reply or () for entry in entries]

    async def _claim(self) -> list[RawEntry]:
        """Claim entries that have been pending for too long, its own or the whole group's."""
        place = (self.stream, self.group.name)
        owner = () if self.group.claims_from_all else (self.name,)
        old = await self.client.execute_command(
            "XPENDING", *place, "IDLE", RETRY_AFTER_MS, "-", "+", 10, *owner
        )
        if not old:
            return []
        claimed: list[RawEntry] = await self.client.execute_command(
            "XCLAIM", *place, self.name, RETRY_AFTER_MS, *(row[0] for row in old)
        )
        return claimed

    async def _handle(self, entry: RawEntry) -> None:
        """Work on an entry and acknowledge it; on failure it stays pending."""
        entry_id, fields = entry
        await asyncio.sleep(self.group.seconds)
        if fields is not None and self.group.accepts(fields):
            await self.client.execute_command("XACK", self.stream, self.group.name, entry_id)
