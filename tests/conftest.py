"""Fixtures: real servers of several versions, one of each a test process."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import hypothesis
import pytest
from redis.asyncio import Redis
from textual.css import stylesheet
from textual.css.tokenize import tokenize_values

from tests import servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from textual.css.tokenizer import Token

_BINARIES = servers.all_binaries()
hypothesis.settings.register_profile("streamtop", deadline=None)  # others may use the machine too
hypothesis.settings.load_profile("streamtop")
gc.set_threshold(50_000, 20, 100)  # as streamtop itself sets it: a test process holds much


@cache
def _tokenized(variables: frozenset[tuple[str, str]]) -> dict[str, list[Token]]:
    return tokenize_values(dict(variables))


def _tokenize_once(variables: dict[str, str]) -> dict[str, list[Token]]:
    """A theme's values as tokens: the same for all apps, and a third of the time to open one."""
    return _tokenized(frozenset(variables.items()))


vars(stylesheet)["tokenize_values"] = _tokenize_once


def pytest_xdist_auto_num_workers() -> int:
    """One and a half for each core: a test that drives the app waits much of its time."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture(scope="session")
def start_server() -> Iterator[Callable[[servers.Binary], servers.Running]]:
    """Starts a server at its first use and keeps it until the test process ends."""
    with ExitStack() as stack:
        running: dict[str, servers.Running] = {}

        def start(binary: servers.Binary) -> servers.Running:
            if binary.name not in running:
                running[binary.name] = stack.enter_context(servers.running(binary))
            return running[binary.name]

        yield start


@pytest.fixture(params=_BINARIES, ids=str)
def every_server(
    request: pytest.FixtureRequest, start_server: Callable[[servers.Binary], servers.Running]
) -> servers.Running:
    """Each server at hand, in turn."""
    binary: servers.Binary = request.param
    return start_server(binary)


@pytest.fixture
def a_server(start_server: Callable[[servers.Binary], servers.Running]) -> servers.Running:
    """The Valkey of the dev extra."""
    return start_server(named("valkey"))


def named(name: str) -> servers.Binary:
    """The server whose name begins so; a missing default server fails where CI asks for it."""
    found = servers.binary(name)
    if found is None:
        is_default = any(default.startswith(name) for default in servers.missing_defaults())
        if is_default and os.environ.get("REQUIRE_SERVERS"):
            pytest.fail(f"no {name} here: the dev extra should have brought it")
        pytest.skip(f"no {name} here")
    return found


async def _emptied(url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(url, protocol=2, socket_timeout=60)
    try:
        await client.flushall()
        yield client
    finally:
        await client.aclose()


@pytest.fixture
async def redis(a_server: servers.Running) -> AsyncIterator[Redis]:
    """A client of an empty Valkey, to arrange what the code under test will see."""
    async for client in _emptied(a_server.url):
        yield client


@pytest.fixture
async def any_redis(every_server: servers.Running) -> AsyncIterator[Redis]:
    """A client of each server at hand in turn, emptied."""
    async for client in _emptied(every_server.url):
        yield client
