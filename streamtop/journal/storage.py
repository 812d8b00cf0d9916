"""A file of lines that several processes append to: no line is lost or joined to another."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtop.journal.location import default_path
from streamtop.model.text import printable
from streamtop.operations.apply import UnrecordedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
"""The size of a file from which the next operation begins a new one."""
LOCK_SECONDS = 2.0
"""How long to wait for another process that is writing."""
_TRIES = 100
"""Attempts to lock a file that other processes keep moving aside."""
_OPEN = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class JournalFile:
    """A file of lines that only its owner can read.

    It is reopened for each line, so it can be moved aside at any time.
    """

    def __init__(
        self, path: Path, *, max_bytes: int = MAX_BYTES, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        """A file that need not exist yet.

        Args:
            path: The file.
            max_bytes: The size beyond which `begin` moves it aside.
            lock_seconds: How long to wait for another process that is writing.
        """
        self.path = path
        self._max_bytes = max_bytes
        self._lock_seconds = lock_seconds

    def add(self, line: bytes, *, sync: bool = False) -> None:
        """Write a line, including its newline, in one piece.

        Args:
            line: The line.
            sync: Whether to wait until it is on disk.

        Raises:
            UnrecordedError: If it could not be written; the file is then unchanged.
        """
        with self._locked() as descriptor:
            _write(descriptor, line)
            if sync:
                os.fsync(descriptor)

    def begin(self, line: bytes) -> None:
        """Write the first line of an operation to disk, in a new file if this one is large.

        Raises:
            UnrecordedError: If it could not be written.
        """
        with self._errors_reported():
            self._make_folder()
        with self._locked() as descriptor:
            if os.fstat(descriptor).st_size > self._max_bytes:
                os.fsync(descriptor)
                self.path.rename(self._aside())
        self.add(line, sync=True)
        with self._errors_reported():
            _sync_folder(self.path.parent)

    def _make_folder(self) -> None:
        """Make a private folder. Of existing folders only the default one is made private."""
        folder = self.path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path == default_path() and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)

    def _aside(self) -> Path:
        """A new name for a file that is moved aside."""
        at = datetime.now(UTC)
        while True:
            name = f"{self.path.stem}-{at:%Y%m%dT%H%M%S}{at.microsecond:06}Z{self.path.suffix}"
            if not (aside := self.path.with_name(name)).exists():
                return aside
            at = datetime.now(UTC)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The descriptor of the file at the path, opened and locked.

        Raises:
            UnrecordedError: If that, or the body of the with statement, fails.
        """
        with self._errors_reported():
            for _ in range(_TRIES):
                descriptor = os.open(self.path, _OPEN, 0o600)
                try:
                    _private(descriptor)
                    _lock(descriptor, self._lock_seconds)
                    if self._is_current(descriptor):
                        yield descriptor
                        return
                finally:
                    os.close(descriptor)
            raise OSError(errno.EAGAIN, "it is replaced again and again")

    def _is_current(self, descriptor: int) -> bool:
        """Whether the path still leads to this file; another process may have moved it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.lstat())
        except FileNotFoundError:
            return False

    @contextmanager
    def _errors_reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            link = error.errno == errno.ELOOP
            cause = "it is a symbolic link" if link else error.strerror or str(error)
            raise UnrecordedError(
                f"the journal {printable(str(self.path))} cannot be written: {cause}"
            ) from error


def _private(descriptor: int) -> None:
    """Make sure that it is a regular file that only its owner can read."""
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if mode & 0o077:
        os.fchmod(descriptor, 0o600)


def _lock(descriptor: int, lock_seconds: float) -> None:
    deadline = time.monotonic() + lock_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, "another process keeps it locked") from None
            time.sleep(0.001)
        else:
            return


def _write(descriptor: int, line: bytes) -> None:
    """Append a line, after a newline if the last one was cut short, as by a power loss."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line
    if os.write(descriptor, line) != len(line):
        os.ftruncate(descriptor, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
