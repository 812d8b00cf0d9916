from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from streamtop.gateway.connect import connect
from streamtop.source import RefusedError, UnreachableError
from tests import servers
from tests.conftest import named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.gateway.conftest import Open


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def sentinel(home: Path, master: int) -> Iterator[int]:
    """A Sentinel that watches a master under the name orders. Yields its port."""
    port = free_port()
    settings = home / "sentinel.conf"
    settings.write_text(f"port {port}\nsentinel monitor orders 127.0.0.1 {master} 1\n")
    command = [str(named("valkey").path), str(settings), "--sentinel"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=home) as process:
        try:
            while True:
                assert process.poll() is None
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                servers.process_may_end(process)
            yield port
        finally:
            process.kill()


async def test_sentinels_are_asked_for_the_master(tmp_path: Path, opened: Open) -> None:
    master = free_port()
    with (
        servers.running(named("valkey"), ["--port", str(master)]),
        sentinel(tmp_path, master) as port,
    ):
        url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{port}/orders/0"
        source = await opened(url)
        await source.write([(b"XADD", b"audit", b"1-1", b"n", b"1")])
        assert (await source.look()).stream("audit")
        assert (source.info.url, source.info.role) == (url, "master")

        with pytest.raises(UnreachableError, match="no Sentinel could name the master"):
            await connect(f"redis+sentinel://127.0.0.1:{port}/payments/0")
        itself = await opened(f"redis://127.0.0.1:{port}")
        assert itself.info.role == "sentinel"
        with pytest.raises(RefusedError, match="is a Sentinel, which holds no streams"):
            await itself.look()


async def test_unreachable_sentinels_are_reported() -> None:
    port = free_port()
    with pytest.raises(UnreachableError, match="no Sentinel could name the master"):
        await connect(f"redis+sentinel://:qzx@127.0.0.1:{port}/orders/0")
