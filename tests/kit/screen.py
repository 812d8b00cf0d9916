"""Reading what is drawn: every line of every widget, as it goes to the terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.app import App

    from streamtop.ui.widgets.live_table import LiveTable

_ACTED_UPON = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def acted_upon(text: str, *, but: str = "") -> list[str]:
    """The characters of a text that a terminal would act upon or not show, by their numbers."""
    if text.isascii() and text.isprintable():
        return []
    return [
        hex(ord(character))
        for character in dict.fromkeys(text)
        if character not in but and unicodedata.category(character) in _ACTED_UPON
    ]


def lines_of(widget: Widget) -> list[str]:
    """A widget's lines with its borders, as they are drawn."""
    width, height = widget.size if widget.is_container else widget.outer_size
    strips = widget.render_lines(Region(0, 0, width, height))
    return ["".join(segment.text for segment in strip if not segment.control) for strip in strips]


def drawn(widget: Widget) -> str:
    """A widget's lines in one text."""
    return "\n".join(lines_of(widget))


def drawn_widgets(app: App[None]) -> list[Widget]:
    """All widgets of all screens that can be seen."""
    return [
        widget
        for screen in app.screen_stack
        for widget in screen.walk_children(Widget, with_self=True)
        if widget.display and widget.outer_size.area
    ]


def on_screen(app: App[None]) -> str:
    """All that is drawn, a widget after another."""
    return "\n".join(map(drawn, drawn_widgets(app)))


def assert_clean(app: App[None]) -> None:
    """Nothing that a terminal would act upon is drawn, by any widget or by all together."""
    for widget in drawn_widgets(app):
        for line in lines_of(widget):
            assert not acted_upon(line), f"{widget!r}: {line!r}"
    svg = app.export_screenshot()
    svg.encode()
    assert not acted_upon(svg, but="\n"), "the screen as SVG"


def names(table: LiveTable) -> list[str]:  # type: ignore[type-arg] # of whatever rows
    """The first column, as it is drawn."""
    return [line[2:].split("  ")[0].strip() for line in cells(table)]


def cells(table: LiveTable) -> list[str]:  # type: ignore[type-arg] # of whatever rows
    """The rows on screen as they are drawn, without the border."""
    return [line[1:-1] for line in lines_of(table)[2:-1] if line[1:-1].strip()]


def cursor_line(table: LiveTable) -> int:  # type: ignore[type-arg] # of whatever rows
    """The line of the pane on which the cursor is."""
    return int(table.cursor - table.scroll_offset.y)
