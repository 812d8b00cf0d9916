"""Calls the command line: in this process for speed, in one of its own where that matters."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from streamtop.cli import main
from tests.kit.waiting import PATIENCE

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


async def called(*arguments: str) -> CommandResult:
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
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        env=surroundings(),
    )
    return set(json.loads(told.stderr.splitlines()[-1]))
