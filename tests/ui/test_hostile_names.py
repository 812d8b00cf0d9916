"""Names and payloads of any bytes: nothing crashes, nothing but plain text is drawn."""

from __future__ import annotations

from textual.widgets._toast import Toast

from streamtop.model.text import from_name, printable
from streamtop.source import RejectedError
from streamtop.ui.dialogs.receipt import ShowReceipt
from streamtop.ui.widgets.pane_bar import PANES
from tests.fakes import (
    NOW_MS,
    FakeSource,
    consumer,
    entry,
    group,
    oldest,
    pending_entries,
    snapshot,
    stream,
)
from tests.kit.pilot import SMALL, Dashboard, watching
from tests.kit.screen import assert_clean, drawn

NAMES = [
    "[/x]",
    "[red]x[/red]",
    "[@click=app.quit]x[/]",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;owned\x07",
    "\udc9b31m",
    "n" * 1_000,
    "注文" * 500,
    "caf\udce9",
    "\udced\udca0\udc80",
    "a\u202egnp.exe",
    "a\u200db\ufeff\u2066",
    "one\r\ntwo\x0bthree\x85four\u2028five",
    "a\tb\x00c\x08d",
    "",
    "  ",
    "$error {x} %s \\",
]

WORST = ["[/x]\x1b[31m", "caf\udce9\u202e\r\n", "注文" * 500]
"""One of each kind, for what takes many keys."""


def world(names: list[str]) -> FakeSource:
    """A server on which streams, groups, consumers, fields and values are called that."""
    streams, held, stored = [], {}, {}
    for name in names:
        raw = from_name(name)
        row = group(
            name,
            *(consumer(name, 3, idle_ms=10**6), consumer(f"{name}2", 0)),
            pending=3,
            lost=1,
            lag=None,
            oldest=oldest(10**6, 9, name),
        )
        streams.append(stream(name, row))
        streams.append(stream(f"{name} shut", error=f"No rights for {printable(name)}."))
        held[name, name] = pending_entries(3, consumer=name)
        stored[name] = [
            entry(NOW_MS, (raw, raw), (b"json", b'{"a": ["' + raw + b'"]}')),
            entry(NOW_MS + 1, (b"__data__", raw)),
        ]
    return FakeSource(snapshot(*streams), held=held, stored=stored)


async def go_to(at: Dashboard, name: str) -> None:
    """Select the stream and wait until its lists are there."""
    at.screen.select(name)
    await at.until(
        lambda: (
            [row.entry.consumer for row in at.screen.pending.rows] == [name] * 3
            and all(row.payload for row in at.screen.pending.rows)
        )
    )
    await at.settle()


async def test_in_every_pane_a_name_is_plain_text() -> None:
    async with watching(world(NAMES)) as at:
        for name in NAMES:
            await at.press("4")
            await go_to(at, name)
            shown = printable(name).rstrip()
            if len(shown) < 10:
                for pane in "1234":
                    assert shown in drawn(at.screen.query_one(f"#{PANES[int(pane) - 1]}"))
            assert_clean(at.app)


async def test_in_every_entry_it_is_plain_text_too() -> None:
    async with watching(world(NAMES)) as at:
        await at.press("5")
        for name in NAMES:
            at.screen.select(name)
            at.screen.action_go("entries")
            await at.until(lambda: len(at.screen.entries.rows) == 2)
            await at.press("down")
            assert_clean(at.app)


async def test_in_a_small_terminal_too() -> None:
    async with watching(world(WORST), size=SMALL) as at:
        for name in WORST:
            at.screen.select(name)
            await at.settle()
            for _ in range(4):
                await at.press("enter")
                assert_clean(at.app)


async def test_in_questions_and_receipts_too() -> None:
    source = world(WORST)
    source.answer = lambda command: RejectedError("ERR no")
    async with watching(source) as at:
        for name in WORST:
            await go_to(at, name)
            await at.press("4")
            source.written.clear()
            for key in ("a", "c", "r"):
                await at.press(key)
                assert_clean(at.app)
                if key != "a":
                    await at.press("enter")
                    assert_clean(at.app)
                await at.press("y")
                await at.until(lambda: isinstance(at.top, ShowReceipt))
                assert_clean(at.app)
                await at.press("escape")
            assert [command[0] for command in source.written] == [b"EVAL"] * 3
            assert len({command[1] for command in source.written}) == 3


async def test_in_the_palette_too() -> None:
    async with watching(world(NAMES)) as at:
        await at.press("ctrl+p", *"red")
        await at.until(lambda: "[red]x[/red]" in at.text)
        assert_clean(at.app)
        await at.press(*["backspace"] * 3, *"of")
        await at.until(lambda: "consumer" in at.text)
        await at.settle()
        assert_clean(at.app)


async def test_in_notifications_too() -> None:
    source = world(WORST)
    async with watching(source) as at:
        for number, name in enumerate(WORST, start=1):
            source.failures["write"] = RejectedError(f"no: {printable(name)}")
            await go_to(at, name)
            await at.press("4", "a", "y")
            await at.until(lambda n=number: source.asked.count("write") == n)  # type: ignore[misc]
            await at.until(lambda n=number: len(at.app.screen.query(Toast)) == n)  # type: ignore[misc]
            await at.settle()
            assert_clean(at.app)


async def test_a_typed_filter_is_plain_text() -> None:
    async with watching(world(["x"])) as at:
        await at.press("slash", "left_square_bracket", "slash", "x", "right_square_bracket")
        assert "Nothing matches /[/x]" in at.text
        assert_clean(at.app)


async def test_a_new_name_is_typed_as_it_is() -> None:
    source = world(["x"])
    async with watching(source) as at:
        await go_to(at, "x")
        await at.press("4", "c", "left_square_bracket", "slash", "b", "right_square_bracket")
        assert_clean(at.app)
        await at.press("enter", "y")
        await at.until(lambda: bool(source.written))
        assert source.written[0][5] == b"[/b]"
