"""A stream that is trimmed, and what other clients do to it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId
from tests.operations.scene import RAW_GROUP, RAW_STREAM, STREAM, Scene

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from redis.asyncio import Redis

    from streamtop.model.snapshot import Stream
    from streamtop.source import Command, Reply, Source, SourceError

FILL = b"""for n = ARGV[1], ARGV[2] do redis.call('XADD', KEYS[1], n .. '-1', 'n', n) end"""


class Meanwhile(Scene):
    """A scene in which something is done right before each command."""

    def __init__(
        self, source: Source, redis: Redis, before: Callable[[int], Awaitable[None]]
    ) -> None:
        super().__init__(source, redis)
        self.before = before

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        await self.before(len(self.written))
        return await super().write(commands)


async def filled(scene: Scene, count: int, *, read_by: Sequence[bytes] = (RAW_GROUP,)) -> None:
    """A stream with entries 1-1, 2-1 and so on, read and acknowledged by these groups."""
    await scene.ask("DEL", RAW_STREAM)
    scene.written.clear()
    for first in range(1, count + 1, 1000):
        await scene.ask("EVAL", FILL, 1, RAW_STREAM, first, min(first + 999, count))
    for name in read_by:
        await scene.ask("XGROUP", "CREATE", RAW_STREAM, name, "$")


async def ids(scene: Scene) -> set[EntryId]:
    """All entries that are there."""
    rows = await scene.ask("XRANGE", RAW_STREAM, "-", "+")
    return {EntryId.parse(row[0]) for row in rows}


async def needed(scene: Scene) -> set[EntryId]:
    """The entries that are there and that some group has not read or not acknowledged."""
    there, found = await ids(scene), set()
    for row in await scene.ask("XINFO", "GROUPS", RAW_STREAM) if there else ():
        told = dict(zip(row[::2], row[1::2], strict=True))
        position = EntryId.parse(told[b"last-delivered-id"])
        pending = await scene.ask("XPENDING", RAW_STREAM, told[b"name"], "-", "+", 1000)
        found |= {each for each in there if each > position}
        found |= {EntryId.parse(each[0]) for each in pending} & there
    return found


async def seen(scene: Scene) -> Stream:
    """The stream as a look sees it."""
    while True:
        found = (await scene.look()).stream(STREAM)
        if found is not None and found.edges_fresh:
            return found


async def attempt(scene: Scene, *words: str | bytes | int) -> list[list[bytes]] | None:
    """A command that may have nothing to work on."""
    names = [row[1] for row in await scene.ask("XINFO", "GROUPS", RAW_STREAM)]
    creates = "CREATE" in words
    if any(word in names for word in words) == creates:
        return None
    reply = await scene.ask(*words)
    return reply if isinstance(reply, list) else None
