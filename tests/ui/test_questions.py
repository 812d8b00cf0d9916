"""Questions before anything is changed: what is shown is what is sent, and only after a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button, OptionList

from streamtop.model.ids import EntryId
from streamtop.operations import Outcome, Receipt, as_redis_cli
from streamtop.source import BrokenError, RejectedError, UnreachableError
from streamtop.ui.dialogs.confirm import Confirm
from streamtop.ui.dialogs.form import Form
from streamtop.ui.dialogs.receipt import ShowReceipt
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
from tests.kit.screen import drawn, on_screen

if TYPE_CHECKING:
    from streamtop.source import Reply


def source() -> FakeSource:
    """A group with three pending entries and three consumers."""
    held = pending_entries(3)
    consumers = [consumer("w1", 3), consumer("w2"), consumer("w3")]
    seen = group("billing", *consumers, pending=3, oldest=oldest())
    return FakeSource(
        snapshot(stream("orders", seen), stream("other")),
        held={("orders", "billing"): held},
        stored={"orders": entries(3)},
    )


async def go_to_pending(at: Dashboard) -> None:
    await at.press("4")
    await at.until(lambda: len(at.screen.pending.rows) == 3)


async def ask(at: Dashboard, *keys: str) -> None:
    """Press keys and wait for the question."""
    await at.press(*keys)
    await at.until(lambda: isinstance(at.top, Confirm))


@pytest.mark.parametrize(
    ("keys", "done"),
    [
        (["y"], True),
        (["right", "enter"], True),
        (["tab", "enter"], True),
        (["n"], False),
        (["escape"], False),
        (["enter"], False),
        (["right", "left", "enter"], False),
    ],
)
async def test_nothing_is_done_without_a_yes(keys: list[str], done: bool) -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await ask(at, "a")
        await at.press(*keys)
        await at.until(lambda: at.top is at.screen)
        await at.until(lambda: bool(at.source.written) == done)
        if done:
            [command] = at.source.written
            assert command[0] == b"EVAL"
            assert command[2:7] == (b"1", b"orders", b"billing", b"%d-0" % NOW_MS, b"w1")
            assert len(command) == 8


async def test_no_has_the_focus() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        for keys in (["a"], ["c", "enter"], ["r", "enter"]):
            await ask(at, *keys)
            focused = at.top.focused
            assert isinstance(focused, Button)
            assert focused.id == "no"
            await at.press("enter")
            await at.until(lambda: at.top is at.screen)
        assert at.source.written == []


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["large", "small"])
async def test_the_commands_that_are_shown_are_those_that_are_sent(size: tuple[int, int]) -> None:
    async with watching(source(), size=size) as at:
        await go_to_pending(at)
        await ask(at, "asterisk", "a")
        told = drawn(at.top.query_one("#commands"))
        await at.press("y")
        await at.until(lambda: len(at.source.written) == 1)
        head, *rows = sent(at.source.written[0])
        assert "1 command, exactly" in told
        assert f"EVAL <script 1> {head}" in told
        for row in rows:
            assert row in told
        assert len(rows) == 3


def sent(command: tuple[bytes, ...]) -> list[str]:
    """What comes after the script: the names, and each entry up to its idle time."""
    words = command[2:]
    first = next(n for n, word in enumerate(words) if word.startswith(b"%d-" % NOW_MS))
    rows = [words[at : at + 2] for at in range(first, len(words), 3)]
    return [as_redis_cli(words[:first]), *map(as_redis_cli, rows)]


async def test_a_click_on_yes_is_a_yes_and_a_click_on_no_is_a_no() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await ask(at, "a")
        await at.pilot.click("#no")
        await at.until(lambda: at.top is at.screen)
        assert at.source.written == []
        await ask(at, "a")
        await at.pilot.click("#yes")
        await at.until(lambda: len(at.source.written) == 1)


async def test_keys_of_the_screen_do_nothing_while_a_question_stands() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await ask(at, "a")
        await at.press("a", "c", "r", "1", "slash", "s", "z")
        assert len(at.app.screen_stack) == 2
        await at.press("n")
        assert at.focused == "pending"
        assert at.screen.pending.needle == ""


async def test_q_leaves_no_question_behind_that_does_something() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await ask(at, "a")
        await at.press("q")
        await at.settle()
    assert at.source.written == []


async def test_the_entries_of_the_question_are_those_that_were_marked_whatever_comes() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await ask(at, "down", "a")
        at.source.held["orders", "billing"] = pending_entries(9, first_ms=NOW_MS - 6)
        left = group("billing", consumer("w1", 9), pending=9, oldest=oldest())
        await at.see(snapshot(stream("orders", left)))
        await at.press("y")
        await at.until(lambda: len(at.source.written) == 1)
        assert at.source.written[0][5] == b"%d-0" % (NOW_MS + 1)
        assert len(at.source.written[0]) == 8


async def test_a_claim_asks_for_whom() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await at.press("c")
        await at.until(lambda: isinstance(at.top, Form))
        assert at.top.query_one(OptionList).option_count == 2  # not its holder
        await ask(at, "w", "2", "enter")
        await at.press("y")
        await at.until(lambda: len(at.source.written) == 1)
        command = at.source.written[0]
        assert command[2:8] == (b"1", b"orders", b"billing", b"w2", b"", b"%d-0" % NOW_MS)
        assert command[8] == b"w1"
        assert 5_000 <= int(command[9]) < 60_000


async def test_a_claim_for_a_new_consumer_says_that_it_is_new() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await at.press("c", *"fresh")
        assert "a new consumer" in on_screen(at.app)
        await ask(at, "enter")
        assert "fresh is new in this group" in on_screen(at.app)
        await at.press("y")
        await at.until(lambda: bool(at.source.written))
        assert at.source.written[0][5] == b"fresh"


@pytest.mark.parametrize("key", ["c", "r"])
async def test_escape_leaves_the_choice_and_nothing_is_done(key: str) -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await at.press(key)
        await at.until(lambda: isinstance(at.top, Form))
        await at.press("escape")
        await at.until(lambda: at.top is at.screen)
        assert at.source.written == []
        assert at.focused == "pending"


async def test_a_replay_goes_to_the_same_stream_unless_another_is_chosen() -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await ask(at, "r", "enter")
        await at.press("y")
        await at.until(lambda: len(at.source.written) == 1)
        assert at.source.written[0][3:5] == (b"orders", b"orders")
        await ask(at, "r", "down", "enter")
        await at.press("y")
        await at.until(lambda: len(at.source.written) == 2)
        assert at.source.written[1][3:5] == (b"orders", b"other")


@pytest.mark.parametrize("ticked", [False, True])
async def test_a_replay_acknowledges_the_originals_only_if_that_was_ticked(ticked: bool) -> None:
    async with watching(source()) as at:
        await go_to_pending(at)
        await at.press("r", *(["tab", "space"] if ticked else []))
        await ask(at, "enter")
        assert ("acknowledge the originals" in on_screen(at.app)) == ticked
        await at.press("y")
        await at.until(lambda: len(at.source.written) == 1)
        assert (b"billing" in at.source.written[0]) == ticked


async def test_a_refusal_is_told_entry_by_entry() -> None:
    refusing = source()
    done: list[Reply] = [b"done", 5_000, b"1"]
    refusing.answer = lambda command: [done, [b"failed", b"OOM"], done]
    async with watching(refusing) as at:
        await go_to_pending(at)
        await ask(at, "asterisk", "a")
        await at.press("y")
        await at.until(lambda: isinstance(at.top, ShowReceipt))
        text = drawn(at.top.query_one("#outcomes"))
        assert f"{NOW_MS + 1}-0  failed: the server refused: OOM" in text
        assert "2 done, 1 failed" in on_screen(at.app)
        await at.press("enter")
        await at.until(lambda: at.top is at.screen)


async def test_what_the_server_refuses_as_a_whole_ends_it_and_is_told_for_each_entry() -> None:
    refusing = source()
    refusing.answer = lambda command: RejectedError("OOM")
    async with watching(refusing) as at:
        await go_to_pending(at)
        await ask(at, "asterisk", "a")
        await at.press("y")
        await at.until(lambda: isinstance(at.top, ShowReceipt))
        for n in range(3):
            assert f"{NOW_MS + n}-0  failed: OOM" in drawn(at.top.query_one("#outcomes"))
        assert "3  OOM" in drawn(at.top.query_one("#reasons"))
        assert "It ended early: OOM" in on_screen(at.app)


async def test_when_the_connection_breaks_on_the_way_it_is_said_and_nothing_is_claimed_done() -> (
    None
):
    broken = source()
    broken.failures["write"] = UnreachableError("the connection broke")
    async with watching(broken) as at:
        await go_to_pending(at)
        await ask(at, "a")
        await at.press("y")
        await at.until(lambda: "The connection broke." in on_screen(at.app))
        assert "done" not in on_screen(at.app).replace("Not done", "")
        assert at.app.is_running


async def test_when_an_answer_never_comes_it_is_said_that_nobody_knows() -> None:
    broken = source()
    broken.failures["write"] = BrokenError("the connection broke")
    async with watching(broken) as at:
        await go_to_pending(at)
        await ask(at, "a")
        await at.press("y")
        await at.until(lambda: isinstance(at.top, ShowReceipt))
        assert "it may have been done, or not" in on_screen(at.app)


async def test_a_receipt_tells_what_was_not_done_first() -> None:
    outcomes = [Outcome(EntryId(n, 0), "done") for n in range(50)]
    outcomes[40] = Outcome(EntryId(40, 0), "skipped", "it was no longer pending")
    async with watching(source()) as at:
        at.app.push_screen(
            ShowReceipt(
                Receipt(
                    name="acknowledge",
                    verb="Acknowledge",
                    operation_id="7f3a",
                    done=49,
                    skipped=1,
                    failed=0,
                    left=0,
                    outcomes=tuple(outcomes),
                    notes=("And more.",),
                )
            )
        )
        await at.until(lambda: isinstance(at.top, ShowReceipt))
        await at.until(lambda: "And more." in on_screen(at.app))
        assert "operation 7f3a" in on_screen(at.app)
        lines = drawn(at.top.query_one("#outcomes")).splitlines()
        assert "40-0  skipped: it was no longer pending" in lines[1]
