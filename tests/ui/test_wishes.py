"""Wishes: which keys there are, what they ask, and why a greyed one does nothing."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from textual.actions import parse
from textual.binding import Binding
from textual.widgets import Input
from textual.widgets._toast import Toast

from streamtop.model.abilities import Abilities
from streamtop.ui.actions import NEEDS, form_of
from streamtop.ui.dialogs.confirm import Confirm
from streamtop.ui.dialogs.form import Form
from streamtop.ui.widgets.consumers import ConsumerTable
from streamtop.ui.widgets.entries import EntryTable
from streamtop.ui.widgets.groups import GroupTable
from streamtop.ui.widgets.pending import PendingTable
from streamtop.ui.widgets.streams import StreamTable
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
from tests.kit.pilot import SMALL, WIDE, Dashboard, watching

TABLES = (StreamTable, GroupTable, ConsumerTable, PendingTable, EntryTable)
PANES = {"streams": "1", "groups": "2", "consumers": "3", "pending": "4", "entries": "5"}
ASKS = {
    "streams": {"A": "Add an entry to orders", "N": "Create a group of orders", "T": "Trim orders"},
    "groups": {"N": "Create a group of orders", "i": "Move the group billing to which position?"},
    "consumers": {
        "H": "Hand over all that w1 holds",
        "T": "Take over entries that have been idle",
        "N": "Create a consumer in the group billing",
    },
    "pending": {
        "c": "Claim 1 entry for which consumer?",
        "r": "Replay 1 entry to which stream?",
        "n": "Release 1 entry?",
        "D": "Dead-letter 1 entry to which stream?",
        "H": "Hand over all that w1 holds",
        "d": "Delete 1 entry of orders?",
    },
    "entries": {
        "r": "Replay 1 entry to which stream?",
        "d": "Delete 1 entry of orders?",
        "A": "Add an entry to orders",
        "E": f"Edit {NOW_MS + 2}-0, and add it to orders again",
        "R": "Redrive orders",
    },
}
"""What each key asks, by pane."""
CONFIRMS = {
    "streams": {"X": "Delete the stream orders?"},
    "groups": {"X": "Destroy the group billing of orders?"},
    "consumers": {"X": "Remove the consumer w1 from the group billing of orders?"},
    "pending": {"a": "Acknowledge 1 entry of orders for billing?"},
}
"""What each key asks that leaves nothing to choose."""


def source() -> FakeSource:
    """A group with three pending entries and three consumers."""
    consumers = [consumer("w1", 3), consumer("w2"), consumer("w3")]
    seen = group("billing", *consumers, pending=3, oldest=oldest())
    return FakeSource(
        snapshot(stream("orders", seen), stream("other")),
        held={("orders", "billing"): pending_entries(3)},
        stored={"orders": entries(3)},
    )


async def go_to(at: Dashboard, pane: str) -> None:
    """Go to a pane of orders, once there is something in it."""
    at.screen.select("orders")
    await at.press(PANES[pane])
    table = at.screen.query_one(f"#{pane}")
    assert isinstance(table, TABLES)
    await at.until(lambda: bool(table.rows) and at.focused == pane)
    await at.until(lambda: at.app.abilities is not None)
    await at.settle()


@pytest.mark.parametrize("pane", ASKS)
async def test_a_key_asks_for_what_is_left_to_choose(pane: str) -> None:
    async with watching(source(), size=SMALL) as at:
        await go_to(at, pane)
        for key, told in ASKS[pane].items():
            await at.press(key)
            await at.until(lambda told=told: isinstance(at.top, Form) and told in at.text)  # type: ignore[misc]
            assert at.top.query_one("#go-on").region.bottom <= SMALL[1]
            await at.press("escape")
            await at.until(lambda: at.top is at.screen)
            assert at.focused == pane
        assert at.source.written == []


@pytest.mark.parametrize("pane", CONFIRMS)
async def test_a_key_with_nothing_to_choose_asks_for_a_yes(pane: str) -> None:
    async with watching(source()) as at:
        await go_to(at, pane)
        for key, told in CONFIRMS[pane].items():
            await at.press(key)
            await at.until(lambda told=told: isinstance(at.top, Confirm) and told in at.text)  # type: ignore[misc]
            await at.press("escape")
        assert at.source.written == []


def test_every_key_of_a_pane_can_be_remapped_and_says_what_it_does() -> None:
    ids = []
    for table in TABLES:
        for binding in table.BINDINGS:
            assert isinstance(binding, Binding)
            assert binding.id
            assert binding.description
            assert binding.tooltip
            ids.append(binding.id)
    assert sorted(ids) == sorted(set(ids))


def test_every_key_that_requests_an_action_has_a_form() -> None:
    requested = {
        parse(binding.action)[2][0]
        for table in TABLES
        for binding in table.BINDINGS
        if isinstance(binding, Binding) and binding.action.startswith("screen.request")
    }
    assert requested == set(NEEDS) - {"undo"}
    assert all(callable(form_of(action)) for action in NEEDS if action != "undo")


def keys_of(pane: str) -> list[str]:
    """All keys of a pane that wish for something."""
    return [*ASKS[pane], *CONFIRMS.get(pane, ())]


@pytest.mark.parametrize("pane", PANES)
async def test_read_only_greys_every_wish_and_says_so(pane: str) -> None:
    async with watching(source(), read_only=True) as at:
        await go_to(at, pane)
        for key in keys_of(pane):
            await refused(at, key, "read-only")


async def refused(at: Dashboard, key: str, why: str) -> None:
    """Press a key; nothing is asked, and it is said why."""
    at.app.clear_notifications()
    await at.until(lambda: not at.top.query(Toast))
    await at.press(key)
    await at.until(lambda: any(why in told(toast) for toast in at.top.query(Toast)))
    assert at.top is at.screen


def told(toast: Toast) -> str:
    """The text of a notice."""
    return " ".join(str(toast.render()).split())


@pytest.mark.parametrize("pane", PANES)
async def test_a_key_whose_commands_the_user_may_not_send_says_so(pane: str) -> None:
    refusing = source()
    commands = {command for needs in NEEDS.values() for command in needs}
    refusing.able = Abilities(refused=frozenset(commands), user="eve")
    async with watching(refusing) as at:
        await go_to(at, pane)
        for key in keys_of(pane):
            await refused(at, key, "The user eve may not send")
        assert at.source.written == []


async def test_a_key_that_was_remapped_says_why_it_is_greyed_too() -> None:
    refusing = source()
    refusing.able = Abilities(absent=frozenset({"XNACK"}))
    async with watching(refusing, size=WIDE) as at:
        at.app.set_keymap({"pending.release": "f5"})
        await go_to(at, "pending")
        await refused(at, "f5", "This server has no XNACK (Redis 8.8 and later).")


async def test_a_key_that_works_says_nothing() -> None:
    async with watching(source()) as at:
        await go_to(at, "pending")
        await at.press("n")
        await at.until(lambda: isinstance(at.top, Form))
        assert not at.screen.query(Toast)


async def test_a_released_entry_has_no_holder_to_hand_over_from() -> None:
    released = source()
    held = pending_entries(3)
    held[0] = dataclasses.replace(held[0], consumer="", idle_ms=-1)
    released.held["orders", "billing"] = held
    async with watching(released) as at:
        await go_to(at, "pending")
        await refused(at, "H", "It was released: nobody holds it.")


async def test_a_replay_once_is_greyed_where_the_server_cannot_and_says_why() -> None:
    for able in (False, True):
        watched = source()
        watched.able = Abilities(idempotent=able)
        async with watching(watched) as at:
            await go_to(at, "pending")
            await at.press("r")
            await at.until(lambda: isinstance(at.top, Form))
            assert ("This needs Redis 8.6 or later." in at.text) is not able


async def test_a_claim_leaves_alone_what_was_not_idle_for_as_long_as_was_typed() -> None:
    async with watching(source()) as at:
        await go_to(at, "pending")
        await at.press("c")
        await at.until(lambda: isinstance(at.top, Form))
        await at.press("w", "2", "tab", "space", "tab", *"5m", "enter")
        await at.until(lambda: isinstance(at.top, Confirm))
        assert "its delivery count rises by one" in " ".join(at.text.split())
        await at.press("y")
        await at.until(lambda: bool(at.source.written))
        command = at.source.written[0]
        assert command[3:6] == (b"orders", b"billing", b"w2")
        assert b"count" in command
        assert int(command[-1]) >= 300_000


async def test_the_entries_are_those_that_were_chosen_when_the_key_was_pressed() -> None:
    async with watching(source()) as at:
        await go_to(at, "pending")
        await at.press("down", "c")
        await at.until(lambda: isinstance(at.top, Form))
        at.source.held["orders", "billing"] = pending_entries(9, first_ms=NOW_MS - 6)
        left = group("billing", consumer("w1", 9), pending=9, oldest=oldest())
        await at.see(snapshot(stream("orders", left)))
        await at.press("enter")
        await at.until(lambda: isinstance(at.top, Confirm))
        await at.press("y")
        await at.until(lambda: bool(at.source.written))
        assert at.source.written[0][-3] == b"%d-0" % (NOW_MS + 1)


async def test_a_dead_letter_stream_is_proposed_by_its_usual_name() -> None:
    async with watching(source()) as at:
        await go_to(at, "pending")
        await at.press("D")
        await at.until(lambda: isinstance(at.top, Form))
        await at.press("tab", *"why", "enter")
        await at.until(lambda: isinstance(at.top, Confirm))
        assert "to orders:dead?" in at.text


async def test_the_usual_time_is_proposed_for_a_take_over() -> None:
    async with watching(source()) as at:
        await go_to(at, "consumers")
        await at.press("T")
        await at.until(lambda: isinstance(at.top, Form))
        assert at.top.query(Input).first().value == "1m"


async def test_a_search_that_takes_long_shows_how_far_it_is_and_is_left_by_escape() -> None:
    slow = source()
    async with watching(slow) as at:
        await go_to(at, "consumers")
        slow.gates["pending"] = asyncio.Event()
        await at.press("H")
        await at.until(lambda: isinstance(at.top, Form))
        await at.press("w", "2", "enter")
        await at.until(lambda: "Looking for all that w1 holds" in at.text)
        await at.press("escape")
        slow.gates["pending"].set()
        await at.until(lambda: at.top is at.screen)
        assert at.source.written == []
