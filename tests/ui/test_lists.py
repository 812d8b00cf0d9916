"""The lists that are loaded page by page, and tables of thousands of rows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.entry_window import MOST, MOST_BYTES
from streamtop.model.ids import EntryId
from streamtop.source import UnreachableError
from streamtop.ui.widgets.pending import MOST as MOST_PENDING
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
from tests.kit.pilot import WIDE, Dashboard, watching
from tests.kit.screen import cells, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from streamtop.model.snapshot import Snapshot

MANY = 2_500
FIRST = NOW_MS - MANY + 1


def of_length(length: int) -> Snapshot:
    """A stream whose newest entry has the ID NOW_MS, or later ones if it is longer than MANY."""
    seen = stream("orders", length=length)
    assert seen.edges is not None
    last = EntryId(FIRST + length - 1, 0)
    edges = replace(seen.edges, last_generated_id=last, last_entry_id=last)
    return snapshot(replace(seen, edges=edges))


def browser() -> FakeSource:
    """A stream with 2,500 entries."""
    return FakeSource(of_length(MANY), stored={"orders": entries(MANY, FIRST)})


def shown(at: Dashboard) -> list[int]:
    """The entries that are loaded, by the first part of their IDs."""
    return [row.entry.id.ms for row in at.screen.entries.rows]


def chosen(at: Dashboard) -> int:
    """The entry under the cursor."""
    row = at.screen.entries.selected
    assert row is not None
    return int(row.entry.id.ms)


def assert_without_gaps(ids: Sequence[int]) -> None:
    """Newest first, each one once, none left out, a bounded number."""
    assert list(ids) == list(range(ids[0], ids[0] - len(ids), -1))
    assert len(ids) <= MOST


async def move(at: Dashboard, key: str, end: int) -> set[int]:
    """Press a key until an entry is under the cursor; all entries that were loaded on the way."""
    loaded = set(shown(at))
    while chosen(at) != end:
        before = chosen(at), shown(at)
        await at.press(key)
        if chosen(at) == before[0]:
            await at.until(lambda before=before: (chosen(at), shown(at)) != before)  # type: ignore[misc]
        assert_without_gaps(shown(at))
        loaded |= set(shown(at))
    return loaded


async def test_the_browser_pages_to_the_oldest_entry_and_back_without_gaps() -> None:
    async with watching(browser(), size=(80, 100)) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) == 100)
        assert chosen(at) == NOW_MS
        assert await move(at, "pagedown", FIRST) == set(range(FIRST, NOW_MS + 1))
        assert await move(at, "pageup", NOW_MS) == set(range(FIRST, NOW_MS + 1))


async def test_end_goes_to_the_oldest_entry_however_far_and_home_to_the_newest() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) == 100)
        source.asked.clear()
        await at.press("end")
        await at.until(lambda: chosen(at) == FIRST)
        assert source.asked.count("entries") == 1
        assert_without_gaps(shown(at))
        assert await move(at, "up", FIRST + 150)
        await at.press("home")
        await at.until(lambda: chosen(at) == NOW_MS)
        assert_without_gaps(shown(at))


async def test_newer_entries_are_announced_and_move_nothing_while_the_browser_is_in_use() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) == 100)
        await at.press("down", "down")
        before, line = chosen(at), at.screen.entries.cursor
        source.stored["orders"] += entries(7, NOW_MS + 1)
        await at.see(of_length(MANY + 7))
        assert (chosen(at), at.screen.entries.cursor) == (before, line)
        assert "newer" in drawn(at.screen.entries)
        await at.press("home")
        await at.until(lambda: chosen(at) == NOW_MS + 7)
        assert_without_gaps(shown(at))
        assert "newer" not in drawn(at.screen.entries)


async def test_up_from_the_first_row_loads_newer_entries() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) == 100)
        source.stored["orders"] += entries(7, NOW_MS + 1)
        await at.see(of_length(MANY + 7))
        await at.press("up")
        await at.until(lambda: shown(at)[0] == NOW_MS + 7)
        assert chosen(at) == NOW_MS
        assert_without_gaps(shown(at))
        await at.press("up")
        assert chosen(at) == NOW_MS + 1


async def test_a_browser_that_is_not_in_use_follows_the_newest_entries() -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await at.until(lambda: len(shown(at)) == 100)
        source.stored["orders"] += entries(7, NOW_MS + 1)
        await at.see(of_length(MANY + 7))
        await at.until(lambda: shown(at)[0] == NOW_MS + 7)
        assert_without_gaps(shown(at))


@pytest.mark.parametrize("keys", [("r",), ("enter",), ("6",), ("ctrl+p",)])
async def test_the_entry_that_is_being_read_stays_when_newer_ones_come(
    keys: tuple[str, ...],
) -> None:
    source = browser()
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) == 100)
        await at.press("down", "down", *keys)
        before = chosen(at)
        source.stored["orders"] += entries(7, NOW_MS + 1)
        await at.see(of_length(MANY + 7))
        await at.look_again()
        assert chosen(at) == before
        assert f"{before}-0" in drawn(at.screen.detail)


async def test_entries_larger_than_a_page_are_paged_one_by_one() -> None:
    size = 1_200_000
    large = [entry(NOW_MS + n, (b"blob", b"%d" % n * size)) for n in range(4)]
    async with watching(FakeSource(of_length(MANY), stored={"orders": large}), size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) >= 1)
        await at.press("down")
        await at.until(lambda: len(shown(at)) >= 2)
        await at.press("down", "down", "down")
        await at.until(lambda: len(shown(at)) == 4)
        assert_without_gaps(shown(at))


async def test_large_entries_are_kept_up_to_a_bound_of_bytes() -> None:
    blob = b"x" * 900_000
    large = [entry(FIRST + n, (b"blob", blob)) for n in range(30)]
    async with watching(FakeSource(of_length(30), stored={"orders": large}), size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(shown(at)) >= 1)
        await at.press("down")
        seen = set(shown(at))
        while FIRST not in seen:
            before = list(shown(at))
            await at.press(*["down"] * 10)
            await at.until(lambda before=before: shown(at) != before)  # type: ignore[misc]
            seen |= set(shown(at))
            assert_without_gaps(shown(at))
            assert len(shown(at)) * len(blob) <= MOST_BYTES + len(blob)
        assert seen == set(range(FIRST, FIRST + 30))


async def test_when_entries_could_not_be_loaded_it_says_why_and_the_next_look_tries_again() -> None:
    source = browser()
    source.failures["entries"] = UnreachableError("no answer in time")
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: "no answer in time" in drawn(at.screen.entries))
        del source.failures["entries"]
        await at.look_again()
        await at.until(lambda: len(shown(at)) == 100)


async def test_another_stream_shows_its_own_entries_at_once() -> None:
    source = FakeSource(
        snapshot(stream("a"), stream("b")),
        stored={"a": entries(3), "b": entries(5, NOW_MS + 100)},
    )
    async with watching(source, size=WIDE) as at:
        await at.until(lambda: len(shown(at)) == 3)
        source.gates["entries"] = asyncio.Event()
        await at.press("down")
        assert shown(at) == []
        await at.press("up", "down")
        source.gates["entries"].set()
        await at.until(lambda: len(shown(at)) == 5)


# Pending


def holding(count: int) -> FakeSource:
    """A group with so many pending entries."""
    held = pending_entries(count)
    seen = group("billing", consumer("w1", count), pending=count, oldest=oldest())
    return FakeSource(
        snapshot(stream("orders", seen)),
        held={("orders", "billing"): held},
        stored={"orders": entries(count)},
    )


def pending(at: Dashboard) -> list[int]:
    """The pending entries that are loaded, counted from the first."""
    return [row.entry.id.ms - NOW_MS for row in at.screen.pending.rows]


async def page(at: Dashboard, key: str, to: int) -> set[int]:
    """Press a key until a pending entry is loaded; all that were loaded on the way."""
    loaded = set(pending(at))
    while to not in pending(at):
        before = at.screen.pending.cursor, pending(at)
        await at.press(key)
        await at.until(lambda b=before: (at.screen.pending.cursor, pending(at)) != b)  # type: ignore[misc]
        ids = pending(at)
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert len(ids) <= MOST_PENDING + 200
        loaded |= set(ids)
    return loaded


async def test_pending_entries_are_paged_beyond_a_thousand_and_back() -> None:
    count = 2_300
    async with watching(holding(count), size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: len(pending(at)) == 100)
        assert await page(at, "end", count - 1) == set(range(count))
        await page(at, "home", 0)
        await at.press("home")
        assert at.screen.pending.selected is not None
        assert at.screen.pending.selected.entry.id == EntryId(NOW_MS, 0)


async def test_when_the_rest_was_acknowledged_the_pending_entries_before_it_are_shown() -> None:
    count = 2_300
    source = holding(count)
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: len(pending(at)) == 100)
        await page(at, "end", count - 1)
        source.held["orders", "billing"] = source.held["orders", "billing"][:50]
        left = group("billing", consumer("w1", 50), pending=50, oldest=oldest())
        await at.see(snapshot(stream("orders", left)))
        await at.look_again()
        await at.until(lambda: pending(at) == list(range(50)))


async def test_the_pending_entries_are_shown_beside_their_payloads() -> None:
    async with watching(holding(3), size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: str(NOW_MS + 2) in cells(at.screen.pending)[2][20:])
        await at.press("down")
        await at.until(lambda: f"{NOW_MS + 1}-0" in drawn(at.screen.detail))


async def test_a_payload_that_is_gone_is_said() -> None:
    source = holding(3)
    source.stored["orders"] = source.stored["orders"][1:]
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: "(payload gone)" in drawn(at.screen.pending))
        assert drawn(at.screen.pending).count("(payload gone)") == 1
        await at.until(lambda: "is no longer in the" in drawn(at.screen.detail))
        await at.press("a")
        assert at.top is not at.screen


async def test_a_slow_payload_is_shown_though_looks_go_on_meanwhile() -> None:
    source = holding(3)
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: len(pending(at)) == 3)
        source.gates["entries_by_id"] = asyncio.Event()
        await at.press("down", "down")
        asked = source.asked.count("entries_by_id")
        for _ in range(5):
            await at.look_again()
        assert source.asked.count("entries_by_id") <= asked + 1
        source.gates["entries_by_id"].set()
        await at.until(lambda: f"{NOW_MS + 2}-0" in drawn(at.screen.detail))


async def test_marks_are_kept_while_looks_go_on_and_rows_leave() -> None:
    source = holding(5)
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: len(pending(at)) == 5)
        await at.press("space", "space")
        del source.held["orders", "billing"][0]
        left = group("billing", consumer("w1", 4), pending=4, oldest=oldest())
        await at.see(snapshot(stream("orders", left)))
        await at.until(lambda: len(pending(at)) == 4)
        assert "2 marked" in drawn(at.screen.pending)
        await at.press("a", "y")
        await at.until(lambda: len(source.written) == 1)
        [command] = source.written
        assert command[5::3] == (b"%d-0" % NOW_MS, b"%d-0" % (NOW_MS + 1))


async def test_when_the_group_is_gone_it_is_said() -> None:
    source = holding(3)
    async with watching(source, size=WIDE) as at:
        await at.press("4")
        await at.until(lambda: len(pending(at)) == 3)
        source.held.clear()
        await at.look_again()
        await at.until(lambda: "The group is gone." in drawn(at.screen.pending))


# Many rows


async def test_of_a_thousand_consumers_only_the_visible_lines_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def of(pending: int) -> Snapshot:
        many = [consumer(f"w{n:04}", pending + n) for n in range(1_000)]
        return snapshot(stream("orders", group("billing", *many)))

    async with watching(FakeSource(of(0)), size=WIDE) as at:
        table = at.screen.consumers
        drawn_lines: list[int] = []
        draw = type(table).render_line

        def counted(self: object, y: int) -> Strip:
            if self is table:
                drawn_lines.append(y)
            return draw(table, y) if self is table else draw(self, y)  # type: ignore[arg-type]

        monkeypatch.setattr(type(table), "render_line", counted)
        await at.see(of(1))
        assert 0 < len(drawn_lines) <= 4 * table.size.height
        assert set(drawn_lines) <= set(range(table.size.height))
        drawn_lines.clear()
        await at.press("3", "end")
        assert table.selected is not None
        assert table.selected.consumer.name == "w0999"
        assert len(drawn_lines) <= 6 * table.size.height


async def test_ten_thousand_streams_can_be_filtered_and_sorted() -> None:
    many = [stream(f"s{n:05}", length=n % 97) for n in range(10_000)]
    async with watching(FakeSource(snapshot(*many)), size=WIDE) as at:
        await at.press("end")
        assert at.screen.stream is not None
        assert at.screen.stream.name == "s09999"
        await at.press("slash", *"999", "enter")
        assert len(at.screen.streams.rows) == 19
        assert at.screen.stream.name == "s09999"
