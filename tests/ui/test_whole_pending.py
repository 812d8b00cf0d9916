"""The whole pending entries list, read in the background: sorted, searched, and how much of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from streamtop.model.ids import EntryId
from streamtop.source import MissingError, UnreachableError
from streamtop.ui.widgets import pending
from streamtop.ui.widgets.pending import MOST as LISTED
from streamtop.ui.widgets.whole_pending import AT_ONCE, WholePending
from tests.fakes import FakeSource, consumer, entry, group, pending_entries, snapshot, stream
from tests.kit.pilot import WIDE, Dashboard, watching
from tests.kit.screen import drawn

if TYPE_CHECKING:
    from streamtop.model.entries import PendingEntry
    from streamtop.model.snapshot import Snapshot

DEEP = 2_300
"""The place of the entry that was delivered most often."""
MANY = 3_000


def held(count: int = MANY) -> list[PendingEntry]:
    """Entries of one delivery each, but one deep in the list with 9."""
    rows = pending_entries(count)
    if count > DEEP:
        rows[DEEP] = replace(rows[DEEP], deliveries=9, consumer="rare")
    return rows


def look(count: int = MANY) -> Snapshot:
    return snapshot(stream("orders", group("billing", consumer("w1", count), pending=count)))


def source(count: int = MANY) -> FakeSource:
    return FakeSource(look(count), held={("orders", "billing"): held(count)})


async def read(whole: WholePending, source: FakeSource, pages: int = 1_000_000) -> None:
    """Read so many pages of the list."""
    async for _ in whole.read_on(source, "orders", "billing", None):
        pages -= 1
        if not pages:
            return


async def test_all_of_it_is_read_and_how_much_is_said_at_every_page() -> None:
    whole, told = WholePending(), []
    async for _ in whole.read_on(source(1_200), "orders", "billing", None):
        told.append(whole.coverage(1_200))
        assert whole.reading
    told.append(whole.coverage(1_250))
    assert told == [
        "the first 500 of 1,200",
        "the first 1,000 of 1,200",
        "the first 1,200 of 1,200",
        "1,200",
    ]
    assert (len(whole.kept), whole.complete, whole.reading) == (1_200, True, False)
    assert not whole.can_read_more(1_250)


async def test_a_long_list_is_read_as_far_as_allowed_and_no_further() -> None:
    whole, fake = WholePending(most=1_000), source()
    await read(whole, fake)
    assert (len(whole.kept), fake.asked.count("pending")) == (1_000, 2)
    assert whole.coverage(MANY) == "the first 1,000 of 3,000"
    assert whole.can_read_more(MANY)
    assert WholePending().most == AT_ONCE == 100_000


async def test_what_was_read_before_stays_until_the_next_pass_has_ended() -> None:
    whole, fake = WholePending(), source()
    await read(whole, fake)
    fake.held["orders", "billing"] = held(700)
    pages = whole.read_on(fake, "orders", "billing", None)
    await anext(pages)
    assert (len(whole.kept), whole.read, whole.reading) == (MANY, MANY, False)
    async for _ in pages:
        pass
    assert (len(whole.kept), whole.coverage(700)) == (700, "700")


async def test_a_search_keeps_what_matches_by_id_consumer_or_payload() -> None:
    fake = source(1_200)
    rows = fake.held["orders", "billing"]
    fake.stored["orders"] = [entry(row.id.ms, (b"tenant", b"blue")) for row in rows[700:703]]
    assert all(row.id == EntryId(row.id.ms, 0) for row in rows[700:703])
    whole = WholePending("blue")
    await read(whole, fake)
    assert [row.id for row in whole.kept] == [row.id for row in rows[700:703]]
    assert whole.coverage(0) == "1,200"
    by_name, fake = WholePending("rare"), source()
    await read(by_name, fake)
    assert [row.deliveries for row in by_name.kept] == [9]


async def test_a_search_that_breaks_off_keeps_what_it_found_and_says_how_far_it_came() -> None:
    whole, fake = WholePending("w"), source()
    await read(whole, fake, pages=2)
    assert whole.coverage(MANY) == "the first 1,000 of 3,000"
    fake.failures["pending"] = MissingError("gone")
    with pytest.raises(MissingError):
        await read(whole, fake)
    assert not whole.reading


# On the pane


async def ready(at: Dashboard) -> None:
    """The pending entries are listed."""
    await at.go_to("orders", "4")
    await at.until(lambda: len(at.ids) == 100)


async def by_deliveries(at: Dashboard) -> None:
    """Sort by deliveries, the most first."""
    titles = [column.title for column in at.screen.pending.columns]
    while at.screen.pending.sort_column != titles.index("DELIVERIES"):
        await at.press("s")


async def test_sorting_covers_the_whole_list_and_its_title_says_so() -> None:
    fake = source()
    async with watching(fake, size=WIDE) as at:
        await ready(at)
        fake.gates["pending"] = asyncio.Event()
        await by_deliveries(at)
        await at.until(lambda: "sorted 100 of 3,000" in drawn(at.screen.pending))
        fake.gates.pop("pending").set()
        await at.until(lambda: "sorted 3,000 of 3,000" in drawn(at.screen.pending))
        first = at.screen.pending.rows[0].entry
        assert (first.deliveries, first.consumer) == (9, "rare")
        assert len(at.ids) == LISTED
        assert "1,000 of 3,000" in at.screen.pending.tally
        await at.press("S")
        assert at.screen.pending.rows[0].entry.deliveries == 1
        await at.press("S", "s")
        await at.until(lambda: len(at.ids) == 100)
        assert "sorted" not in drawn(at.screen.pending)


async def test_the_reversed_list_begins_at_its_end() -> None:
    async with watching(source(), size=WIDE) as at:
        await ready(at)
        await at.press("S")
        await at.until(lambda: "sorted 3,000 of 3,000" in drawn(at.screen.pending))
        assert at.ids[0] == bytes(held()[-1].id)


async def test_a_list_that_is_loaded_anyway_is_not_read_twice() -> None:
    fake = source(40)
    async with watching(fake, size=WIDE) as at:
        await at.go_to_pending("orders", 40)
        asked = fake.asked.count("pending")
        await by_deliveries(at)
        assert "sorted 40 of 40" in drawn(at.screen.pending)
        assert fake.asked.count("pending") == asked


class Stuck(FakeSource):
    """A source that gives the first large page of pending entries, and then no more."""

    async def pending(self, *names: str, **options: Any) -> tuple[PendingEntry, ...]:
        if options.get("after") is not None:
            await self._reached("pending")
            await asyncio.Event().wait()
        return await super().pending(*names, **options)


async def test_n_stops_the_reading_and_the_title_says_how_far_it_came() -> None:
    fake = Stuck(look(), held={("orders", "billing"): held()})
    async with watching(fake, size=WIDE) as at:
        await ready(at)
        await by_deliveries(at)
        told = "sorted the first 500 of 3,000"
        await at.until(lambda: told in drawn(at.screen.pending))
        assert len(at.ids) == 500
        assert "N reads on" not in drawn(at.screen.pending)
        await at.press("N")
        assert f"{told}; N reads on" in drawn(at.screen.pending)


async def test_a_very_long_list_is_sorted_beyond_what_is_read_unasked_by_n_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pending, "WholePending", partial(WholePending, most=1_000))
    async with watching(source(), size=WIDE) as at:
        await ready(at)
        await by_deliveries(at)
        told = "sorted the first 1,000 of 3,000; N reads on"
        await at.until(lambda: told in drawn(at.screen.pending))
        assert at.screen.pending.rows[0].entry.deliveries == 1
        await at.press("N")
        await at.until(lambda: "sorted 3,000 of 3,000" in drawn(at.screen.pending))
        assert at.screen.pending.rows[0].entry.deliveries == 9
        await at.press("N")
        await at.until(lambda: any("whole list is sorted" in notice for notice in at.notices))


async def test_entries_that_are_acknowledged_meanwhile_leave_the_sorted_list() -> None:
    fake = source()
    async with watching(fake, size=WIDE) as at:
        await ready(at)
        await by_deliveries(at)
        await at.until(lambda: "sorted 3,000 of 3,000" in drawn(at.screen.pending))
        del fake.held["orders", "billing"][DEEP]
        await at.look_again()
        await at.until(lambda: at.screen.pending.rows[0].entry.deliveries == 1)


async def test_the_filter_says_that_only_loaded_rows_were_searched_and_n_searches_all() -> None:
    fake = source()
    async with watching(fake, size=WIDE) as at:
        await ready(at)
        await at.press("slash", *"rare", "enter")
        told = "0 of the 100 loaded; N searches all 3,000, payloads too"
        assert f"Nothing matches /rare: {told}" in at.text
        await at.press("N")
        await at.until(lambda: at.ids == [bytes(held()[DEEP].id)])
        await at.until(lambda: at.screen.pending.tally == "1 of 3,000")
        await at.look_again()
        assert at.ids == [bytes(held()[DEEP].id)]
        await at.press("escape")
        await at.until(lambda: len(at.ids) == 100)


async def test_a_search_of_the_whole_list_that_finds_nothing_says_how_many_it_read() -> None:
    async with watching(source(), size=WIDE) as at:
        await ready(at)
        await at.press("slash", *"absent", "enter", "N")
        await at.until(lambda: "Nothing matches /absent: 0 of 3,000" in at.text)


async def test_a_search_that_fails_says_why() -> None:
    fake = source()
    async with watching(fake, size=WIDE) as at:
        await ready(at)
        await at.press("slash", *"absent", "enter")
        fake.failures["pending"] = UnreachableError("the line is cut")
        await at.press("N")
        await at.until(lambda: any("The line is cut" in notice for notice in at.notices))


async def test_without_a_filter_or_an_order_n_says_what_it_needs() -> None:
    async with watching(source(), size=WIDE) as at:
        await ready(at)
        await at.press("N")
        await at.until(lambda: any("Type a filter" in notice for notice in at.notices))
