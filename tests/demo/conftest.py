"""The demo's history alone, and the whole demo: one of each per test process."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from streamtop.demo.client import Client, client_of
from streamtop.demo.history import make_history
from streamtop.demo.launch import running_demo
from streamtop.demo.scenario import SCENARIO
from streamtop.demo.server import running_server
from tests.demo.raw_replies import socket_of


async def _make(socket: Path) -> None:
    async with client_of(socket) as client:
        await make_history(client, SCENARIO)


@pytest.fixture(scope="session")
def past_socket() -> Iterator[Path]:
    """A server with the demo's history and no workload."""
    with tempfile.TemporaryDirectory(prefix="st-") as home, running_server(Path(home)) as socket:
        asyncio.run(_make(socket))
        yield socket


@pytest.fixture
async def past(past_socket: Path) -> AsyncIterator[Client]:
    """A client of the history; tests only read."""
    async with client_of(past_socket) as client:
        yield client


@pytest.fixture(scope="session")
def live_url() -> Iterator[str]:
    """The whole demo."""
    with running_demo() as url:
        yield url


@pytest.fixture
async def live(live_url: str) -> AsyncIterator[Client]:
    """A client of the whole demo; tests only read."""
    async with client_of(socket_of(live_url)) as client:
        yield client


@pytest.fixture
async def empty() -> AsyncIterator[Client]:
    """A client of an empty server for one test."""
    with tempfile.TemporaryDirectory(prefix="st-") as home, running_server(Path(home)) as socket:
        async with client_of(socket) as client:
            yield client
