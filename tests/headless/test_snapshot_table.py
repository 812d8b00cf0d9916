from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtop.cell_width import cells, cut
from streamtop.headless.snapshot_table import SIGNS, snapshot_table
from streamtop.headless.text_table import Cell, Style, line
from streamtop.model.lag import Lag
from streamtop.model.text import to_name
from streamtop.model.verdict import KINDS, Thresholds
from tests import fakes
from tests.headless.command_line import run

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

CALM = settings(deadline=None)
LOOK = fakes.snapshot(
    fakes.stream(
        "orders",
        fakes.group("audit", lag=0),
        fakes.group(
            "billing",
            fakes.consumer("w1", pending=3),
            lag=Lag(5_200_000, "reported", "Not proven."),
            pending=3,
            oldest=fakes.oldest(idle_ms=720_000, deliveries=7),
        ),
        fakes.group("counted", lag=Lag(10_000, "at_least", "There are more.")),
        fakes.group("dark", lag=None),
        length=10_412,
    ),
    fakes.stream("注文", fakes.group("支払い")),
    fakes.stream("alone", length=0),
    fakes.stream("secret", error="NOPERM this user has no permissions"),
)
LIMITS = Thresholds(poison_deliveries=5)
COLOUR = re.compile(r"\x1b\[\d+m")


def row_of(text: str, name: str) -> str:
    """The line of a stream or group."""
    [row] = [line for line in text.splitlines() if line[1:].strip().startswith(name)]
    return row


def test_figures_are_humanized_and_the_unknown_is_never_zero() -> None:
    text = snapshot_table(LOOK, LIMITS)
    assert row_of(text, "orders").split() == ["✖", "orders", "10,412"]
    assert row_of(text, "audit").split() == ["●", "audit", "0", "–", "0", "–", "–", "0", "0"]
    billing = row_of(text, "billing")
    assert "~5.2 M" in billing
    assert "12 m" in billing
    assert "7×" in billing
    assert row_of(text, "counted").split()[2:4] == [">10,000", "?"]
    assert row_of(text, "dark").split()[2:4] == ["?", "?"]
    assert row_of(text, "alone").split() == ["○", "alone", "0"]
    assert row_of(text, "secret").split() == ["!", "secret", "?"]


def test_the_first_line_says_what_is_wrong_and_reasons_stand_below_their_group() -> None:
    text = snapshot_table(LOOK, LIMITS)
    lines = text.splitlines()
    assert "Redis 7.2.4 master  4 streams  5 groups  1 stuck  1 unreadable" in lines[0]
    at = lines.index(row_of(text, "billing"))
    assert lines[at + 1].startswith("      stuck: ")
    assert lines[at + 2].startswith("      ")
    assert "NOPERM" in lines[lines.index(row_of(text, "secret")) + 1]
    assert "nothing wrong" in snapshot_table(
        fakes.snapshot(fakes.stream("s", fakes.group())), LIMITS
    )


def test_columns_end_below_their_headings_however_wide_the_names() -> None:
    text = snapshot_table(LOOK, LIMITS)
    heading = next(line for line in text.splitlines() if "CONSUMERS" in line)
    ends = [
        cells(heading[: match.end()]) for match in re.finditer(r"LENGTH|LAG AGE|PENDING", heading)
    ]
    assert cells(row_of(text, "orders")) == ends[0]
    for name in ("billing", "支払い"):
        row = row_of(text, name)
        assert cells(row) == cells(heading)


def test_what_was_lost_is_shown_as_bounds_and_what_contradicts_itself_is_marked() -> None:
    trimmed = fakes.stream("orders", fakes.group(), length=10, added=50)
    assert row_of(snapshot_table(fakes.snapshot(trimmed), LIMITS), "billing").endswith(
        "≤ 40          0"
    )
    group = replace(
        fakes.group(pending=3, oldest=fakes.oldest(idle_ms=-1, consumer="")),
        consistent=False,
        error="NOPERM xinfo|consumers",
    )
    lines = snapshot_table(fakes.snapshot(fakes.stream("orders", group)), LIMITS).splitlines()
    assert " ~3 " in row_of("\n".join(lines), "billing")
    assert " released " in row_of("\n".join(lines), "billing")
    assert "      NOPERM xinfo|consumers" in lines
    assert any("pending does not fit the consumers" in line for line in lines)


def test_all_kinds_have_a_sign() -> None:
    assert set(SIGNS) == set(KINDS)


def test_colour_comes_only_when_wanted_and_changes_no_text() -> None:
    plain, coloured = snapshot_table(LOOK, LIMITS), snapshot_table(LOOK, LIMITS, Style(colour=True))
    assert "\x1b" not in plain
    assert "\x1b[31m✖\x1b[0m" in coloured
    assert COLOUR.sub("", coloured) == plain


@pytest.mark.parametrize("width", [1, 20, 40, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_a_cut_shows(width: int) -> None:
    full = snapshot_table(LOOK, LIMITS).splitlines()
    for colour in (False, True):
        lines = COLOUR.sub("", snapshot_table(LOOK, LIMITS, Style(width, colour))).splitlines()
        assert len(lines) == len(full)
        for shown, whole in zip(lines, full, strict=True):
            assert cells(shown) <= width
            assert shown.rstrip() == whole or "…" in shown or len(shown) < len(whole)
            assert "…" in shown or re.sub(" +", " ", shown) == re.sub(" +", " ", whole)


def test_names_and_errors_bring_no_control_character() -> None:
    hostile = to_name(b"a\x1b[2J\xff\n\r\x9b") + "\u202e"
    group = fakes.group(
        hostile,
        fakes.consumer(hostile, pending=1, idle_ms=10**7),
        pending=1,
        oldest=fakes.oldest(idle_ms=10**7, consumer=hostile),
    )
    look = fakes.snapshot(fakes.stream(hostile, group), fakes.stream("b", error="x\x1b[2Jy"))
    for character in snapshot_table(look, LIMITS).replace("\n", ""):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    assert "a\\x1b[2J\\xff\\n\\r" in snapshot_table(look, LIMITS)


@CALM
@given(st.text(), st.integers(0, 30))
def test_a_cut_text_fits(text: str, width: int) -> None:
    assert cells(cut(text, width)) <= width
    assert cells(line([Cell(text), Cell(text, "error")], Style(width))) <= width


async def test_a_table_in_a_pipe_is_plain_and_whole(redis: Redis, a_server: Running) -> None:
    name = "a-stream-with-a-long-name-" * 8
    await redis.xadd(name, {"n": 1})
    await redis.xgroup_create(name, "billing", "0")
    result = await run("snapshot", a_server.url)
    assert (result.code, result.err) == (0, "")
    assert name in result.out
    assert "\x1b" not in result.out
    assert row_of(result.out, "billing").split()[2] == "1"
    assert "Valkey 9.1.2 master  1 stream  1 group  nothing wrong" in result.out


async def test_a_server_without_streams_is_told_in_a_line(
    any_redis: Redis, every_server: Running
) -> None:
    result = await run("snapshot", every_server.url)
    assert result.line.endswith("0 streams  0 groups")
