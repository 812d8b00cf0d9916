"""The client of the demo's server."""

from pathlib import Path
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


class Client(Protocol):
    """Sends one command and returns its raw reply: bytes, integers, lists and `None`."""

    async def execute_command(self, *command: str | bytes | int) -> Any:
        """Send one command.

        Raises:
            ResponseError: If the server rejects it.
            ConnectionError: If the server is gone (redis-py's error of that name).
        """


def client_of(socket: Path) -> Redis:
    """A client that blocks for as long as its commands do, and never retries."""
    client = Redis(
        unix_socket_path=str(socket),
        protocol=2,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 0),
        client_name="streamtop-demo",
    )
    client.response_callbacks.clear()
    return client
