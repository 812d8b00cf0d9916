"""The command without a name: its output, exit codes and the terminal that it leaves."""

from __future__ import annotations

import socket
import time

import pytest

from streamtop import __version__
from tests.headless.command_line import in_a_process, on_a_terminal


def test_version() -> None:
    ended = in_a_process("--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"streamtop {__version__}\n", "")


def test_help_shows_the_url_the_options_and_the_commands() -> None:
    ended = in_a_process("--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    for word in ("[URL]", "redis://", "--match", "--interval", "--read-only", "--theme", "demo"):
        assert word in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 100


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
        (["http://:s3cret@host"], ""),
        (["redis://user:s3cret@host:port"], ""),
        (["redis://:s3cret@"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_is_one_line_without_password_and_exit_code_2(
    arguments: list[str], word: str
) -> None:
    ended = in_a_process(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("streamtop: ")
    assert word in line
    assert "s3cret" not in line


async def last_line(url: str) -> str:
    """The one line below the dashboard's last frame, with exit code 3 and no password."""
    code, written = await on_a_terminal([], url, TERM="xterm-256color")
    assert code == 3
    assert "s3cret" not in written
    assert "Traceback" not in written
    below = written.rpartition("\x1b[?1049l")[2].rpartition("\x1b[?25h")[2]
    [line] = [line for line in below.splitlines() if "streamtop:" in line]
    return line


async def test_a_server_that_cannot_be_reached_is_one_line_and_exit_code_3() -> None:
    began = time.monotonic()
    line = await last_line("redis://:s3cret@127.0.0.1:1")
    assert "127.0.0.1:1" in line
    assert "refused" in line
    assert time.monotonic() - began < 5


async def test_a_server_that_never_answers_is_one_line_and_exit_code_3_in_a_few_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        assert f"127.0.0.1:{port}" in await last_line(f"redis://:s3cret@127.0.0.1:{port}")
    assert time.monotonic() - began < 6


async def test_a_host_that_does_not_exist_is_one_line_and_exit_code_3() -> None:
    line = await last_line("redis://:s3cret@no-such-host.invalid:6379")
    assert "no-such-host.invalid" in line


async def test_the_terminal_is_left_as_it_was() -> None:
    _, written = await on_a_terminal([], "redis://127.0.0.1:1", TERM="xterm-256color")
    for switched_on, switched_off in (
        ("\x1b[?1049h", "\x1b[?1049l"),
        ("\x1b[?25l", "\x1b[?25h"),
        ("\x1b[?1000h", "\x1b[?1000l"),
    ):
        assert written.rfind(switched_off) > written.rfind(switched_on) >= 0
