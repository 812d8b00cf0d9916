"""Filtering the entries that are loaded, and searching the whole stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from streamtop.model.entry_window import MOST
from streamtop.source import UnreachableError
from streamtop.ui.widgets.entry_filter import FOUND_AT_ONCE
from tests.fakes import (
    NOW_MS,
    FakeSource,
    entries,
    entry,
    snapshot,
    stream,
)
from tests.kit.pilot import WIDE, watching
from tests.kit.screen import drawn
from tests.ui.entry_stream import (
    FIRST,
    MANY,
    browser,
    ready,
    seen,
    shown,
)

if TYPE_CHECKING:
    from streamtop.model.entries import Entry


def mixed() -> list[Entry]:
    """Entries of JSON, one in a hundred of them blue."""
    return [
        entry(
            FIRST + n,
            (b"tenant", b"blue" if n % 100 == 0 else b"red"),
            (b"data", b'{"order": {"n": %d}}' % n),
        )
        for n in range(MANY)
    ]


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("tenant=blue", {FIRST + 2_400}),
        ("BLUE order", {FIRST + 2_400}),
        ("/blu[ef]/", {FIRST + 2_400}),
        ("$.order.n=2450", {FIRST + 2_450}),
        ("tenant!=red", {FIRST + 2_400}),
    ],
)
async def test_the_filter_takes_words_expressions_fields_and_paths(
    text: str, fit: set[int]
) -> None:
    source = FakeSource(seen(), stored={"orders": mixed()})
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*text)
        assert set(shown(at)) == fit
        await at.look_again()
        assert set(shown(at)) == fit
        await at.press("escape")
        assert len(shown(at)) == 100


@pytest.mark.parametrize("text", ["/[a/", "$.a[", "/(/"])
async def test_half_an_expression_says_why_and_loses_no_rows(text: str) -> None:
    async with watching(browser(), size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*text)
        assert len(shown(at)) == 100
        assert "invalid regular expression" in at.text or "invalid JSON path" in at.text


async def test_n_searches_older_entries_n_again_goes_on_and_escape_leaves() -> None:
    source = FakeSource(seen(), stored={"orders": mixed()})
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*"tenant=blue")
        await at.press("enter", "n")
        await at.until(lambda: len(shown(at)) == 25 and "the end" in drawn(at.screen.entries))
        assert shown(at) == [FIRST + n for n in range(2_400, -1, -100)]
        assert "searched 2,400 entries" in drawn(at.screen.entries)
        await at.look_again()
        assert len(shown(at)) == 25
        source.stored["orders"] += [entry(NOW_MS + 5, (b"tenant", b"blue"))]
        await at.press("N")
        await at.until(lambda: shown(at)[0] == NOW_MS + 5)
        await at.press("escape")
        assert shown(at) == list(range(NOW_MS, NOW_MS - 100, -1))
        assert "search" not in at.screen.entries.tally


async def test_a_search_pauses_after_some_and_never_keeps_more_than_it_may() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*"1")
        await at.press("enter")
        for more in range(1, 30):
            if not at.screen.entries.rows or shown(at)[-1] == FIRST:
                break
            before = shown(at)[-1]
            await at.press("n")
            await at.until(lambda: not at.screen.entries.searching)
            assert len(shown(at)) <= MOST
            found = before - shown(at)[-1]
            assert FOUND_AT_ONCE <= found <= FOUND_AT_ONCE + 200, more


async def test_pages_of_large_entries_that_were_found_are_bounded_by_bytes() -> None:
    blob = b"x" * 900_000
    large = [entry(FIRST + n, (b"blob", blob)) for n in range(100)]
    source = FakeSource(seen(100), stored={"orders": large})
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) > 1)
        await at.press("slash", "x", "enter")
        for _ in range(2):
            await at.press("n")
            await at.until(lambda: not at.screen.entries.searching)
        assert shown(at)[-1] == FIRST
        assert sum(row.entry.size for row in at.screen.entries.rows) <= 64_000_000


async def test_what_was_found_stays_while_another_pane_is_in_use() -> None:
    source = FakeSource(seen(), stored={"orders": mixed()})
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*"tenant=blue")
        await at.press("enter", "n")
        await at.until(lambda: len(shown(at)) == 25)
        await at.press("1")
        source.stored["orders"] += entries(7, NOW_MS + 1)
        await at.see(seen(MANY + 7))
        await at.look_again()
        assert len(shown(at)) == 25


async def test_n_stops_a_search_and_keys_answer_while_it_goes_on() -> None:
    source = FakeSource(
        seen(20_000, last=FIRST + 19_999), stored={"orders": entries(20_000, FIRST)}
    )
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*"nothing like it")
        await at.press("enter", "n")
        assert at.screen.entries.searching
        await at.press("1", "5")
        assert at.focused == "entries"
        assert at.screen.entries.searching
        assert "searching" in at.screen.entries.tally
        await at.press("n")
        assert "stopped after" in drawn(at.screen.entries)
        asked = source.asked.count("entries")
        assert asked < 90
        await at.settle()
        assert source.asked.count("entries") == asked


async def test_when_the_server_is_lost_a_search_ends_with_a_sentence() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash")
        await at.press(*f"{NOW_MS - 5}")
        await at.press("enter")
        source.failures["entries"] = UnreachableError("no answer in time")
        await at.press("n")
        await at.until(lambda: "No answer in time." in at.text)
        assert shown(at) == [NOW_MS - 5]
        assert "searching" not in at.screen.entries.tally


async def test_another_stream_ends_the_search() -> None:
    source = FakeSource(
        snapshot(stream("a"), stream("b")),
        stored={"a": entries(300), "b": entries(5, NOW_MS + 1_000)},
    )
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("slash", "x", "enter")
        source.gates["entries"] = asyncio.Event()
        await at.press("n", "1", "down")
        source.gates["entries"].set()
        await at.until(lambda: len(shown(at)) == 5)
        assert not at.screen.entries.searching
        assert at.screen.entries.search.status == ""


async def test_n_without_a_filter_says_what_to_do() -> None:
    async with watching(browser(), size=WIDE) as at:
        await ready(at)
        await at.press("n")
        await at.until(lambda: "Type a filter first" in at.text)


async def test_the_filter_says_how_many_were_searched_before_and_after_a_search() -> None:
    async with watching(browser(), size=WIDE) as at:
        await ready(at)
        await at.press("slash", *"absent", "enter")
        told = f"0 of the 100 loaded; n searches all {MANY:,}"
        assert f"Nothing matches /absent: {told}" in at.text
        await at.press("n")
        await at.until(lambda: f"Nothing matches /absent: 0 of {MANY:,}" in at.text)
        assert "holds no entries" not in at.text
        await at.press("escape")
        assert at.screen.entries.tally == f"100 of {MANY:,}"


async def test_a_search_in_one_direction_counts_what_it_searched() -> None:
    async with watching(browser(), size=WIDE) as at:
        await ready(at)
        at.screen.entries.go_to(entries(1, FIRST + 1_000)[0].id)
        await at.until(lambda: FIRST + 1_000 in shown(at) and FIRST + MANY - 1 not in shown(at))
        loaded = len(shown(at))
        older = min(shown(at)) - FIRST
        await at.press("slash", *"absent", "enter", "n")
        await at.until(lambda: "the end" in at.screen.entries.tally)
        assert at.screen.entries.tally.endswith(f"0 of the {loaded + older:,} searched")
        await at.press("N")
        await at.until(lambda: at.screen.entries.tally.endswith(f" ─ 0 of {MANY:,}"))
