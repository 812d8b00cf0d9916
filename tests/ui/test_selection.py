"""The cursor, the order of rows, and the filter."""

from __future__ import annotations

import pytest

from streamtop.model.lag import Lag
from tests.fakes import FakeSource, consumer, group, oldest, pending_entries, snapshot, stream
from tests.kit.pilot import watching
from tests.kit.screen import cells, cursor_line, names

THREE = snapshot(stream("a", length=1), stream("b", length=3), stream("c", length=2))
STUCK = group(pending=1, oldest=oldest(idle_ms=700_000))


async def test_the_cursor_stays_on_its_stream_when_another_order_is_chosen() -> None:
    async with watching(FakeSource(THREE)) as at:
        assert names(at.screen.streams) == ["a", "b", "c"]
        await at.press("down", "s", "s")
        assert names(at.screen.streams) == ["b", "c", "a"]
        assert at.screen.stream is not None
        assert at.screen.stream.name == "b"
        await at.press("S")
        assert names(at.screen.streams) == ["a", "c", "b"]
        assert at.screen.stream.name == "b"


async def test_the_cursor_stays_on_its_stream_when_what_is_seen_changes_the_order() -> None:
    async with watching(FakeSource(THREE)) as at:
        await at.press("down")
        await at.see(snapshot(stream("a"), stream("aa"), stream("b"), stream("c", STUCK)))
        assert names(at.screen.streams) == ["c", "a", "aa", "b"]
        assert at.screen.stream is not None
        assert at.screen.stream.name == "b"
        await at.press("down")
        assert at.screen.stream.name == "b"
        await at.press("up")
        assert at.screen.stream is not None
        assert at.screen.stream.name == "aa"


async def test_the_row_under_the_cursor_stays_on_its_line_when_rows_come_above_it() -> None:
    many = [stream(f"s{n:03}") for n in range(100)]
    async with watching(FakeSource(snapshot(*many))) as at:
        table = at.screen.streams
        await at.press(*["pagedown"] * 3, "up", "up")
        line, row = cursor_line(table), table.selected
        assert row is not None
        above = [stream(f"r{n:03}") for n in range(7)]
        await at.see(snapshot(*above, *many))
        assert table.selected is not None
        assert table.selected.stream.name == row.stream.name
        assert cursor_line(table) == line


async def test_a_selected_group_and_consumer_stay_selected_too() -> None:
    consumers = [consumer(f"w{n}") for n in range(3)]
    before = [group(f"g{n}", *consumers) for n in range(3)]
    async with watching(FakeSource(snapshot(stream("s", *before)))) as at:
        await at.press("2", "down", "3", "down")
        after = [group("aa"), *before[:2], group("g2", *consumers, pending=1, oldest=oldest(10**6))]
        gone = consumer("w2", 5, idle_ms=10**6)
        after[2] = group("g1", *consumers[:2], consumer("a"), gone)
        await at.see(snapshot(stream("s", *after)))
        assert at.screen.group is not None
        assert at.screen.group.name == "g1"
        assert at.screen.consumers.selected is not None
        assert at.screen.consumers.selected.consumer.name == "w1"


async def test_the_lag_of_the_selected_group_is_counted_first() -> None:
    async with watching(FakeSource(snapshot(stream("s", group("a"), group("b"))))) as at:
        assert at.source.preferred == ("s", "a")
        await at.press("2", "down")
        assert at.source.preferred == ("s", "b")


async def test_when_the_selected_stream_vanishes_the_next_one_is_selected() -> None:
    async with watching(FakeSource(THREE)) as at:
        await at.press("down")
        await at.see(snapshot(stream("a"), stream("c")))
        assert at.screen.stream is not None
        assert at.screen.stream.name == "c"
        await at.see(snapshot(stream("a")))
        assert at.screen.stream is not None
        assert at.screen.stream.name == "a"


@pytest.mark.parametrize("pane", ["1", "2", "3", "4", "5", "6"])
async def test_when_everything_vanishes_the_screen_says_so_and_goes_on(pane: str) -> None:
    held = pending_entries(3)
    seen = snapshot(stream("s", group("g", consumer("w1", 3), pending=3, oldest=oldest())))
    async with watching(FakeSource(seen, held={("s", "g"): held})) as at:
        await at.press(pane)
        await at.until(lambda: len(at.screen.pending.rows) == 3 or pane == "5")
        at.source.held.clear()
        await at.see(snapshot(stream("s")))
        assert "This stream has no groups." in at.text
        await at.see(snapshot())
        assert "No streams here." in at.text
        assert at.screen.stream is None
        await at.press("down", "enter", "space", "s", "S", "end", "home", "escape", "escape")
        await at.see(seen)
        assert names(at.screen.streams) == ["s"]


async def test_s_goes_through_the_columns_and_back_to_the_order_by_trouble() -> None:
    seen = snapshot(stream("a", length=1), stream("b", length=3), stream("z", STUCK, length=2))
    async with watching(FakeSource(seen)) as at:
        table = at.screen.streams
        assert names(table) == ["z", "a", "b"]
        titles = set()
        for _ in table.columns:
            await at.press("s")
            if table.sort_column is None:
                break
            titles.add(table.columns[table.sort_column].title)
        assert table.sort_column is None
        assert names(table) == ["z", "a", "b"]
        assert {"STREAM", "LENGTH", "WORST LAG"} <= titles


async def test_the_title_says_what_is_sorted_and_filtered() -> None:
    async with watching(FakeSource(THREE)) as at:
        await at.press("s", "s", "S", "slash", "c", "enter")
        title = at.text.splitlines()
        border = next(line for line in title if "1 Streams" in line and "╭" in line)
        assert "/c" in border
        assert "by length ↑" in border


LAGS = snapshot(
    stream("known", group(lag=7)),
    stream("none"),
    stream("nothing", group(lag=0)),
    stream("partly", group("a", lag=5), group("b", lag=None)),
    stream("reported", group(lag=Lag(5_200_000, "reported", "."))),
    stream("unknown", group(lag=None)),
)


async def test_an_unknown_lag_is_a_question_mark_and_never_0() -> None:
    async with watching(FakeSource(LAGS)) as at:
        table = at.screen.streams
        title = next(line for line in at.text.splitlines() if "WORST LAG" in line)
        end = title.index("WORST LAG") + len("WORST LAG")
        shown = {line.split()[1]: line[: end - 1].split()[-1] for line in cells(table)}
        shown["reported"] = "~5.2 M" if "~5.2 M" in "".join(cells(table)) else ""
        assert shown == {
            "known": "7",
            "none": "–",
            "nothing": "0",
            "partly": ">5",
            "reported": "~5.2 M",
            "unknown": "?",
        }
        await at.press("end", "2")
        row = cells(at.screen.groups)[0]
        assert "?" in row.split()


async def test_sorted_by_lag_an_unknown_one_is_never_taken_for_0() -> None:
    async with watching(FakeSource(LAGS)) as at:
        table = at.screen.streams
        while table.sort_column is None or table.columns[table.sort_column].title != "WORST LAG":
            await at.press("s")
        falling = names(table)
        assert falling.index("reported") < falling.index("known") < falling.index("nothing")
        assert falling.index("unknown") < falling.index("nothing")
        assert falling[-1] == "none"
        await at.press("S")
        rising = names(table)
        assert rising.index("nothing") < rising.index("known") < rising.index("reported")
        assert rising.index("unknown") > rising.index("reported")
        assert rising[-1] == "none"


async def test_a_filter_narrows_while_it_is_typed_enter_keeps_it_and_escape_clears_it() -> None:
    seen = snapshot(stream("orders:eu"), stream("orders:us"), stream("payments"))
    async with watching(FakeSource(seen)) as at:
        table = at.screen.streams
        await at.press("slash", "o", "r")
        assert names(table) == ["orders:eu", "orders:us"]
        await at.press("space", "u", "s")
        assert names(table) == ["orders:us"]
        await at.press("enter")
        assert names(table) == ["orders:us"]
        assert at.focused == "streams"
        await at.look_again()
        assert names(table) == ["orders:us"]
        await at.press("escape")
        assert len(names(table)) == 3
        assert at.screen.stream is not None
        assert at.screen.stream.name == "orders:us"


async def test_escape_in_the_filter_line_clears_it() -> None:
    async with watching(FakeSource(THREE)) as at:
        await at.press("slash", "b")
        assert names(at.screen.streams) == ["b"]
        await at.press("escape")
        assert names(at.screen.streams) == ["a", "b", "c"]
        assert at.focused == "streams"
        assert not at.screen.query_one("#filter").display


async def test_keys_of_the_screen_are_letters_in_the_filter_line() -> None:
    async with watching(FakeSource(THREE)) as at:
        await at.press("slash", "q", "p", "1", "z", "f", "a", "question_mark")
        assert at.app.is_running
        assert not at.app.paused
        assert at.screen.streams.needle == "qp1zfa?"
        assert "Nothing matches /qp1zfa?" in at.text


@pytest.mark.parametrize("key", ["tab", "shift+tab"])
async def test_the_filter_line_ends_when_the_focus_goes_elsewhere(key: str) -> None:
    async with watching(FakeSource(THREE)) as at:
        await at.press("slash", "b", key)
        assert not at.screen.query_one("#filter").display
        assert at.screen.streams.needle == "b"


async def test_each_pane_has_a_filter_of_its_own() -> None:
    groups = [group(name) for name in ("alpha", "beta")]
    async with watching(FakeSource(snapshot(stream("alpha", *groups), stream("beta")))) as at:
        await at.press("2", "slash", "b", "e", "enter")
        assert names(at.screen.groups) == ["beta"]
        assert names(at.screen.streams) == ["alpha", "beta"]


async def test_f_shows_trouble_only() -> None:
    seen = snapshot(stream("fine", group()), stream("bad", STUCK), stream("shut", error="No."))
    async with watching(FakeSource(seen)) as at:
        await at.press("f")
        assert set(names(at.screen.streams)) == {"bad", "shut"}
        await at.see(snapshot(stream("fine", group())))
        assert names(at.screen.streams) == ["No trouble: f shows all streams."]
        await at.press("f")
        assert names(at.screen.streams) == ["fine"]


async def test_a_stream_that_may_not_be_read_keeps_its_row_and_says_why() -> None:
    seen = snapshot(stream("shut", error="You may not read it."), stream("fine"))
    async with watching(FakeSource(seen)) as at:
        at.screen.select("shut")
        await at.settle()
        assert set(names(at.screen.streams)) == {"shut", "fine"}
        assert "You may not read it." in at.text
