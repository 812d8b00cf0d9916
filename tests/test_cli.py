"""The command line: what it says, where it says it, and its exit code."""

from __future__ import annotations

import os
import pty
import select
import socket
import subprocess
import sys
import time

import pytest

from streamtop import __version__
from tests.kit.waiting import PATIENCE

HERE = {
    name: value
    for name, value in os.environ.items()
    if name not in {"STREAMTOP_URL", "REDIS_URL"} and not name.startswith(("TEXTUAL", "COLUMNS"))
} | {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)}
COMMAND = (sys.executable, "-m", "streamtop")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run streamtop without a terminal."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=PATIENCE,
        env=HERE | environment,
        check=False,
    )


def test_version() -> None:
    told = run("--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"streamtop {__version__}\n", "")


def test_help_tells_the_url_the_options_and_the_commands() -> None:
    told = run("--help")
    assert told.returncode == 0
    assert told.stderr == ""
    for word in ("[URL]", "redis://", "--match", "--interval", "--read-only", "--theme", "demo"):
        assert word in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["http://localhost"], "redis://"),
        (["redis://localhost:notaport/0"], "port"),
        (["redis://localhost/notadb"], "database"),
        (["--theme", "no-such-theme", "redis://127.0.0.1:1"], ""),
        (["--interval", "0", "redis://127.0.0.1:1"], "interval"),
        (["--interval", "soon", "redis://127.0.0.1:1"], "interval"),
        (["--no-such-option"], "no-such-option"),
        (["redis://127.0.0.1:1", "one", "too many"], "one"),
        (["redis://127.0.0.1:1"], "terminal"),
        ([], "terminal"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_is_one_line_on_stderr_and_exit_code_2(arguments: list[str], word: str) -> None:
    told = run(*arguments)
    assert told.returncode == 2
    assert told.stdout == ""
    [line] = told.stderr.splitlines()
    assert line.startswith("streamtop: ")
    assert word in line


def test_a_wrong_url_does_not_give_its_password_away() -> None:
    for url in ("http://:s3cret@host", "redis://user:s3cret@host:port", "redis://:s3cret@"):
        assert "s3cret" not in run(url).stderr


def ended_in_a_terminal(*arguments: str, seconds: float = PATIENCE) -> tuple[int, str, float]:
    """Run streamtop in a terminal until it ends: exit code, all that was written, seconds."""
    began = time.monotonic()
    written = b""
    terminal, its_end = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        env=HERE,
        start_new_session=True,
    ) as process:
        os.close(its_end)
        while time.monotonic() < began + seconds:
            readable, _, _ = select.select([terminal], [], [], 0.1)
            if not readable:
                continue
            try:
                piece = os.read(terminal, 65_536)
            except OSError:  # the other end is closed
                break
            written += piece
        took = time.monotonic() - began
        if took >= seconds:
            process.kill()
    os.close(terminal)
    return process.returncode, written.decode(errors="replace"), took


def last_line(written: str) -> str:
    """What stands below the dashboard's last frame, once the terminal is as it was."""
    return written.rpartition("\x1b[?1049l")[2].rpartition("\x1b[?25h")[2]


def assert_ended_with_one_line(code: int, written: str) -> str:
    """Exit code 3 and one line, without traceback and password."""
    assert code == 3
    assert "s3cret" not in written
    assert "Traceback" not in written
    lines = [line for line in last_line(written).splitlines() if "streamtop:" in line]
    assert len(lines) == 1, written[-2000:]
    return lines[0]


def test_a_server_that_cannot_be_reached_is_one_line_and_exit_code_3() -> None:
    code, written, took = ended_in_a_terminal("redis://:s3cret@127.0.0.1:1")
    line = assert_ended_with_one_line(code, written)
    assert "127.0.0.1:1" in line
    assert "refused" in line
    assert took < 5


def test_a_server_that_never_answers_is_one_line_and_exit_code_3_in_a_few_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        code, written, took = ended_in_a_terminal(f"redis://:s3cret@127.0.0.1:{port}")
    line = assert_ended_with_one_line(code, written)
    assert f"127.0.0.1:{port}" in line
    assert took < 6


def test_a_host_that_does_not_exist_is_one_line_and_exit_code_3() -> None:
    code, written, _ = ended_in_a_terminal("redis://:s3cret@no-such-host.invalid:6379")
    assert "no-such-host.invalid" in assert_ended_with_one_line(code, written)


def test_the_terminal_is_given_back_as_it_was() -> None:
    _, written, _ = ended_in_a_terminal("redis://127.0.0.1:1")
    for switched_on, switched_off in (
        ("\x1b[?1049h", "\x1b[?1049l"),
        ("\x1b[?25l", "\x1b[?25h"),
        ("\x1b[?1000h", "\x1b[?1000l"),
    ):
        assert written.rfind(switched_off) > written.rfind(switched_on) >= 0
