"""The least that Textual can do: what any of its programs costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Hello(App[None]):
    """Says hello, and counts keys."""

    pressed = 0

    def compose(self) -> ComposeResult:
        yield Static("hello")

    def on_key(self) -> None:
        self.pressed += 1
        self.query_one(Static).update(f"hello {self.pressed}")


if __name__ == "__main__":
    Hello().run()
