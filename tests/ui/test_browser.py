"""The browser of entries: going to a place, and large entries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.ids import EntryId
from streamtop.model.text import to_name
from streamtop.ui.dialogs.form import Form
from streamtop.ui.widgets.entry_browser import EntryBrowser
from tests.fakes import (
    NOW_MS,
    FakeSource,
    consumer,
    entries,
    entry,
    group,
    oldest,
    pending_entries,
    snapshot,
    stream,
)
from tests.kit.pilot import WIDE, watching
from tests.kit.screen import acted_upon, cells, cursor_line, drawn
from tests.ui.entry_stream import (
    FIRST,
    MANY,
    assert_without_gaps,
    browser,
    chosen,
    go,
    ready,
    seen,
    shown,
)

if TYPE_CHECKING:
    from streamtop.ui.widgets.entry_browser import CursorMove

# Go to


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("oldest", FIRST),
        (f"{FIRST + 1_200}-7", FIRST + 1_201),
        ("-1s", NOW_MS - 1_000),
    ],
)
async def test_g_goes_to_the_first_entry_that_is_not_before_a_place(text: str, at_ms: int) -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        source.asked.clear()
        await go(at, text)
        await at.until(lambda: chosen(at) == at_ms and at.top is at.screen)
        assert source.asked.count("entries") <= 3
        assert len(shown(at)) <= 300
        assert_without_gaps(at)
        line = cells(at.screen.entries)[cursor_line(at.screen.entries)]
        assert str(at_ms) in line
        for key in ("pageup", "pageup", "pagedown", "pagedown", "pagedown"):
            await at.press(key)
            await at.settle()
            assert_without_gaps(at)
        await at.press("home")
        await at.until(lambda: chosen(at) == NOW_MS)
        await at.press("end")
        await at.until(lambda: chosen(at) == FIRST)


@pytest.mark.parametrize(
    ("place", "at_ms"),
    [
        (EntryId(FIRST + 1_200, 0), FIRST + 1_200),
        (EntryId(FIRST + 1_200, 7), FIRST + 1_201),
        (EntryId(5, 5), FIRST),
        (EntryId(NOW_MS + 99, 0), NOW_MS),
    ],
)
async def test_a_place_is_loaded_with_a_page_on_either_side(place: EntryId, at_ms: int) -> None:
    moves: list[CursorMove] = []
    source, gone_to = browser(), EntryBrowser(moves.append, failed=pytest.fail)
    gone_to.begin(seen().streams[0])
    gone_to.go_to(place)
    await gone_to.load(source, {"place"})
    assert moves == [EntryId(at_ms, 0)]
    ids = [row.id.ms for row in gone_to.window.entries]
    assert at_ms in ids
    assert ids == list(range(ids[0], ids[0] - len(ids), -1))
    assert source.asked == ["entries"] * 2


async def test_g_knows_where_each_group_stands_and_asks_the_server_nothing_for_that() -> None:
    waits = group("billing", consumer("w1", 1), pending=1, oldest=oldest(ms=FIRST + 70))
    waits = replace(waits, last_delivered_id=EntryId(FIRST + 90, 0))
    idle = replace(group("audit"), last_delivered_id=EntryId(NOW_MS, 0))
    look = seen()
    [found] = look.streams
    look = replace(look, streams=(replace(found, groups=(idle, waits)),))
    source = FakeSource(look, stored={"orders": entries(MANY, FIRST)})
    async with watching(source, size=WIDE) as at:
        await ready(at)
        source.asked.clear()
        await at.press("g")
        await at.until(lambda: "first not read by billing" in at.text)
        assert "oldest pending in billing" in at.text
        assert "by audit" not in at.text
        assert source.asked == []
        await at.press("escape")
        await go(at, "first")
        await at.until(lambda: chosen(at) == FIRST + 91)
        await go(at, "oldest pen")
        await at.until(lambda: chosen(at) == FIRST + 70)


async def test_what_is_no_place_is_told_in_the_form_in_a_sentence() -> None:
    async with watching(browser(), size=WIDE) as at:
        await ready(at)
        await go(at, "yesterday")
        assert isinstance(at.top, Form)
        assert "Give an entry ID (5-1), a time" in at.text
        await at.press("escape")
        await go(at, "99999999999999999999-1")
        assert "below 2^64" in at.text


async def test_the_place_of_an_entry_that_was_deleted_is_the_one_after_it() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        source.stored["orders"] = [
            row for row in source.stored["orders"] if row.id.ms != FIRST + 1_000
        ]
        await go(at, f"{FIRST + 1_000}-0")
        await at.until(lambda: chosen(at) == FIRST + 1_001)


async def test_home_goes_to_the_newest_entry_though_a_look_comes_while_it_is_loaded() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("down", "down")
        source.stored["orders"] += entries(7, NOW_MS + 1)
        await at.see(seen(MANY + 7))
        source.gates["entries"] = asyncio.Event()
        await at.press("home")
        await at.look_again()
        source.gates["entries"].set()
        await at.until(lambda: chosen(at) == NOW_MS + 7)
        assert cursor_line(at.screen.entries) == 0


# Large entries


async def test_a_large_entry_is_fetched_once_and_keys_answer_while_it_is_shown() -> None:
    large = entry(NOW_MS, (b"blob", b"<order>" * 4_300_000))
    source = FakeSource(seen(1, last=NOW_MS), stored={"orders": [large]})
    async with watching(source, size=WIDE) as at:
        await ready(at, 1)
        asked = source.asked.count("entries")
        await at.press("6", "v", "v", "down", "pagedown", "5", "6")
        for _ in range(3):
            await at.look_again()
        assert source.asked.count("entries") == asked
        assert "entries_by_id" not in source.asked
        assert "<order>" in cells(at.screen.entries)[0]
        assert "30 MB" in drawn(at.screen.detail)


async def test_a_large_pending_entry_is_fetched_once_for_the_list_and_the_detail() -> None:
    large = entry(NOW_MS, (b"blob", b"<order>" * 4_300_000))
    held = group("billing", consumer("w1", 2), pending=2, oldest=oldest())
    source = FakeSource(
        snapshot(stream("orders", held)),
        held={("orders", "billing"): pending_entries(2)},
        stored={"orders": [large, entry(NOW_MS + 1)]},
    )
    source.gates["entries_by_id"] = asyncio.Event()
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: len(at.screen.pending.rows) == 2)
        await at.look_again()
        assert source.asked.count("entries_by_id") == 1
        source.gates["entries_by_id"].set()
        await at.until(lambda: "30 MB" in drawn(at.screen.detail))
        asked = source.asked.count("entries_by_id")
        await at.press("6", "v", "v", "4")
        for _ in range(3):
            await at.look_again()
        assert "<order>" in cells(at.screen.pending)[0]
        assert source.asked.count("entries_by_id") == asked


async def test_an_entry_that_comes_late_is_not_shown_in_the_place_of_another() -> None:
    held = group("billing", consumer("w1", 2), pending=2, oldest=oldest())
    source = FakeSource(
        snapshot(stream("orders", held)),
        held={("orders", "billing"): pending_entries(2)},
        stored={"orders": entries(9)},
    )
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: f"{NOW_MS}-0" in drawn(at.screen.detail))
        source.gates["entries_by_id"] = asyncio.Event()
        await at.press("down")
        await at.until(lambda: source.asked[-1] == "entries_by_id")
        await at.press("5")
        await at.until(lambda: f"{NOW_MS + 8}-0" in drawn(at.screen.detail))
        source.gates["entries_by_id"].set()
        await at.settle()
        await at.settle()
        assert f"{NOW_MS + 8}-0" in drawn(at.screen.detail)


async def test_hostile_bytes_in_names_values_and_headings_are_never_acted_upon() -> None:
    odd = [b"\x1b[31m", b"\x9b2J", "\u202e".encode(), b"a\r\nb", b"\xff\xfe", b"\x00", b"[red]x[/]"]
    stored = [
        entry(NOW_MS + n, (word, other), (b"k" + other, word))
        for n, (word, other) in enumerate(zip(odd, reversed(odd), strict=True))
    ]
    source = FakeSource(seen(7, last=NOW_MS + 6), stored={"orders": stored})
    async with watching(source, size=WIDE) as at:
        await ready(at, 7)
        for key in ("v", "v", "v", "5", "down"):
            await at.press("6", key)
            for widget in (at.screen.entries, at.screen.detail):
                assert not acted_upon(drawn(widget), but="\n")
        assert to_name(b"\xff")  # the bytes themselves are odd
