"""Lines added to a file that several processes share: none lost, none glued to another."""

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

LARGEST = 64 * 1024 * 1024
"""Bytes of a file beyond which the next operation begins a new one."""
PATIENCE = 2.0
"""Seconds to wait for another process that is writing."""
_TRIES = 100
"""How often the file may be moved away just as it is to be written."""
_OPEN = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class JournalFile:
    """A file of lines that only its owner can read.

    It is opened anew for each line, so that it may be moved away at any time.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST, patience: float = PATIENCE) -> None:
        """A file that need not be there yet.

        Args:
            path: The file.
            largest: Bytes beyond which `begin` moves it aside.
            patience: Seconds to wait for another process that is writing.
        """
        self.path = path
        self._largest = largest
        self._patience = patience

    def add(self, line: bytes, *, sync: bool = False) -> None:
        """Write a line, ended by its newline, in one piece.

        Args:
            line: The line.
            sync: Whether to wait until it is on the disk.

        Raises:
            UnrecordedError: If it could not be written; then none of it was.
        """
        with self._locked() as descriptor:
            _write(descriptor, line)
            if sync:
                os.fsync(descriptor)

    def begin(self, line: bytes) -> None:
        """Write the first line of many, on the disk; in a new file if this one has grown large.

        Raises:
            UnrecordedError: If it could not be written.
        """
        with self._told():
            self._make_folder()
        with self._locked() as descriptor:
            if os.fstat(descriptor).st_size > self._largest:
                os.fsync(descriptor)
                self.path.rename(self._aside())
        self.add(line, sync=True)
        with self._told():
            _sync_folder(self.path.parent)

    def _make_folder(self) -> None:
        """A folder for its owner alone; one that is there already stays as it is, but our own."""
        folder = self.path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path == default_path() and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)

    def _aside(self) -> Path:
        """The name under which a large file is kept."""
        at = datetime.now(UTC)
        while True:
            name = f"{self.path.stem}-{at:%Y%m%dT%H%M%S}{at.microsecond:06}Z{self.path.suffix}"
            if not (aside := self.path.with_name(name)).exists():
                return aside
            at = datetime.now(UTC)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file that now has the path, open and ours alone.

        Raises:
            UnrecordedError: If anything in here fails.
        """
        with self._told():
            for _ in range(_TRIES):
                descriptor = os.open(self.path, _OPEN, 0o600)
                try:
                    _private(descriptor)
                    _lock(descriptor, self._patience)
                    if self._is(descriptor):
                        yield descriptor
                        return
                finally:
                    os.close(descriptor)
            raise OSError(errno.EAGAIN, "it is another file each time")

    def _is(self, descriptor: int) -> bool:
        """Whether the path still leads to an open file: another process may have moved it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.lstat())
        except FileNotFoundError:
            return False

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            link = error.errno == errno.ELOOP
            cause = "it is a symbolic link" if link else error.strerror or str(error)
            raise UnrecordedError(
                f"the journal {printable(str(self.path))} cannot be written: {cause}"
            ) from error


def _private(descriptor: int) -> None:
    """See to it that it is a file that nobody else can read."""
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no file")
    if mode & 0o077:
        os.fchmod(descriptor, 0o600)


def _lock(descriptor: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, "another process does not let go of it") from None
            time.sleep(0.001)
        else:
            return


def _write(descriptor: int, line: bytes) -> None:
    """Add a line; after a line that was cut short, by a power loss say, on a line of its own."""
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
