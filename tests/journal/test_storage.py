from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from streamtop.journal.location import default_path, journal_files, journal_path
from streamtop.journal.storage import JournalFile
from streamtop.operations import UnrecordedError
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from streamtop.journal.storage import JournalFile
lines = JournalFile(Path(sys.argv[1]), max_bytes=int(sys.argv[3]))
for number in range(300):
    write = lines.begin if number % 10 == 0 else lines.add
    write(f"{sys.argv[2]} {number} {'x' * (number % 50)}\\n".encode())
"""


@pytest.fixture
def narrow_disk() -> Iterator[None]:
    """No file of this process can grow beyond 100 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_file_and_folder_are_for_their_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        JournalFile(path).begin(b"one\n")
    finally:
        os.umask(before)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_file_that_others_could_read_is_narrowed(path: Path) -> None:
    path.parent.mkdir()
    path.touch(mode=0o644)
    path.chmod(0o666)
    JournalFile(path).begin(b"one\n")
    assert mode(path) == 0o600


def test_the_usual_folder_is_narrowed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = journal_path("default")
    assert path == default_path()
    assert path is not None
    assert path.is_relative_to(tmp_path)
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o755)
    JournalFile(path).begin(b"one\n")
    assert mode(path.parent) == 0o700


def test_the_folder_of_a_file_of_ones_own_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    JournalFile(tmp_path / "own.jsonl").begin(b"one\n")
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_nothing_but_a_file_is_written_to(path: Path, kind: str) -> None:
    path.parent.mkdir()
    other = path.with_name("other")
    other.touch()
    if kind == "link":
        path.symlink_to(other)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(UnrecordedError) as error:
        JournalFile(path).begin(b"one\n")
    assert str(error.value).startswith(f"the journal {path} cannot be written: ")
    assert (kind == "link") == ("it is a symbolic link" in str(error.value))
    assert other.read_bytes() == b""


def test_a_line_that_was_cut_short_is_not_glued_to_the_next(path: Path) -> None:
    lines = JournalFile(path)
    lines.begin(b"one\n")
    path.write_bytes(path.read_bytes() + b"tor")
    lines.add(b"two\n")
    lines.add(b"three\n")
    assert path.read_bytes() == b"one\ntor\ntwo\nthree\n"


@pytest.mark.usefixtures("narrow_disk")
def test_a_full_disk_is_told_and_leaves_no_half_line(path: Path) -> None:
    lines = JournalFile(path)
    lines.begin(b"x" * 59 + b"\n")
    with pytest.raises(UnrecordedError, match="cannot be written: "):
        lines.add(b"y" * 59 + b"\n")
    assert path.read_bytes() == b"x" * 59 + b"\n"
    lines.add(b"z\n")
    assert path.read_bytes().endswith(b"x\nz\n")


def test_a_process_that_does_not_let_go_of_the_file_is_told_of(path: Path) -> None:
    lines = JournalFile(path, lock_seconds=0.01)
    lines.begin(b"one\n")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UnrecordedError, match="keeps it locked"):
            lines.add(b"two\n")
    lines.add(b"three\n")
    assert path.read_bytes() == b"one\nthree\n"


def test_a_file_that_is_moved_away_while_one_waits_for_it_is_not_written_to(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = JournalFile(path, lock_seconds=PATIENCE)
    lines.begin(b"one\n")
    waiting, flock = threading.Event(), fcntl.flock

    def noticed(descriptor: int, how: int) -> None:
        try:
            flock(descriptor, how)
        except BlockingIOError:
            waiting.set()
            raise

    monkeypatch.setattr(fcntl, "flock", noticed)
    writer = threading.Thread(target=lines.add, args=(b"two\n",))
    with path.open("rb") as held:
        flock(held, fcntl.LOCK_EX)
        writer.start()
        assert waiting.wait(PATIENCE)
        path.rename(path.with_name("away"))
    writer.join()
    assert path.read_bytes() == b"two\n"
    assert path.with_name("away").read_bytes() == b"one\n"


@pytest.mark.parametrize("largest", [10**9, 2_000], ids=["one file", "many files"])
def test_several_processes_share_it_and_lose_nothing(path: Path, largest: int) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name, str(largest)], env=environment
        )
        for name in "abc"
    ]
    assert [writer.wait(PATIENCE) for writer in writers] == [0, 0, 0]
    files = journal_files(path)
    assert files[-1] == path
    assert (len(files) > 3) == (largest == 2_000)
    words = [line.split() for each in files for line in each.read_bytes().splitlines()]
    for name in (b"a", b"b", b"c"):
        mine = [line for line in words if line[0] == name]
        assert [int(line[1]) for line in mine] == list(range(300))
        assert all(len(line) == (3 if int(line[1]) % 50 else 2) for line in mine)
        assert all(len(line[2]) == int(line[1]) % 50 for line in mine if len(line) == 3)
    assert len(words) == 900


def test_a_file_that_has_grown_large_is_moved_aside(path: Path) -> None:
    lines = JournalFile(path, max_bytes=10)
    lines.begin(b"old but large\n")
    lines.add(b"still there\n")
    lines.begin(b"new\n")
    lines.add(b"more\n")
    assert [file.read_bytes() for file in journal_files(path)] == [
        b"old but large\nstill there\n",
        b"new\nmore\n",
    ]
    assert all(mode(file) == 0o600 for file in journal_files(path))
