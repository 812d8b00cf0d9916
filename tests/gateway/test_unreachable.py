from __future__ import annotations

import asyncio
import re
import socket
import time
from contextlib import suppress

import pytest

from streamtop.gateway.connect import connect
from streamtop.source import SourceError, UnreachableError


async def told_by(url: str) -> tuple[SourceError, float]:
    """The error of a connection, and the seconds until it was raised."""
    began = time.monotonic()
    with pytest.raises(SourceError) as answer:
        await connect(url)
    return answer.value, time.monotonic() - began


@pytest.fixture
def listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


async def test_a_refused_port_is_reported_at_once(listener: socket.socket) -> None:
    port = port_of(listener)
    listener.close()
    error, seconds = await told_by(f"redis://ann:qzx@127.0.0.1:{port}/0")
    assert isinstance(error, UnreachableError)
    assert str(error) == f"cannot reach redis://ann@127.0.0.1:{port}/0: connection refused"
    assert seconds < 1


async def test_a_missing_socket_is_reported() -> None:
    error, _ = await told_by("unix:///nowhere/s")
    assert str(error) == "cannot reach unix:///nowhere/s: no such socket or file"


@pytest.mark.parametrize("login", ["", "ann:qzx@"])
async def test_a_server_that_never_answers_is_reported_within_3_seconds(
    listener: socket.socket, login: str
) -> None:
    listener.listen()
    error, seconds = await told_by(f"redis://{login}127.0.0.1:{port_of(listener)}/0")
    listener.close()
    assert isinstance(error, UnreachableError)
    assert "no answer" in str(error)
    assert "qzx" not in str(error)
    assert seconds < 3


async def test_a_host_that_drops_packets_is_reported_within_3_seconds(
    listener: socket.socket,
) -> None:
    listener.listen(0)
    waiting = []
    for _ in range(4):  # a full backlog: the kernel drops what else would connect
        one = socket.socket()
        one.setblocking(False)
        with suppress(BlockingIOError):
            one.connect(listener.getsockname())
        waiting.append(one)
    error, seconds = await told_by(f"redis://127.0.0.1:{port_of(listener)}/0")
    for one in [*waiting, listener]:
        one.close()
    assert isinstance(error, UnreachableError)
    assert "no answer" in str(error)
    assert seconds < 3


async def answering(answer: bytes, *, listens: bool) -> tuple[asyncio.Server, int]:
    """A server that answers everyone the same and hangs up."""

    async def refuse(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        if listens:
            await source.read(1_000)
        sink.write(answer)
        sink.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    return server, port_of(server.sockets[0])


@pytest.mark.parametrize(
    ("scheme", "answer", "words"),
    [
        ("redis", b"", "the server closed the connection|the connection was reset"),
        ("redis", b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak the Redis protocol"),
        ("redis", b"-DENIED Redis is running in protected mode. 1) do\r\n", "protected mode"),
        ("redis", b"-ERR max number of clients reached\r\n", "max number of clients reached"),
        ("rediss", b"-ERR no TLS here, none at all, sorry\r\n", "TLS failed"),
    ],
)
@pytest.mark.parametrize("login", ["", ":qzx@"])
@pytest.mark.parametrize("listens", [False, True])
async def test_a_server_that_hangs_up_is_quoted(
    scheme: str, answer: bytes, words: str, login: str, listens: bool
) -> None:
    server, port = await answering(answer, listens=listens)
    error, _ = await told_by(f"{scheme}://{login}127.0.0.1:{port}/0")
    server.close()
    assert re.search(words, str(error))
    assert "qzx" not in str(error)
    assert f"127.0.0.1:{port}" in str(error)
