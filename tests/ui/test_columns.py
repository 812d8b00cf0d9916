"""The columns of the entries: chosen by what the stream holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.ui.widgets.entry_rows import MOST_FACTS
from tests.fakes import NOW_MS, FakeSource, entry, snapshot, stream
from tests.kit.pilot import WIDE, Dashboard, watching
from tests.kit.screen import lines_of

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

OWN = ("ID", "AGE", "SIZE", "PAYLOAD")


def orders(count: int) -> list[Entry]:
    """Entries of several short fields that differ, and one that does not."""
    return [
        entry(
            NOW_MS - count + n + 1,
            (b"customer", (b"customer-%d" if n < 250 else b"c%d") % (n % 7)),
            (b"state", (b"new", b"paid")[n % 2]),
            (b"same", b"always"),
            (b"total", b"%d" % n),
            (b"weight", b"%d" % (n % 5)),
        )
        for n in range(count)
    ]


def logs(count: int) -> list[Entry]:
    """Entries that have nothing in common with orders."""
    return [
        entry(NOW_MS - n, (b"level", b"info" if n % 2 else b"error"), (b"line", b"l%d" % n))
        for n in range(count)
    ]


def headings(at: Dashboard) -> list[str]:
    """The headings of the list, as they are drawn."""
    return lines_of(at.screen.entries)[1][1:-1].replace("↑", "").replace("↓", "").split()


def source() -> FakeSource:
    """Two streams of different entries."""
    return FakeSource(
        snapshot(stream("logs", length=30), stream("orders", length=400)),
        stored={"orders": orders(400), "logs": logs(30)},
    )


async def in_entries(at: Dashboard, *keys: str) -> None:
    """Go to the entries of a stream."""
    await at.press("1", *keys, "5")
    await at.until(lambda: len(at.screen.entries.rows) >= 30)


async def test_what_tells_the_entries_apart_has_a_column_at_most_three() -> None:
    async with watching(source(), size=WIDE) as at:
        await at.press("z")
        await in_entries(at, "down")
        assert headings(at) == [*OWN[:3], "CUSTOMER", "STATE", "TOTAL", "PAYLOAD"]
        assert len(headings(at)) == len(OWN) + MOST_FACTS
        line = lines_of(at.screen.entries)[2]
        assert "paid" in line


async def test_another_stream_has_other_columns() -> None:
    async with watching(source(), size=WIDE) as at:
        await at.press("z")
        await in_entries(at)
        assert "LEVEL" in headings(at)
        await in_entries(at, "down")
        await at.until(lambda: "CUSTOMER" in headings(at))
        assert "LEVEL" not in headings(at)


async def test_where_there_is_no_room_the_columns_of_facts_go_first() -> None:
    async with watching(source(), size=(64, 24)) as at:
        await in_entries(at, "down")
        assert {"ID", "AGE", "PAYLOAD"} <= set(headings(at))
        assert "TOTAL" not in headings(at)


async def test_a_sorted_column_stays_sorted_when_a_page_is_loaded() -> None:
    async with watching(source(), size=WIDE) as at:
        await at.press("z")
        await in_entries(at, "down")
        table = at.screen.entries
        while table.sort_column is None or table.columns[table.sort_column].title != "CUSTOMER":
            await at.press("s")
        await at.press("end")
        await at.until(lambda: len(table.rows) > 100 or table.browser.window.at_oldest)
        assert table.sort_column is not None
        assert table.columns[table.sort_column].title == "CUSTOMER"
        customers = [row.facts["customer"] for row in table.rows]
        assert customers == sorted(customers)
        await at.press("1", "up", "5")
        await at.until(lambda: "LEVEL" in headings(at))
        assert table.sort_column is None


async def test_one_entry_alone_has_its_own_columns_and_no_entries_have_none() -> None:
    few = FakeSource(snapshot(stream("a", length=0), stream("b", length=1)))
    few.stored = {"a": [], "b": [entry(NOW_MS, (b"state", b"new"), (b"n", b"1"))]}
    async with watching(few, size=WIDE) as at:
        await at.press("z", "5")
        assert headings(at) == list(OWN) or "The" in headings(at)
        await at.press("1", "down", "5")
        await at.until(lambda: "STATE" in headings(at))


async def test_hostile_names_and_wide_values_keep_the_columns_straight() -> None:
    wide = [
        entry(NOW_MS - n, ("注文".encode(), ("済" * (n + 1)).encode()), (b"\x1b[2J", b"%d" % n))
        for n in range(5)
    ]
    some = FakeSource(snapshot(stream("a", length=5)), stored={"a": wide})
    async with watching(some, size=WIDE) as at:
        await at.press("z", "5")
        await at.until(lambda: len(at.screen.entries.rows) == 5)
        lines = lines_of(at.screen.entries)
        assert "注文" in lines[1]
        assert "済済済済済 " in lines[6]
