"""Following a stream live: what is shown, what is skipped, what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.entry_window import MOST
from streamtop.ui.widgets.entry_browser import TAIL_PAGE, EntryBrowser
from tests.fakes import (
    NOW_MS,
    FakeSource,
    entries,
)
from tests.kit.pilot import WIDE, Dashboard, watching
from tests.kit.screen import cells, cursor_line, drawn
from tests.ui.entry_stream import (
    FIRST,
    MANY,
    assert_without_gaps,
    browser,
    chosen,
    ready,
    seen,
    shown,
)

if TYPE_CHECKING:
    from streamtop.model.snapshot import Snapshot


def following(at: Dashboard) -> None:
    """One step of following live, without waiting for its time."""
    at.screen.entries.browser.loader.request("tail")


async def test_t_shows_entries_as_they_are_added_at_the_top() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("pagedown", "pagedown", "t")
        assert chosen(at) == NOW_MS
        assert "live" in drawn(at.screen.entries)
        for number in range(1, 4):
            source.stored["orders"] += entries(1, NOW_MS + number)
            following(at)
            await at.until(lambda number=number: shown(at)[0] == NOW_MS + number)  # type: ignore[misc]
            assert str(NOW_MS + number) in cells(at.screen.entries)[0]
            assert_without_gaps(at)
        assert "skipped" not in drawn(at.screen.entries)
        assert {"write", "pending"}.isdisjoint(source.asked)
        await at.press("t")
        assert "live" not in drawn(at.screen.entries)
        asked = source.asked.count("entries")
        following(at)
        await at.settle()
        assert source.asked.count("entries") == asked


async def test_a_row_that_was_gone_to_stays_under_the_cursor_and_on_its_line() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("t", "down", "down", "down")
        before, line = chosen(at), cursor_line(at.screen.entries)
        source.stored["orders"] += entries(5, NOW_MS + 1)
        following(at)
        await at.until(lambda: shown(at)[0] == NOW_MS + 5)
        assert (chosen(at), cursor_line(at.screen.entries)) == (before, line)


async def test_a_filter_typed_while_following_stays_when_following_ends() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("t", "slash")
        await at.press(*f"n={NOW_MS - 3}")
        await at.press("enter", "t")
        assert shown(at) == [NOW_MS - 3]
        await at.press("t", "slash")
        await at.press(*f"{FIRST + 5}")
        await at.press("enter", "n")
        await at.until(lambda: shown(at) == [FIRST + 5])


async def test_faster_than_the_eye_a_step_shows_a_page_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streamtop.ui.widgets.entries.TAIL_EVERY", 3600)  # no step of its own
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("t")
        source.stored["orders"] += entries(300, NOW_MS + 1)
        source.asked.clear()
        following(at)
        await at.until(lambda: shown(at)[0] == NOW_MS + 300)
        assert len(shown(at)) == TAIL_PAGE
        assert source.asked.count("entries") == 2
        await at.see(seen(MANY + 300, added=MANY + 300))
        assert f"{300 - TAIL_PAGE} skipped" in drawn(at.screen.entries)
        await at.press("t", "t")
        await at.look_again()
        assert "skipped" not in drawn(at.screen.entries)


async def test_where_the_server_does_not_count_some_are_skipped() -> None:
    def uncounted(length: int) -> Snapshot:
        look = seen(length)
        [found] = look.streams
        assert found.edges is not None
        edges = replace(found.edges, entries_added=None)
        return replace(look, streams=(replace(found, edges=edges),))

    source = FakeSource(uncounted(MANY), stored={"orders": entries(MANY, FIRST)})
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("t")
        await at.see(uncounted(MANY))
        assert "skipped" not in drawn(at.screen.entries)
        source.stored["orders"] += entries(300, NOW_MS + 1)
        following(at)
        await at.until(lambda: shown(at)[0] == NOW_MS + 300)
        await at.see(uncounted(MANY + 300))
        assert "some skipped" in drawn(at.screen.entries)


async def test_of_a_stream_that_was_made_anew_no_number_is_told() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await ready(at)
        await at.press("t")
        source.stored["orders"] = entries(300, NOW_MS + 1)
        following(at)
        await at.until(lambda: shown(at)[0] == NOW_MS + 300)
        await at.see(seen(300, last=NOW_MS + 300, added=300))
        assert "some skipped" in drawn(at.screen.entries)
        source.stored["orders"] += entries(9_000, NOW_MS + 301)
        following(at)
        await at.until(lambda: shown(at)[0] == NOW_MS + 9_300)
        await at.see(seen(9_300, last=NOW_MS + 9_300, added=9_300))
        assert "some skipped" in drawn(at.screen.entries)


async def test_an_empty_stream_is_followed_from_its_first_entry() -> None:
    source = FakeSource(seen(0, last=0), stored={"orders": []})
    async with watching(source, size=WIDE) as at:
        await at.press("5", "t")
        source.stored["orders"] = entries(3)
        following(at)
        await at.until(lambda: len(shown(at)) == 3)
        await at.see(seen(3, last=NOW_MS + 2, added=3))
        assert "skipped" not in drawn(at.screen.entries)


async def test_thousands_of_steps_keep_a_bounded_number_of_entries() -> None:
    source = browser()
    followed = EntryBrowser(lambda move: None, failed=pytest.fail)
    [stream] = seen().streams
    followed.begin(stream)
    await followed.load(source, {"newest"})
    followed.follow(True)
    newest = set[int]()
    for step in range(2_000):
        source.stored["orders"] = entries(10, NOW_MS + 10 * step + 1)
        await followed.load(source, {"tail"})
        assert len(followed.window.entries) <= MOST
        newest.add(followed.window.entries[0].id.ms)
    assert len(newest) == 2_000
    ids = [entry.id.ms for entry in followed.window.entries]
    assert ids == list(range(ids[0], ids[0] - MOST, -1))
    [stream] = seen(10, last=NOW_MS + 20_000, added=MANY + 20_000).streams
    followed.look(stream, anchored=False)
    assert not followed.tail.skipped
