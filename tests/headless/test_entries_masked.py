from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from streamtop.cli.dashboard import _connector
from streamtop.masking import HIDDEN, mask
from streamtop.settings import Settings
from tests.headless.arrangement import FORMATS, ORDER, STREAM
from tests.headless.command_line import on_a_terminal, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running


# What is hidden


def configured(folder: Path, *rows: str) -> tuple[str, str]:
    file = folder / "config.toml"
    file.write_text("\n".join(["theme = 'nord'", "[mask]", *rows, ""]))
    return "--config", str(file)


@pytest.mark.parametrize("form", FORMATS[:3], ids=str)
async def test_what_is_hidden_is_in_no_form(
    redis: Redis, a_server: Running, tmp_path: Path, form: list[str]
) -> None:
    await redis.xadd(STREAM, {"payload": ORDER, "pin": "hunter2"})
    flags = configured(tmp_path, "fields = ['PIN']", "paths = '$.note'", "patterns = 'un.er'")
    result = await run("entries", a_server.url, STREAM, *form, *flags)
    assert (result.code, result.err) == (0, "")
    assert "•••" in result.out
    assert "order_id" in result.out
    assert "hunter2" not in result.out
    assert "Zo" not in result.out
    found = await run("entries", a_server.url, STREAM, *form, *flags, "--find", "hunter2")
    assert (found.code, found.out) == (0, "")


async def test_commands_with_hidden_values_are_left_out_and_told(
    redis: Redis, a_server: Running, tmp_path: Path
) -> None:
    await redis.xadd(STREAM, {"pin": "hunter2"})
    await redis.xadd(STREAM, {"n": "1"})
    flags = configured(tmp_path, "fields = 'pin'")
    result = await run("entries", a_server.url, STREAM, "--redis-cli", *flags)
    assert (result.code, result.out) == (1, "XADD orders * n 1\n")
    assert result.err == "streamtop: 1 entry was left out because of hidden values\n"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("paths = ['$.a', '$.b[']", "4: mask.paths: invalid JSON path"),
        ("patterns = '('", "4: mask.patterns: invalid regular expression"),
        ("fields = 7", "4: mask.fields: expected a list of patterns"),
        ("names = 'a'", "4: mask.names: no such key"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        ["entries", "redis://127.0.0.1:1", STREAM],
        ["ack", "redis://127.0.0.1:1", STREAM, "billing", "--all", "--yes"],
    ],
    ids=["entries", "ack"],
)
async def test_a_mask_that_is_none_is_told_with_its_line_and_exit_code_2(
    tmp_path: Path, arguments: Sequence[str], row: str, why: str
) -> None:
    flags = configured(tmp_path, "fields = ['pin']" if "fields" not in row else "", row)
    result = await run(*arguments, *flags)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"streamtop: {flags[1]}:{why}")
    assert result.err.count("\n") == 1


async def test_the_dashboard_takes_no_mask_that_is_none(tmp_path: Path) -> None:
    flags = configured(tmp_path, "patterns = '('")
    code, seen = await on_a_terminal([], "redis://127.0.0.1:1", *flags)
    assert code == 2
    assert "config.toml:3: mask.patterns: invalid regular expression" in seen


async def test_the_dashboard_has_masked_entries_only(
    redis: Redis, a_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("freeze", "set_threshold"):  # for a process of its own
        monkeypatch.setattr(gc, name, lambda *_: None)
    await redis.xadd(STREAM, {"pin": "hunter2"})
    source = await _connector(Settings(url=a_server.url), mask(["pin"]))()
    [entry] = (await source.entries(STREAM)).entries
    await source.close()
    assert entry.fields == ((b"pin", HIDDEN.encode()),)
