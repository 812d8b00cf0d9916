"""Nobody's settings come into these tests; users with few rights."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("STREAMTOP_") and name != "STREAMTOP_SERVERS":
            monkeypatch.delenv(name)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("STREAMTOP_CONFIG", os.devnull)


class User(Protocol):
    """Makes a user with some rights, and the URL with which it logs in."""

    def __call__(self, redis: Redis, server: Running, *rights: str) -> Awaitable[str]: ...


@pytest.fixture
async def user() -> AsyncIterator[User]:
    made: list[Redis] = []

    async def make(redis: Redis, server: Running, *rights: str) -> str:
        if (await redis.info("server"))["redis_version"].startswith("5."):
            pytest.skip("there are no users before 6.0")
        made.append(redis)
        await redis.execute_command(  # type: ignore[no-untyped-call]
            "ACL", "SETUSER", "streamtop-look", "reset", "on", ">right", *rights
        )
        return f"unix://streamtop-look:right@{server.socket}"

    yield make
    for redis in made:
        await redis.execute_command("ACL", "DELUSER", "streamtop-look")  # type: ignore[no-untyped-call]
