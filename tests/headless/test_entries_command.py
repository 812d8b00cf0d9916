from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.headless.arrangement import FORMATS, HOSTILE, ORDER, STREAM, as_argument, many, numbered
from tests.headless.command_line import (
    COMMAND,
    by_redis_cli,
    in_a_process,
    on_a_terminal,
    run,
    surroundings,
    with_a_reader_that_goes,
)
from tests.headless.contract import ids, lines
from tests.kit.screen import acted_upon
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def test_each_entry_is_a_line_as_its_framework_means_it(
    any_redis: Redis, every_server: Running
) -> None:
    task = '{"task_id":"1","task_name":"shop:bill","labels":{},"args":[7],"kwargs":{}}'
    await any_redis.xadd(STREAM, {"payload": ORDER}, id="5-1")
    await any_redis.xadd(STREAM, {"data": task}, id="6-0")
    pairs = b"b", b"1", b"a", b"2", b"b", b"\xff"
    await any_redis.execute_command("XADD", STREAM, "7-0", *pairs)  # type: ignore[no-untyped-call]
    result = await run("entries", every_server.url, STREAM, "--json")
    assert (result.code, result.err) == (0, "")
    plain, taskiq, odd = lines(result.out)
    assert (plain.id, plain.fields, plain.framework) == ("5-1", [("payload", ORDER)], None)
    assert plain.summary == ORDER
    assert plain.decoded["bodies"] == {"payload": {"order_id": 7, "note": "Zoë"}}
    assert (taskiq.framework, taskiq.summary) == ("taskiq", "shop:bill(7)")
    assert odd.fields == [("b", "1"), ("a", "2"), ("b", "\\xff")]
    assert odd.fields_hex == [("62", "31"), ("61", "32"), ("62", "ff")]
    assert plain.fields_hex is taskiq.fields_hex is msgspec.UNSET
    assert list(json.loads(result.out.splitlines()[0])) == [
        *("id", "fields", "framework", "summary", "decoded")
    ]


WRITTEN = "5-0", "5-1", "5-7", "6-0", "7-0", "7-3"


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ([], "5-0 5-1 5-7 6-0 7-0 7-3"),
        (["--reverse"], "7-3 7-0 6-0 5-7 5-1 5-0"),
        (["--from", "5-1"], "5-1 5-7 6-0 7-0 7-3"),
        (["--from", "5"], "5-0 5-1 5-7 6-0 7-0 7-3"),
        (["--from", "5-2", "--to", "6"], "5-7 6-0"),
        (["--to", "5"], "5-0 5-1 5-7"),
        (["--to", "5-0"], "5-0"),
        (["--to", "5-6"], "5-0 5-1"),
        (["--from", "6", "--to", "7", "--reverse"], "7-3 7-0 6-0"),
        (["--to", "7-0", "--reverse", "--count", "2"], "7-0 6-0"),
        (["--from", "7", "--to", "6"], ""),
        (["--from", "8"], ""),
        (["--from", "0-0", "--to", f"{2**64 - 1}-{2**64 - 1}"], "5-0 5-1 5-7 6-0 7-0 7-3"),
        (["--to", str(2**64 - 1), "--reverse", "--count", "1"], "7-3"),
        (["--count", "4"], "5-0 5-1 5-7 6-0"),
        (["--count", "100"], "5-0 5-1 5-7 6-0 7-0 7-3"),
        (["--find", "n=4"], "7-0"),
        (["--find", "n!=4", "--count", "1", "--reverse"], "7-3"),
    ],
)
async def test_what_is_listed_lies_between_two_places(
    redis: Redis, a_server: Running, flags: list[str], found: str
) -> None:
    await numbered(redis, *WRITTEN)
    result = await run("entries", a_server.url, STREAM, *flags, "--json")
    assert (result.code, result.err) == (0, "")
    assert " ".join(ids(result.out)) == found


async def test_places_may_be_times(any_redis: Redis, every_server: Running) -> None:
    seconds, _ = await any_redis.time()
    now = int(seconds) * 1000
    hour, minute = 3_600_000, 60_000
    written = [f"{now - ago}-0" for ago in (3 * hour, 20 * minute, 10 * minute, 0)]
    await numbered(any_redis, *written)
    iso = datetime.fromtimestamp((now - 20 * minute) / 1000, UTC).isoformat()
    clock = datetime.fromtimestamp((now - 15 * minute) / 1000).astimezone().strftime("%H:%M:%S")
    for flags, found in (
        (["--from", "-15m"], written[2:]),
        (["--to=-15m"], written[:2]),
        (["--from", "-2h", "--to", "-15m"], written[1:2]),
        (["--from", iso], written[1:]),
        (["--to", iso], written[:2]),
        (["--from", clock], written[2:]),
    ):
        result = await run("entries", every_server.url, STREAM, *flags, "--json")
        assert (result.code, result.err) == (0, "")
        assert ids(result.out) == found


QUERIES = {
    "zoë": "1-0 3-0",
    "/order.{1,6}7/": "1-0",
    "/ORDER/i": "1-0 3-0",
    "tenant=blue": "2-0",
    "order_id!=7": "3-0",
    "$.note": "1-0 3-0",
    "$.order_id=8": "3-0",
    "$.order_id[?@ > 1]": "",
}


@pytest.mark.parametrize("query", QUERIES)
async def test_entries_are_found_by_what_is_in_them(
    redis: Redis, a_server: Running, query: str
) -> None:
    for fields in ({"payload": ORDER}, {"tenant": "blue"}, {"payload": ORDER.replace("7", "8")}):
        await redis.xadd(STREAM, fields, id=f"{await redis.xlen(STREAM) + 1}-0")  # type: ignore[arg-type]
    result = await run("entries", a_server.url, STREAM, "--find", query, "--json")
    assert (result.code, result.err, " ".join(ids(result.out))) == (0, "", QUERIES[query])


async def test_pages_follow_one_another_without_a_gap(redis: Redis, a_server: Running) -> None:
    await many(redis, 1_203)
    for flags in ([], ["--reverse"], ["--find", "n"]):
        result = await run("entries", a_server.url, STREAM, *flags, "--json")
        wanted = [f"{number}-0" for number in range(1, 1_204)]
        assert ids(result.out) == (wanted[::-1] if "--reverse" in flags else wanted)
    assert len((await run("entries", a_server.url, STREAM)).out.splitlines()) == 1_204
    rows = list(csv.reader(io.StringIO((await run("entries", a_server.url, STREAM, "--csv")).out)))
    assert len(rows) == 1_204


async def test_rows_of_csv_hold_the_same_and_no_formula(redis: Redis, a_server: Running) -> None:
    written = {"=cmd": '=HYPERLINK("x")', "line": "one\ntwo,three", "quote": '"', "注": "文"}
    await redis.xadd(STREAM, written, id="1-0")  # type: ignore[arg-type]
    for number, first in enumerate("=+-@"):
        await redis.xadd(STREAM, {"n": f"{first}1+1"}, id=f"2-{number}")
    result = await run("entries", a_server.url, STREAM, "--csv")
    assert (result.code, result.err) == (0, "")
    heading, first_row, *formulas = csv.reader(io.StringIO(result.out, newline=""), strict=True)
    assert heading == ["id", "framework", "summary", "fields"]
    assert first_row[:2] == ["1-0", ""]
    assert json.loads(first_row[3]) == [[name, value] for name, value in written.items()]
    assert [row[2] for row in formulas] == ["'=1+1", "'+1+1", "'-1+1", "'@1+1"]
    assert not any(cell[:1] in "=+-@" for row in formulas for cell in row if cell)


async def test_commands_add_equal_entries_when_redis_cli_reads_them(
    redis: Redis, a_server: Running
) -> None:
    name = b"caf\xe9 \x1b[2J\n*[x]\"'"
    pairs = [b"b", bytes(range(256)), b"b", b"", b"", b"'\"\\n", HOSTILE, b"#"]
    await redis.execute_command("XADD", name, "*", *pairs)  # type: ignore[no-untyped-call]
    await redis.execute_command("XADD", name, "*", b"*", b"$")  # type: ignore[no-untyped-call]
    before = await redis.execute_command("XRANGE", name, "-", "+")  # type: ignore[no-untyped-call]
    written = await by_redis_cli(a_server, "entries", a_server.url, as_argument(name))
    after = await redis.execute_command("XRANGE", name, "-", "+")  # type: ignore[no-untyped-call]
    assert len(written) == 2
    assert [fields for _, fields in after] == [fields for _, fields in before] * 2


@pytest.mark.parametrize("form", FORMATS, ids=str)
async def test_names_and_values_of_any_bytes_never_reach_the_terminal(
    redis: Redis, a_server: Running, form: list[str]
) -> None:
    name = b"caf\xe9\x1b[2J\n*[x]"
    for value in (HOSTILE, b'{"a": "\x7f\xc2\x9b\xe2\x80\xae\\u001b"}', "\U000e0001".encode()):
        await redis.execute_command("XADD", name, "*", HOSTILE, value)  # type: ignore[no-untyped-call]
        await redis.execute_command("XADD", name, "*", b"payload", value)  # type: ignore[no-untyped-call]
    result = await run("entries", a_server.url, as_argument(name), *form)
    assert (result.code, result.err) == (0, "")
    assert len(result.out.splitlines()) >= 6
    assert not acted_upon(result.out, but="\r\n")
    if form == ["--json"]:
        first = lines(result.out)[0]
        assert first.fields_hex == [(HOSTILE.hex(), HOSTILE.hex())]
        assert lines(result.out)[-1].fields == [("payload", "\U000e0001")]


async def test_on_a_terminal_the_first_hundred_are_lines_of_its_width(
    redis: Redis, a_server: Running
) -> None:
    await many(redis, 150)
    await redis.xadd(STREAM, {"long": "x" * 500})
    arguments = ("entries", a_server.url, STREAM)
    code, seen = await on_a_terminal([], *arguments, NO_COLOR="1")
    assert code == 0
    assert len(seen.splitlines()) == 101
    _, last = await on_a_terminal([], *arguments, "--reverse", "--count", "1", NO_COLOR="1")
    heading, row = last.splitlines()
    assert re.fullmatch(r"ID +AGE +SIZE +PAYLOAD *", heading)
    assert re.match(r"\d+-0 +\S+ m?s +504 B +x", row)
    assert row.endswith("…")
    assert len(row) <= 100
    _, all_of_it = await on_a_terminal([], *arguments, "--json")
    assert len(all_of_it.splitlines()) == 151


async def test_the_usual_url_may_be_meant(redis: Redis, a_server: Running) -> None:
    await numbered(redis, "1-0")
    result = in_a_process("entries", "-", STREAM, "--json", STREAMTOP_URL=a_server.url)
    assert (result.returncode, ids(result.stdout)) == (0, ["1-0"])


@pytest.mark.parametrize("flags", FORMATS, ids=str)
async def test_a_reader_that_has_gone_ends_it_quietly_after_a_page_or_two(
    redis: Redis, a_server: Running, flags: list[str]
) -> None:
    await many(redis, 100_000)
    await redis.config_resetstat()
    arguments = ("entries", a_server.url, STREAM, *flags)
    code, line, result = await asyncio.to_thread(with_a_reader_that_goes, *arguments)
    assert (code, result) == (0, b"")
    assert line
    stats = await redis.info("commandstats")
    assert stats["cmdstat_xrange"]["calls"] <= 30
    assert set(stats) <= {
        *("cmdstat_xrange", "cmdstat_info", "cmdstat_time", "cmdstat_config|resetstat"),
        *("cmdstat_xinfo|groups", "cmdstat_xinfo|stream", "cmdstat_hello", "cmdstat_client"),
    }


async def test_a_count_is_not_read_beyond(redis: Redis, a_server: Running) -> None:
    await many(redis, 10_000)
    await redis.config_resetstat()
    result = await run("entries", a_server.url, STREAM, "--count", "3", "--json")
    assert ids(result.out) == ["1-0", "2-0", "3-0"]
    assert (await redis.info("commandstats"))["cmdstat_xrange"]["calls"] <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it so")
async def test_a_large_stream_goes_through_little_memory(redis: Redis, a_server: Running) -> None:
    for _ in range(60):
        await redis.xadd(STREAM, {"blob": b"x" * 1_000_000})
    program = (
        "import pathlib, sys\n"
        "from streamtop.cli import main\n"
        "try:\n"
        f"    main({('entries', a_server.url, STREAM, '--json')!r})\n"
        "finally:\n"
        "    result = pathlib.Path('/proc/self/status').read_text()\n"
        "    print(result.partition('VmHWM:')[2].split()[0], file=sys.stderr)\n"
    )
    command = ["-c", program]
    done = await asyncio.to_thread(
        subprocess.run,
        [COMMAND[0], *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=surroundings(),
        check=True,
        timeout=PATIENCE,
    )
    assert int(done.stderr.split()[-1]) < 80_000  # kilobytes, most of them Python's own
