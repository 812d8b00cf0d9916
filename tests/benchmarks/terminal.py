"""A program in a pseudo-terminal, as a user has it: what it draws, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """A program and the terminal it draws on."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, began: float) -> None:
        self.process = process
        self.master = master
        self.began = began

    def read(self, seconds: float) -> bytes:
        """What is drawn first within so many seconds; nothing if nothing is."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        return os.read(self.master, 1 << 20) if ready else b""

    def until(self, text: bytes, seconds: float = PATIENCE) -> float:
        """Seconds from the start until the text was drawn."""
        seen = b""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            seen += self.read(0.05)
            if text in seen:
                return time.perf_counter() - self.began
        raise AssertionError(f"{text!r} was not drawn within {seconds} s: {seen[-300:]!r}")

    def quiet(self, seconds: float = 0.03) -> None:
        """Read until nothing was drawn for so long."""
        while self.read(seconds):
            pass

    def press(self, key: bytes) -> float:
        """Seconds from a key to the first thing that is drawn."""
        self.quiet()
        before = time.perf_counter()
        os.write(self.master, key)
        assert self.read(PATIENCE), "the key drew nothing"
        return time.perf_counter() - before

    def cpu(self) -> float:
        """Seconds of processor time that the program has used."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def cpu_share(self, seconds: float) -> float:
        """The share of one core that it uses over so many seconds, while it is drawing."""
        began, used = time.perf_counter(), self.cpu()
        while time.perf_counter() - began < seconds:
            self.read(0.1)
        return (self.cpu() - used) / (time.perf_counter() - began)

    def memory(self) -> int:
        """Bytes that are resident."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def terminal(command: Sequence[str], size: tuple[int, int] = (200, 50)) -> Iterator[Terminal]:
    """Run a command in a pseudo-terminal of that size; it is killed afterwards."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    ) as process:
        os.close(slave)
        try:
            yield Terminal(process, master, began)
        finally:
            process.kill()
    os.close(master)
