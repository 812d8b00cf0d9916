"""Which panes are shown, where keys lead, the mouse, the palette and help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding
from textual.widgets import HelpPanel

from streamtop.ui.app import StreamtopApp
from streamtop.ui.dialogs.confirm import Confirm
from streamtop.ui.dialogs.form import Form
from streamtop.ui.dialogs.receipt import ShowReceipt
from streamtop.ui.screens.main import MainScreen
from streamtop.ui.widgets.detail import EntryDetail
from streamtop.ui.widgets.entries import EntryTable
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.pane_bar import PANES
from streamtop.ui.widgets.pending import PendingTable
from tests.fakes import (
    NOW_MS,
    FakeSource,
    consumer,
    entries,
    group,
    oldest,
    pending_entries,
    snapshot,
    stream,
)
from tests.kit.pilot import SMALL, WIDE, watching
from tests.kit.screen import drawn, names

if TYPE_CHECKING:
    from textual.dom import DOMNode

SEEN = snapshot(
    stream("audit"),
    stream(
        "orders",
        group("billing", consumer("w1", 2), consumer("w2", 1), pending=3, oldest=oldest()),
        group("shipping"),
    ),
    stream("payments", group("ledger", consumer("w1"))),
)


def source() -> FakeSource:
    """Three streams, one with pending entries."""
    held = [*pending_entries(2), *pending_entries(1, consumer="w2", first_ms=NOW_MS + 2)]
    return FakeSource(
        SEEN,
        held={("orders", "billing"): held},
        stored={"orders": entries(10), "audit": entries(3), "payments": entries(4)},
    )


async def test_a_large_terminal_shows_all_panes() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders")
        await at.settle()
        assert at.panes == {"streams", "groups", "consumers", "pending", "detail"}
        await at.press("5")
        assert at.panes == {"streams", "groups", "consumers", "entries", "detail"}
        await at.press("1")
        assert "entries" in at.panes


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["large", "small"])
async def test_the_number_keys_go_to_the_panes(size: tuple[int, int]) -> None:
    async with watching(source(), size=size) as at:
        at.screen.select("orders")
        for number, pane in enumerate(PANES, start=1):
            await at.press(str(number))
            assert at.focused == pane
            assert pane in at.panes
            if size == SMALL:
                assert at.panes == {pane}


async def test_tab_goes_round_and_shift_tab_goes_back() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders")
        await at.press("1")
        visited = []
        for _ in range(6):
            await at.press("tab")
            visited.append(at.focused)
            if at.focused == "streams":
                break
        assert visited[-1] == "streams"
        assert {"groups", "consumers", "pending", "detail"} <= set(visited)
        await at.press("shift+tab")
        assert at.focused == visited[-2]


async def test_in_a_small_terminal_enter_goes_in_and_escape_out() -> None:
    async with watching(source(), size=SMALL) as at:
        at.screen.select("orders")
        path = []
        for _ in range(4):
            await at.press("enter")
            path.append(at.focused)
            assert at.panes == {at.focused}
        assert path == ["groups", "consumers", "pending", "detail"]
        back = []
        for _ in range(6):
            await at.press("escape")
            back.append(at.focused)
        assert back[0] == "pending"
        assert back[-1] == "streams"
        assert "groups" in back


async def test_enter_on_a_stream_without_groups_goes_to_its_entries() -> None:
    async with watching(source(), size=SMALL) as at:
        at.screen.select("audit")
        await at.press("enter")
        assert at.focused == "entries"
        await at.until(lambda: len(at.screen.entries.rows) == 3)
        await at.press("escape")
        assert at.focused == "streams"


async def test_enter_on_a_consumer_shows_what_it_holds_and_escape_what_all_hold() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders", "billing", "w2")
        await at.press("enter")
        await at.until(lambda: [row.entry.consumer for row in at.screen.pending.rows] == ["w2"])
        assert "held by w2" in drawn(at.screen.pending)
        await at.press("escape")
        await at.until(lambda: len(at.screen.pending.rows) == 3)
        assert at.focused == "consumers"


async def test_z_gives_the_pane_the_whole_screen_and_gives_it_back() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders")
        await at.press("2", "z")
        assert at.panes == {"groups"}
        assert at.focused == "groups"
        await at.press("z")
        assert {"streams", "groups", "consumers"} <= at.panes
        assert at.focused == "groups"


async def test_escape_gives_a_zoomed_screen_back_before_it_goes_out() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders")
        await at.press("2", "z", "escape")
        assert {"streams", "groups", "consumers"} <= at.panes
        assert at.focused == "groups"


@pytest.mark.parametrize("pane", ["1", "2", "3", "4", "5", "6"])
async def test_a_terminal_that_shrinks_and_grows_keeps_pane_and_selection(pane: str) -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders", "billing", "w2")
        await at.press(pane, "down")
        await at.settle()

        def chosen() -> list[object]:
            tables = at.screen.query(LiveTable)
            selected = {table.id: table.key_under_cursor for table in tables}
            return [at.focused, *(selected[name] for name in ("streams", "groups", "consumers"))]

        before = chosen()
        await at.pilot.resize_terminal(*SMALL)
        await at.settle()
        assert len(at.panes) == 1
        await at.look_again()
        assert chosen() == before
        await at.pilot.resize_terminal(*WIDE)
        await at.settle()
        assert len(at.panes) == 5
        assert chosen() == before


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (40, 10), (80, 24), (110, 30), (300, 100)])
async def test_no_terminal_is_too_small_or_too_large(size: tuple[int, int]) -> None:
    async with watching(source(), size=size) as at:
        at.screen.select("orders")
        await at.press("1", "enter", "enter", "enter", "enter", "escape", "s", "slash", "x")
        assert at.app.is_running


async def test_a_click_selects_a_row_and_a_double_click_opens_it() -> None:
    async with watching(source(), size=WIDE) as at:
        assert names(at.screen.streams) == ["audit", "orders", "payments"]
        await at.pilot.click("#streams", offset=(5, 4))
        assert at.screen.stream is not None
        assert at.screen.stream.name == "payments"
        assert at.focused == "streams"
        await at.pilot.click("#streams", offset=(5, 3), times=2)
        assert at.screen.stream.name == "orders"
        await at.until(lambda: at.focused == "groups")


async def test_a_click_below_the_last_row_selects_nothing() -> None:
    async with watching(source(), size=WIDE) as at:
        await at.press("down")
        await at.pilot.click("#streams", offset=(5, 8))
        assert at.screen.stream is not None
        assert at.screen.stream.name == "orders"


async def test_a_click_on_a_heading_sorts_by_it_and_another_one_reverses() -> None:
    async with watching(source(), size=WIDE) as at:
        heading = drawn(at.screen.streams).splitlines()[1]
        x = heading.index("GROUPS") + 2
        await at.pilot.click("#streams", offset=(x, 1))
        assert names(at.screen.streams) == ["orders", "payments", "audit"]
        await at.pilot.click("#streams", offset=(x, 1))
        assert names(at.screen.streams) == ["audit", "payments", "orders"]


async def test_a_click_on_a_pane_goes_there() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("orders")
        await at.settle()
        for pane in ("groups", "consumers", "pending", "detail", "streams"):
            await at.pilot.click(f"#{pane}", offset=(3, 2))
            assert at.focused == pane


async def test_in_a_small_terminal_a_click_on_the_bar_goes_to_the_pane() -> None:
    async with watching(source(), size=SMALL) as at:
        at.screen.select("orders")
        await at.settle()
        line = drawn(at.screen.query_one("PaneBar"))
        await at.pilot.click("PaneBar", offset=(line.index("Entries") + 2, 0))
        assert at.focused == "entries"
        assert at.panes == {"entries"}


async def test_the_palette_finds_a_group_by_its_name_and_goes_there() -> None:
    async with watching(source()) as at:
        await at.press("ctrl+p", *"ledger")
        await at.until(lambda: "group ledger of payments" in at.text)
        await at.press("enter")
        await at.until(lambda: at.focused == "groups")
        assert at.screen.stream is not None
        assert at.screen.stream.name == "payments"
        assert at.screen.group is not None
        assert at.screen.group.name == "ledger"


async def test_the_palette_goes_to_what_a_filter_hides() -> None:
    async with watching(source()) as at:
        await at.press("slash", *"audit", "enter", "ctrl+p", *"shipping")
        await at.until(lambda: "group shipping of orders" in at.text)
        await at.press("enter")
        await at.until(lambda: at.screen.group is not None and at.screen.group.name == "shipping")
        assert len(names(at.screen.streams)) == 3


async def test_the_palette_goes_on_after_what_it_found_has_vanished() -> None:
    async with watching(source()) as at:
        await at.press("ctrl+p", *"ledger")
        await at.until(lambda: "group ledger of payments" in at.text)
        await at.see(snapshot(stream("audit")))
        await at.press("enter")
        await at.until(lambda: at.top is at.screen)
        assert at.screen.stream is not None
        assert at.screen.stream.name == "audit"


async def test_the_question_mark_shows_all_keys_and_hides_them_again() -> None:
    async with watching(source(), size=WIDE) as at:
        await at.press("question_mark")
        await at.until(lambda: len(at.screen.query(HelpPanel)) == 1)
        await at.until(lambda: "Pause" in at.text)
        await at.press("question_mark")
        await at.until(lambda: not at.screen.query(HelpPanel))


@pytest.mark.parametrize(
    "node",
    [
        StreamtopApp,
        MainScreen,
        LiveTable,
        PendingTable,
        EntryTable,
        EntryDetail,
        Confirm,
        Form,
        ShowReceipt,
    ],
)
def test_every_key_has_an_id_by_which_it_can_be_remapped(node: type[DOMNode]) -> None:
    for binding in node.BINDINGS:
        assert isinstance(binding, Binding)
        assert binding.id, f"{node.__name__}: {binding.key}"
        assert binding.description


def test_no_two_keys_have_the_same_id() -> None:
    nodes: list[type[DOMNode]] = [
        *(StreamtopApp, MainScreen, LiveTable, PendingTable, EntryTable),
        *(Confirm, Form, ShowReceipt),
    ]
    ids = [
        binding.id
        for node in nodes
        for binding in node.BINDINGS
        if isinstance(binding, Binding) and binding.id
    ]
    assert sorted(ids) == sorted(set(ids))


async def test_read_only_greys_what_writes_and_nothing_is_asked() -> None:
    async with watching(source(), size=WIDE, read_only=True) as at:
        at.screen.select("orders")
        await at.press("4")
        await at.until(lambda: len(at.screen.pending.rows) == 3)
        await at.press("space", "a", "c", "r", "asterisk", "a", "c", "r")
        assert at.top is at.screen
        await at.press("5")
        await at.until(lambda: len(at.screen.entries.rows) == 10)
        await at.press("r")
        assert at.top is at.screen
        assert at.source.written == []
        for action in ("acknowledge", "claim", "replay"):
            assert at.screen.check_action("request", (action,)) is None
        assert at.screen.check_action("request", ("replay",)) is None
        assert "read-only" in at.header


async def test_what_writes_is_greyed_while_there_is_nothing_to_do_it_to() -> None:
    async with watching(source(), size=WIDE) as at:
        at.screen.select("payments")
        await at.press("4")
        assert at.screen.check_action("request", ("acknowledge",)) is None
        await at.press("a", "c", "r", "space", "asterisk")
        assert at.top is at.screen
        at.screen.select("orders")
        await at.press("4")
        await at.until(lambda: len(at.screen.pending.rows) == 3)
        assert at.screen.check_action("request", ("acknowledge",)) is True
