"""Entries are released by a key where the server can, and elsewhere it is said why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.pilot import dashboard
from tests.kit.server_state import ask, leave_pending, pending

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.mark.parametrize(
    ("keys", "deliveries"), [([], 1), (["down"], 0), (["down", "down"], 2**63 - 1)]
)
async def test_n_releases_an_entry_so_that_nobody_holds_it(
    keys: list[str], deliveries: int, every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    [first, second] = await leave_pending(redis, 2)
    [known] = await ask(redis, "COMMAND", "INFO", "XNACK")

    async with dashboard(every_server.url) as at:
        await at.go_to_pending("orders", 2)
        if not known:
            why = await at.why_greyed("n")
            assert "This server has no XNACK (Redis 8.8 and later)." in why
        else:
            await at.press("n")
            await at.fill(*keys)
            await at.agree()
            await at.until(lambda: "" in at.holders)

    held = {
        row.id: (row.consumer, row.deliveries) for row in await pending(redis, "orders", "billing")
    }
    assert held[second] == (b"dead", 1)
    assert held[first] == ((b"", deliveries) if known else (b"dead", 1))
