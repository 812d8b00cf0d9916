"""The live producers and consumers, which follow the reliable pattern of Redis Streams.

A consumer reads with XREADGROUP, acknowledges an entry only when its work succeeded, and
now and then claims (XCLAIM) what has been pending for too long. A consumer that died is
simply not here: what it left pending was made by the history.
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
"""How long one XREADGROUP waits for entries, and so how idle a healthy consumer gets."""
RETRY_AFTER_MS = 4_000
"""How long an entry is pending before a consumer tries it again."""
RESTART_SECONDS = 10
"""How long a producer or consumer that crashed is away."""

Life: TypeAlias = Callable[[], Coroutine[None, None, None]]
RawEntry: TypeAlias = tuple[bytes, list[bytes] | None]
"""An entry ID, and field names and values in turn; `None` for one that no longer exists."""


async def play(client: Client, scenario: Iterable[Stream]) -> None:
    """Let all producers and consumers run, until cancelled.

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
    """Start what crashed again after a while, as an init system does.

    An operator may well destroy a group or delete a stream under a consumer's feet.
    """
    while True:
        with suppress(ResponseError):
            await life()
        await asyncio.sleep(RESTART_SECONDS)


class Producer:
    """Adds entries at the stream's rate and trims as it goes."""

    def __init__(self, client: Client, stream: Stream) -> None:
        self.client = client
        self.stream = stream
        self.chance = Random(f"{stream.name} live")
        self.numbers = count(stream.entries)

    async def run(self) -> None:
        """Add one entry after the other, unevenly spaced."""
        stream = self.stream
        trim = () if stream.keep is None else ("MAXLEN", "~", stream.keep)
        while True:
            await asyncio.sleep(self.chance.uniform(0.4, 1.6) / stream.rate)
            fields = stream.payload(self.chance, next(self.numbers))
            await self.client.execute_command("XADD", stream.name, *trim, "*", *fields)


class Withdrawer:
    """Deletes the newest entry of a stream now and then, before it is delivered."""

    def __init__(self, client: Client, stream: str, seconds: float) -> None:
        self.client = client
        self.stream = stream
        self.seconds = seconds

    async def run(self) -> None:
        """Delete, wait, and so on."""
        while True:
            await asyncio.sleep(self.seconds)
            newest = await self.client.execute_command(
                "XREVRANGE", self.stream, "+", "-", "COUNT", 1
            )
            for entry_id, _ in newest:
                await self.client.execute_command("XDEL", self.stream, entry_id)


class Consumer:
    """One consumer of a group: reads, works, acknowledges on success, retries what is old."""

    def __init__(self, client: Client, stream: str, group: Group, name: str) -> None:
        self.client = client
        self.stream = stream
        self.group = group
        self.name = name

    async def run(self) -> None:
        """Consume for ever.

        Raises:
            ResponseError: If the group or the stream went away.
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
        """Claim what has been pending for too long: its own, or the whole group's."""
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
        """Work on an entry. If that fails it stays pending: no acknowledgement is sent."""
        entry_id, fields = entry
        await asyncio.sleep(self.group.seconds)
        if fields is not None and self.group.accepts(fields):
            await self.client.execute_command("XACK", self.stream, self.group.name, entry_id)
