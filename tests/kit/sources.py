"""Sources over real servers."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from streamtop.gateway.connect import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamtop.gateway.server import Server


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Server]:
    """The server at that URL; its connections end with the block."""
    server = await connect(url)
    try:
        yield server
    finally:
        await server.close()
