"""Names and payloads of any bytes: nothing crashes, nothing but plain text is drawn."""

from __future__ import annotations

import pytest

from streamtop.model.entries import Entry
from streamtop.model.text import printable
from streamtop.source import RejectedError
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
from tests.ui.strips import assert_clean, on_screen
from tests.ui.watching import SMALL, WIDE, Watched, watching

NAMES = {
    "closing tag": "[/x]",
    "style": "[red]x[/red]",
    "link": "[@click=app.quit]x[/]",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "csi in one byte": "\udc9b31m",
    "long": "n" * 1_000,
    "wide": "注文" * 500,
    "not utf-8": "caf\udce9",
    "right to left": "a\u202egnp.exe",
    "zero width": "a\u200db\ufeff\u2066",
    "lines": "one\r\ntwo\x0bthree\x85four\u2028five",
    "tab and null": "a\tb\x00c\x08d",
    "empty": "",
    "space": "  ",
    "variable": "$error {x} %s \\",
    "lone surrogate": "\ud800",
}
hostile = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())


def world(name: str) -> FakeSource:
    """A server on which everything is called that."""
    raw = name.encode(errors="surrogatepass")
    held = pending_entries(3, consumer=name)
    stored: list[Entry] = [
        entry(NOW_MS, (raw, raw), (b"json", b'{"a": ["' + raw + b'"]}')),
        entry(NOW_MS + 1, (b"__data__", raw)),
    ]
    consumers = [consumer(name, 3, idle_ms=10**6)]
    groups = [
        group(name, *consumers, pending=3, lost=1, lag=None, oldest=oldest(10**6, 9, name))
    ]
    return FakeSource(
        snapshot(
            stream(name, *groups),
            stream(f"{name} shut", error=f"No rights for {printable(name)}."),
        ),
        held={(name, name): held},
        stored={name: stored},
    )


async def loaded(at: Watched) -> None:
    """Wait until the lists are there."""
    await at.until(lambda: len(at.screen.pending.rows) == 3)
    await at.pilot.pause()


@hostile
async def test_in_every_pane_a_name_is_plain_text(name: str) -> None:
    async with watching(world(name), size=WIDE) as at:
        at.screen.select(name)
        await loaded(at)
        assert_clean(at.app)
        for pane in "123456":
            await at.press(pane)
        await at.press("5")
        await at.until(lambda: len(at.screen.entries.rows) == 2)
        await at.press("down", "enter")
        assert_clean(at.app)
        shown = printable(name)
        if shown.strip() and len(shown) < 12:
            assert shown in on_screen(at.app)


@hostile
async def test_in_a_small_terminal_too(name: str) -> None:
    async with watching(world(name), size=SMALL) as at:
        at.screen.select(name)
        for _ in range(4):
            await at.press("enter")
            assert_clean(at.app)


@hostile
async def test_in_questions_and_receipts_too(name: str) -> None:
    source = world(name)
    source.answer = lambda command: RejectedError("ERR no")
    async with watching(source) as at:
        at.screen.select(name)
        await loaded(at)
        await at.press("4", "asterisk", "a")
        assert_clean(at.app)
        await at.press("y")
        await at.until(lambda: len(source.written) == 3)
        await at.pilot.pause()
        assert_clean(at.app)
        await at.press("escape")
        await at.press("c")
        assert_clean(at.app)
        await at.press("escape", "r")
        assert_clean(at.app)
        await at.press("tab", "tab", "space", "shift+tab", "shift+tab", "enter")
        assert_clean(at.app)


@hostile
async def test_in_the_palette_and_in_notifications_too(name: str) -> None:
    source = world(name)
    source.failures["write"] = RejectedError(f"no: {printable(name)}")
    async with watching(source) as at:
        at.screen.select(name)
        await loaded(at)
        await at.press("ctrl+p", *"stream")
        await at.pilot.pause()
        assert_clean(at.app)
        await at.press("escape", "4", "a", "y")
        await at.until(lambda: "write" in source.asked)
        await at.pilot.pause()
        assert_clean(at.app)
        assert at.app.is_running


async def test_a_typed_filter_is_plain_text() -> None:
    async with watching(world("x")) as at:
        await at.press("slash", "left_square_bracket", "slash", "x", "right_square_bracket")
        assert "Nothing matches /[/x]" in on_screen(at.app)
        assert_clean(at.app)


async def test_a_new_name_is_typed_as_it_is() -> None:
    source = world("x")
    async with watching(source) as at:
        at.screen.select("x")
        await loaded(at)
        await at.press("4", "c", "left_square_bracket", "slash", "b", "right_square_bracket")
        assert_clean(at.app)
        await at.press("enter", "y")
        await at.until(lambda: bool(source.written))
        assert source.written[0][3] == b"[/b]"
