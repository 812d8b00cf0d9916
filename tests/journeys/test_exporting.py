"""What e writes to a file."""

from __future__ import annotations

import csv
import io
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest
from textual.events import Paste

from streamtop.ui.dialogs.progress import ShowProgress
from tests.journeys.test_browsing import fill_stream
from tests.journeys.test_copying import as_typed
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import add, ask, leave_pending

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running


async def export(
    at: Dashboard, path: Path | str, *, which: int = 0, form: int = 0, filled: bool = True
) -> None:
    """Press e and choose which entries, as what, and where to."""
    if filled:
        await at.press("e")
        await at.until(lambda: at.in_form and at.app.focused is not None)
    await at.press(*["down"] * which, "tab", *["down"] * form, "tab")
    await at.press(*str(path), "enter")


async def written(at: Dashboard, count: int) -> None:
    """Wait until so many entries were told to be written."""
    await at.until(lambda: any(f"{count:,} entries in " in told for told in at.notices))


async def in_entries(at: Dashboard, count: int) -> None:
    """Go to the entries of orders."""
    await at.go_to("orders", "5")
    await at.until(lambda: len(at.screen.entries.rows) == count)


def ids_in(path: Path) -> list[str]:
    """The IDs of the entries of a file of JSON lines."""
    return [msgspec.json.decode(line)["id"] for line in path.read_bytes().splitlines()]


def names_in(folder: Path) -> list[str]:
    """The names of all files of a folder."""
    return [each.name for each in folder.iterdir()]


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that streamtop is run in: file names are typed, so they are short."""
    path = tmp_path_factory.mktemp("x")
    monkeypatch.chdir(path)
    return path


async def test_e_writes_marked_listed_or_all_that_fit_to_a_new_file_of_ones_own(
    a_server: Running, redis: Redis, short: Path
) -> None:
    ids = [(await add(redis, "orders", "n", str(n % 10))).decode() for n in range(250)]

    async with dashboard(a_server.url) as at:
        await in_entries(at, 100)
        await export(at, "l", which=0)
        await written(at, 100)
        assert ids_in(short / "l") == ids[150:]
        assert stat.S_IMODE((short / "l").stat().st_mode) == 0o600
        await at.press("space", "space")
        await export(at, "m", which=0)
        await written(at, 2)
        assert ids_in(short / "m") == ids[-2:]
        await at.press("U", "slash", *"n=7", "enter")
        await export(at, "f", which=1)
        await written(at, 25)
        assert ids_in(short / "f") == ids[7::10]


async def test_as_csv_a_heading_stands_once_and_as_commands_entries_are_added_again(
    a_server: Running, redis: Redis, short: Path
) -> None:
    await fill_stream(redis, 1_000)
    await add(redis, "orders", "late", "=1+1")

    async with dashboard(a_server.url) as at:
        await in_entries(at, 100)
        await at.press("slash", *"late", "enter")
        await export(at, "c", which=1, form=1)
        await written(at, 1)
        rows = list(csv.reader(io.StringIO((short / "c").read_text())))
        assert next(row[0] for row in rows) == "id"
        assert len(rows) == 2
        assert not rows[1][2].startswith("=")
        await at.press("escape")
        await export(at, "r", which=1, form=2)
        await written(at, 1_001)
    lines = (short / "r").read_text().splitlines()
    assert len(lines) == 1_001
    await ask(redis, "DEL", "orders")
    for line in lines[-3:]:
        await ask(redis, *as_typed(line))
    assert await ask(redis, "XLEN", "orders") == 3


async def test_no_file_is_overwritten_and_a_bad_path_is_told_in_a_sentence(
    a_server: Running, redis: Redis, short: Path
) -> None:
    await add(redis, "orders", "n", "1")
    (short / "there").write_text("mine")

    async with dashboard(a_server.url) as at:
        await in_entries(at, 1)
        await export(at, "there")
        await at.until(lambda: "nothing is overwritten" in at.said)
        await at.press(*["backspace"] * 5, *"no", "slash", "x", "enter")
        await at.until(lambda: "The folder does not exist." in at.said)
        await at.press("escape")
        assert (short / "there").read_text() == "mine"
        await at.press("e")
        await at.until(lambda: at.in_form and at.app.focused is not None)
        await at.press("tab", "tab")
        assert at.app.focused is not None
        at.app.focused.post_message(Paste("x" * 300))
        await at.press("enter")
        await at.until(lambda: any("too long" in told for told in (*at.notices, at.said)))
    assert names_in(short) == ["there"]


async def test_without_a_name_one_is_made_up(a_server: Running, redis: Redis, short: Path) -> None:
    await add(redis, "orders", "n", "1")
    async with dashboard(a_server.url) as at:
        await in_entries(at, 1)
        await export(at, "", form=1)
        await written(at, 1)
    [made] = names_in(short)
    assert made.startswith("orders-")
    assert made.endswith(".csv")


async def test_escape_stops_a_long_export_and_it_says_how_many_were_written(
    a_server: Running, redis: Redis, short: Path
) -> None:
    await fill_stream(redis, 200_000)
    async with dashboard(a_server.url) as at:
        await in_entries(at, 100)
        await export(at, "a", which=1)
        await at.until(lambda: isinstance(at.app.screen, ShowProgress))
        await at.press("escape")
        await at.until(lambda: any("stopped before the end" in told for told in at.notices))
        [told] = [each for each in at.notices if "stopped before the end" in each]
    count = len(ids_in(short / "a"))
    assert 0 < count < 200_000
    assert f"{count:,} entries in a" in told


async def test_of_pending_entries_those_whose_payload_is_gone_are_left_out(
    a_server: Running, redis: Redis, short: Path
) -> None:
    ids = await leave_pending(redis, 5)
    await ask(redis, "XDEL", "orders", ids[2])
    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 5)
        await at.until(lambda: at.screen.detail.entry is not None)
        await export(at, "p")
        await written(at, 4)
    assert ids_in(short / "p") == [each.decode() for each in ids if each != ids[2]]
