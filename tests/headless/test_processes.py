"""What only a process of its own can show: pipes, terminals, exit codes, what is imported."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.headless.arrangement import hold
from tests.headless.command_line import (
    in_a_process,
    modules_after,
    on_a_terminal,
    with_a_reader_that_goes,
)

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.mark.parametrize(
    "command", ["snapshot", "snapshot --json", "check", "pending URL s g", "entries URL s"]
)
async def test_textual_is_not_imported(redis: Redis, a_server: Running, command: str) -> None:
    await hold(redis, 1, stream="s", group="g")
    name, *arguments = (command if "URL" in command else f"{command} URL").split()
    loaded = modules_after(name, *(each.replace("URL", a_server.url) for each in arguments))
    assert "redis" in loaded
    assert not loaded & {"textual", "rich.console", "streamtop.ui"}


@pytest.mark.parametrize(
    ("arguments", "environment", "word"),
    [
        (["--nope"], {}, "--nope"),
        (["redis://a", "redis://b"], {}, "redis://b"),
        (["http://:qzx@a"], {}, "redis://"),
        ([], {"STREAMTOP_URL": "http://:qzx@a"}, "$STREAMTOP_URL: not a server URL"),
        ([], {"REDIS_URL": "redis://a/qzx?"}, "$REDIS_URL: "),
        (["rediss://a?ssl_cert_reqs=maybe"], {}, ""),
        (["--config", "/nowhere"], {}, "/nowhere: No such file"),
        (["--limit", "nope=1"], {}, "--limit: no such limit: 'nope=1'"),
        (["--limit", "stuck=1x"], {}, "--limit stuck: expected a duration"),
        ([], {"STREAMTOP_INTERVAL": "x"}, "$STREAMTOP_INTERVAL: "),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str], environment: dict[str, str], word: str
) -> None:
    result = in_a_process("snapshot", *arguments, **environment)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("streamtop: ")
    assert result.stderr.count("\n") == 1
    assert word in result.stderr
    assert "qzx" not in result.stderr


@pytest.mark.parametrize("command", [[], ["demo"]])
def test_the_dashboard_takes_the_same_settings(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("theme = 'nord'\ninterval = 'fast'\n")
    result = in_a_process(*command, "--config", str(file))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"streamtop: {file}:2: interval: ")
    assert result.stderr.count("\n") == 1


async def test_the_url_may_come_from_the_environment(redis: Redis, a_server: Running) -> None:
    for name in ("STREAMTOP_URL", "REDIS_URL"):
        result = in_a_process("snapshot", **{name: a_server.url})
        assert result.returncode == 0
        assert result.stdout.startswith(f"{a_server.url}  Valkey")


@pytest.mark.parametrize("flags", [[], ["--json"]])
async def test_a_reader_that_has_gone_is_no_error(
    redis: Redis, a_server: Running, flags: list[str]
) -> None:
    await redis.xadd("s" * 300_000, {"n": 1})
    arguments = ("snapshot", a_server.url, *flags)
    ended = await asyncio.to_thread(with_a_reader_that_goes, *arguments, lines=0)
    assert ended == (0, b"", b"")


async def test_a_terminal_gets_colours_and_lines_of_its_width(
    redis: Redis, a_server: Running
) -> None:
    await redis.xadd("a-stream-with-a-long-name-" * 8, {"n": 1})
    arguments = ("snapshot", a_server.url)
    _, coloured = await on_a_terminal([], *arguments, COLUMNS="70")
    _, plain = await on_a_terminal([], *arguments, COLUMNS="70", NO_COLOR="1")
    assert "\x1b[" in coloured
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert max(map(len, plain.splitlines())) <= 70
    assert "…" in plain
    assert "\x1b" not in (await on_a_terminal([], *arguments, TERM="dumb"))[1]


async def test_json_is_indented_on_a_terminal(redis: Redis, a_server: Running) -> None:
    _, written = await on_a_terminal([], "snapshot", a_server.url, "--json")
    assert written.startswith('{\n  "schema": 1,\n')


async def test_an_output_that_knows_no_signs_gets_them_escaped(
    redis: Redis, a_server: Running
) -> None:
    await redis.xadd("注文", {"n": 1})
    result = in_a_process("snapshot", a_server.url, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "\\u6ce8\\u6587" in result.stdout
    json = in_a_process("snapshot", a_server.url, "--json", PYTHONIOENCODING="ascii")
    assert "注文" in json.stdout
