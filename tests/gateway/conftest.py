"""Sources over real servers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import pytest
from redis.asyncio.connection import UnixDomainSocketConnection

from streamtop.gateway.connect import connect
from streamtop.gateway.wire import Wire
from tests.gateway.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.gateway.wire import Question
    from tests.gateway.proxy import Proxy
    from tests.servers import Running


class Open(Protocol):
    """Connects to a URL; the fixture closes the source."""

    def __call__(
        self,
        url: str,
        *,
        match: Sequence[str] = (),
        read_only: bool = False,
        because: str | None = None,
    ) -> Awaitable[Server]: ...


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    servers: list[Server] = []

    async def open_(
        url: str,
        *,
        match: Sequence[str] = (),
        read_only: bool = False,
        because: str | None = None,
    ) -> Server:
        server = await connect(url, match=match, read_only=read_only, because=because)
        servers.append(server)
        return server

    yield open_
    for server in servers:
        await server.close()


@pytest.fixture
async def any_source(every_server: Running, any_redis: Redis, opened: Open) -> Server:
    """Each available server in turn, emptied."""
    return await opened(every_server.url)


@pytest.fixture
async def source(a_server: Running, redis: Redis, opened: Open) -> Server:
    """A Valkey, emptied."""
    return await opened(a_server.url)


@pytest.fixture
async def proxy(a_server: Running, redis: Redis) -> AsyncIterator[Proxy]:
    """A proxy before an emptied Valkey."""
    async with proxied(a_server.socket) as proxy:
        yield proxy


class Stepwise(Wire):
    """A wire that sends one command at a time and announces each."""

    def __init__(self, server: Running, before: Callable[[bytes], Awaitable[None]]) -> None:
        dial = partial(
            UnixDomainSocketConnection, path=str(server.socket), protocol=2, driver_info=None
        )
        super().__init__(dial, server.url, connect_within=5)
        self._before = before

    async def exchange(
        self, questions: Sequence[Question], *, silence: float | None = None
    ) -> None:
        for question in questions:
            await self._before(question[0])
            await super().exchange([question], silence=silence)


class User(Protocol):
    """Creates a user with some rights; returns the URL with its login."""

    def __call__(self, redis: Redis, server: Running, *rights: str) -> Awaitable[str]: ...


@pytest.fixture
async def user() -> AsyncIterator[User]:
    made: list[Redis] = []

    async def make(redis: Redis, server: Running, *rights: str) -> str:
        made.append(redis)
        await redis.execute_command(  # type: ignore[no-untyped-call]
            "ACL", "SETUSER", "streamtop-test", "reset", "on", ">right", *rights
        )
        return f"unix://streamtop-test:right@{server.socket}"

    yield make
    for redis in made:
        await redis.execute_command("ACL", "DELUSER", "streamtop-test")  # type: ignore[no-untyped-call]
