"""Operations run on real servers, through a source that remembers what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.gateway.connect import connect
from streamtop.operations.pending_steps import in_batches
from tests.operations.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.fixture
async def scene(every_server: Running, any_redis: Redis) -> AsyncIterator[Scene]:
    """Each available server in turn, emptied."""
    any_redis.response_callbacks.clear()
    source = await connect(every_server.url)
    try:
        yield Scene(source, any_redis)
    finally:
        await source.close()


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two entries, so that a few entries need several commands."""
    monkeypatch.setattr(in_batches, "__defaults__", (2,))
