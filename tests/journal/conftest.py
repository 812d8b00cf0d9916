"""A journal in a folder of its own, and servers on which something is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.gateway.connect import connect
from tests.operations.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.jsonl"


@pytest.fixture
async def scene(every_server: Running, any_redis: Redis) -> AsyncIterator[Scene]:
    """Each available server in turn, emptied."""
    any_redis.response_callbacks.clear()
    source = await connect(every_server.url)
    try:
        yield Scene(source, any_redis)
    finally:
        await source.close()
