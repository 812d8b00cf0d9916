"""What becomes of an operation that the server or the way to it lets down halfway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from streamtop.gateway.connect import connect
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.source import BrokenError, RefusedError
from tests.gateway.proxy import proxied
from tests.operations.scene import GROUP, STREAM, Pairs, Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from streamtop.source import Command, Reply, Source, SourceError
    from tests.gateway.proxy import Proxy
    from tests.servers import Running

PAIRS: list[Pairs] = [[(b"n", b"%d" % number)] for number in range(6)]
USER = "halfway"


class CutShort(Scene):
    """The connection breaks after the second command was sent, and before it is answered."""

    def __init__(self, source: Source, redis: Redis, proxy: Proxy) -> None:
        super().__init__(source, redis)
        self.proxy = proxy

    def _heard(self) -> int:
        return sum(heard.count(b"XACK") for heard in self.proxy.asked)

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        if not self.written:
            return await super().write(commands)
        heard = self._heard()
        self.proxy.answers.clear()
        sending = asyncio.create_task(super().write(commands))
        while self._heard() == heard:  # noqa: ASYNC110 - only the proxy knows
            await asyncio.sleep(0)
        await self.proxy.cut()
        self.proxy.answers.set()
        return await sending


class RightLost(Scene):
    """The user loses a right before the second command is sent."""

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        if self.written:
            await self.ask("ACL", "SETUSER", USER, "-xack")
        return await super().write(commands)


@pytest.mark.usefixtures("two_at_once")
async def test_a_connection_that_breaks_leaves_every_entry_accounted_for(
    scene: Scene, every_server: Running
) -> None:
    await scene.begin(PAIRS)
    operation = Acknowledge(STREAM, GROUP, PendingEntries(await scene.seen()))
    async with proxied(every_server.socket) as proxy:
        source = await connect(proxy.url)
        try:
            receipt = await apply(operation, CutShort(source, scene.redis, proxy), NoLog())
        finally:
            await source.close()
    assert isinstance(receipt.error, BrokenError)
    assert (receipt.done, receipt.failed, receipt.left) == (2, 2, 2)
    assert [each.outcome for each in receipt.outcomes] == ["done"] * 2 + ["failed"] * 2
    assert {each.reason for each in receipt.outcomes[2:]} == {
        "the connection broke: it may have been done, or not"
    }
    held = set((await scene.state()).pending)
    assert set(operation.ids[4:]) <= held <= set(operation.ids[2:])


@pytest.mark.usefixtures("two_at_once")
async def test_a_right_that_is_lost_is_an_outcome_and_the_end(
    scene: Scene, every_server: Running
) -> None:
    if not (await scene.ask("COMMAND", "INFO", "ACL"))[0]:
        pytest.skip("this server has no ACL")
    await scene.begin(PAIRS)
    await scene.ask("ACL", "SETUSER", USER, "on", ">secret", "~*", "+@all")
    operation = Acknowledge(STREAM, GROUP, PendingEntries(await scene.seen()))
    try:
        source = await connect(every_server.url.replace("unix://", f"unix://{USER}:secret@"))
        try:
            receipt = await apply(operation, RightLost(source, scene.redis), NoLog())
        finally:
            await source.close()
    finally:
        await scene.ask("ACL", "DELUSER", USER)
    assert isinstance(receipt.error, RefusedError)
    assert (receipt.done, receipt.failed, receipt.left) == (2, 2, 2)
    assert all("the server refused" in (each.reason or "") for each in receipt.outcomes[2:])
    assert set((await scene.state()).pending) == set(operation.ids[2:])
