"""The server goes and comes back while the dashboard runs."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from streamtop.ui.widgets.header import Header
from tests import servers
from tests.conftest import named
from tests.kit.pilot import dashboard
from tests.kit.server_state import ask, leave_pending, pending
from tests.kit.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


def client_of(server: servers.Running) -> Redis:
    """A raw client."""
    redis = Redis.from_url(server.url, protocol=2)
    redis.response_callbacks.clear()
    return redis


@contextmanager
def started_again(server: servers.Running) -> Iterator[None]:
    """The same server on the same socket, with what it had saved."""
    with subprocess.Popen(server.process.args, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


async def test_after_a_restart_of_the_server_the_dashboard_is_live_again_and_claims() -> None:
    with servers.running(named("valkey")) as server:
        async with client_of(server) as redis:
            ids = await leave_pending(redis, 2)
            await ask(redis, "SAVE")

        async with dashboard(server.url) as at:
            await at.go_to_pending("orders", 2)
            server.process.kill()
            server.process.wait()
            await at.until(lambda: bool(at.app.failure))
            seen = at.app.snapshot
            assert seen is not None
            assert "stale" in str(at.screen.query_one(Header).render())
            assert at.ids == ids

            with started_again(server):
                await at.until(lambda: not at.app.failure and at.app.snapshot is not seen)
                assert "stale" not in str(at.screen.query_one(Header).render())
                await at.press("asterisk", "c", *"w2", "enter")
                await at.answer("y")
                await at.until(lambda: at.tells)
                assert "2 done" in at.said
                async with client_of(server) as redis:
                    held = await pending(redis, "orders", "billing")

    assert [(row.id, row.consumer, row.deliveries) for row in held] == [
        (entry_id, b"w2", 1) for entry_id in ids
    ]


async def test_while_the_server_is_away_an_operation_says_that_it_was_not_done() -> None:
    with servers.running(named("valkey")) as server:
        async with client_of(server) as redis:
            await leave_pending(redis, 1)

        async with dashboard(server.url) as at:
            await at.go_to_pending("orders", 1)
            await at.press("a")
            await at.until(lambda: at.asks)
            server.process.kill()
            server.process.wait()
            await at.until(lambda: bool(at.app.failure))
            await at.press("y")
            await at.until(lambda: any("Not done" in notice for notice in at.notices))
            assert at.app.screen is at.screen
            assert at.app.failure


async def test_the_connections_end_with_the_dashboard(a_server: servers.Running) -> None:
    async with client_of(a_server) as redis:
        async with dashboard(a_server.url) as at:
            await at.look_again()

        async def alone() -> bool:
            return len((await ask(redis, "CLIENT", "LIST")).splitlines()) == 1

        await until(alone)
