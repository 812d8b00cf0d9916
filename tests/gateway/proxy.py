"""A proxy before a real server that a test can pause, cut and listen to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Proxy:
    """Passes everything on and records what was sent."""

    def __init__(self, upstream: Path, path: Path) -> None:
        self.upstream = upstream
        self.path = path
        self.asked: list[bytearray] = []
        """The bytes sent by each connection, in the order of the connections."""
        self.answered = 0
        """Bytes of all answers."""
        self.answers = asyncio.Event()
        """Answers pass while this is set."""
        self.answers.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    async def connected(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        heard = bytearray()
        self.asked.append(heard)
        try:
            answers, questions = await asyncio.open_unix_connection(self.upstream)
        except OSError:
            sink.close()
            return
        self._writers |= {sink, questions}
        back = asyncio.create_task(self._back(answers, sink))
        self._tasks.add(back)
        try:
            while data := await source.read(65_536):
                heard += data
                questions.write(data)
        except OSError:
            pass
        finally:
            questions.close()

    async def _back(self, answers: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await answers.read(65_536):
                await self.answers.wait()
                self.answered += len(data)
                sink.write(data)
        except OSError:
            pass
        finally:
            sink.close()

    async def cut(self) -> None:
        """Close all connections, as a server does after a timeout or when it is killed."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        for _ in range(3):  # the event loop closes the sockets in its next rounds
            await asyncio.sleep(0)

    async def end(self) -> None:
        self.answers.set()
        await self.cut()
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def proxied(upstream: Path) -> AsyncIterator[Proxy]:
    """A proxy on its own socket."""
    with TemporaryDirectory(prefix="st-", dir="/tmp") as home:
        proxy = Proxy(upstream, Path(home, "p"))
        listener = await asyncio.start_unix_server(proxy.connected, proxy.path)
        try:
            yield proxy
        finally:
            listener.close()
            await proxy.end()
            await listener.wait_closed()
