"""Nobody's settings come into these tests; users with few rights."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

import pytest

from streamtop.gateway.connect import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from tests.servers import Running


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("STREAMTOP_") and name != "STREAMTOP_SERVERS":
            monkeypatch.delenv(name)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("STREAMTOP_CONFIG", os.devnull)
    monkeypatch.setenv("STREAMTOP_JOURNAL", str(tmp_path / "journal.jsonl"))


class User(Protocol):
    """Creates a user with some rights; returns the URL with its login."""

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


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The journal's file."""
    return tmp_path / "journal.jsonl"


@pytest.fixture
async def stocked(a_server: Running, redis: Redis) -> AsyncIterator[Server]:
    """A server with three entries of orders pending in billing, held by w1."""
    await redis.xgroup_create("orders", "billing", "0", mkstream=True)
    for number in range(3):
        await redis.xadd("orders", {"n": number}, id=f"{number + 1}-0")
    await redis.xreadgroup("billing", "w1", {"orders": ">"})
    source = await connect(a_server.url)
    yield source
    await source.close()
