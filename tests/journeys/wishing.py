"""Wishing by keys: fill a form in, say yes, and be told why a key does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.ui.dialogs.form import Form

if TYPE_CHECKING:
    from tests.ui.driving import Dashboard


def in_form(at: Dashboard) -> bool:
    """Whether a form is asked that takes keys."""
    return isinstance(at.app.screen, Form) and at.app.screen.is_current


async def fill(at: Dashboard, *keys: str) -> None:
    """Wait for the form, press keys, and go on."""
    await at.until(lambda: in_form(at) and at.app.focused is not None)
    await at.press(*keys, "enter")


async def agree(at: Dashboard, typed: str = "") -> None:
    """Wait for the question and say yes; a name is typed where one is asked for."""
    await at.until(lambda: at.asks and at.app.focused is not None)
    await at.press(*(key_of(each) for each in typed), "enter" if typed else "y")


async def leave(at: Dashboard) -> None:
    """Go back to the panes."""
    while at.app.screen is not at.screen:
        await at.press("escape")


async def go_to(at: Dashboard, stream: str, pane: str) -> None:
    """Select a stream and go to a pane, by the number on its title."""
    await at.until(lambda: any(r.stream.name == stream for r in at.screen.streams.rows))
    await at.press("1")
    if at.stream != stream:
        await at.press("slash", *map(key_of, stream), "enter")
    await at.until(lambda: at.stream == stream)
    await at.press(pane)


async def go_to_consumer(at: Dashboard, stream: str, name: str) -> None:
    """Select a consumer of the stream's first group."""
    await go_to(at, stream, "3")
    await at.until(lambda: any(r.consumer.name == name for r in at.screen.consumers.rows))
    await at.press("slash", *map(key_of, name), "enter")
    await at.until(
        lambda: (
            at.screen.consumers.selected is not None
            and at.screen.consumers.selected.consumer.name == name
        )
    )


async def why_greyed(at: Dashboard, key: str) -> str:
    """What is said when a greyed key is pressed; nothing is asked."""
    before = len(at.notices)
    await at.until(lambda: at.app.abilities is not None)
    await at.press(key)
    await at.until(lambda: len(at.notices) > before)
    assert at.app.screen is at.screen
    return at.notices[-1]


def key_of(character: str) -> str:
    """The key that types a character."""
    return {
        ":": "colon",
        "-": "minus",
        ".": "full_stop",
        "$": "dollar_sign",
        "{": "left_curly_bracket",
        " ": "space",
    }.get(character, character)


def keys(text: str) -> list[str]:
    """The keys that type a text."""
    return [key_of(character) for character in text]
