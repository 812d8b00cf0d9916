"""Lines that can be folded, searched and copied; only those on screen are drawn."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive, var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from streamtop.ui.widgets.text_lines import Piece, TextLine, blocks, parts, within, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events

_NAMED = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"\s*:\s*)?(.*?),?', re.DOTALL)


class FoldableText(ScrollView, can_focus=True):
    """Lines with a cursor; those indented below a line fold into it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("folded--title", "folded--dim", "folded--name", "folded--text", "folded--number"),
        *("folded--word", "folded--found", "folded--cursor"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="entry.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="entry.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="entry.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="entry.page-down"),
        Binding("home", "edge(-1)", "First", show=False, id="entry.first"),
        Binding("end", "edge(1)", "Last", show=False, id="entry.last"),
        Binding("enter,space", "fold", "Fold", id="entry.fold", tooltip="Fold the block, or open"),
        Binding("left", "fold(True)", "Fold", show=False, id="entry.close"),
        Binding("right", "fold(False)", "Open", show=False, id="entry.open"),
        Binding("F", "fold_all", "Fold all", show=False, id="entry.fold-all"),
        Binding("n", "find(1)", "Next", show=False, id="entry.next", tooltip="The next match"),
        Binding("N", "find(-1)", "Previous", show=False, id="entry.previous"),
    ]

    NAME: ClassVar[str] = ""
    """The name of the pane in its title."""
    lines: var[Sequence[TextLine]] = var[Sequence[TextLine]]((), init=False)
    cursor: reactive[int] = reactive(0)
    """Index of the cursor's line among those shown."""
    needle: var[str] = var("")
    """The text searched for."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.shown: list[Piece] = []
        """The unfolded lines, wrapped to the width."""
        self._ends: dict[int, int] = {}
        self._folded: set[int] = set()
        self._styles: dict[str, Style] = {}
        self._coloured: dict[int, Sequence[tuple[str, str]]] = {}

    # From lines to what is shown

    def watch_lines(self) -> None:
        self._ends = dict(blocks(self.lines))
        self._coloured.clear()
        self._folded.clear()
        self.set_reactive(FoldableText.cursor, 0)
        self.scroll_home(animate=False)
        self._arrange()

    def _arrange(self, line: int | None = None, start: int = 0) -> None:
        """Lay the lines out; the cursor goes to a line, or stays where it is.

        Args:
            line: Where the cursor goes; to the last line if there is no such line any more.
            start: The character of it that the cursor is to be on.
        """
        self.shown, at = [], 0
        width = max(8, self.size.width)
        while at < len(self.lines):
            self.shown += wrapped(at, self.lines[at].text, width)
            at = self._ends[at] if at in self._folded else at + 1
        self.virtual_size = Size(self.size.width, len(self.shown))
        if line is not None:
            before = bisect_right(
                self.shown, (line, start), key=lambda each: (each.line, each.start)
            )
            self.cursor = max(0, before - 1)
        else:
            self.cursor = self.cursor
        self.refresh()

    def replace_end(self, start: int, lines: Sequence[TextLine]) -> None:
        """Replace all lines from `start` on; cursor and folds stay."""
        if tuple(self.lines[start:]) == tuple(lines):
            return
        here = self.shown[self.cursor] if self.shown else Piece(0, 0, 0)
        self.set_reactive(FoldableText.lines, [*self.lines[:start], *lines])
        self._coloured.clear()
        self._arrange(here.line, here.start)

    @property
    def _line(self) -> int:
        """Index of the line at the cursor; there must be one."""
        return self.shown[self.cursor].line

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.shown) - 1))

    def watch_cursor(self) -> None:
        height = max(1, self.size.height)
        top = self.scroll_offset.y
        if not top <= self.cursor < top + height:
            top = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        self.refresh()

    def on_resize(self) -> None:
        here = self.shown[self.cursor] if self.shown else Piece(0, 0, 0)
        self._arrange(here.line, here.start)

    # Keys and mouse

    def action_move(self, by: int) -> None:
        """Move the cursor by lines."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.cursor += by * max(1, self.size.height - 1)

    def action_edge(self, which: int) -> None:
        """Move the cursor to the first or the last line."""
        self.cursor = 0 if which < 0 else len(self.shown) - 1

    def action_fold(self, closed: bool | None = None) -> None:
        """Fold the block at the cursor, or the one around it; open it again."""
        if not self.shown:
            return
        block = self._line if self._line in self._ends else self._around(self._line)
        if block is None:
            return
        folds = block not in self._folded if closed is None else closed
        (self._folded.add if folds else self._folded.discard)(block)
        self._arrange(block)

    def _around(self, line: int) -> int | None:
        around = (start for start, end in self._ends.items() if start < line < end)
        return max(around, default=None)

    def action_fold_all(self) -> None:
        """Fold all blocks, or open all."""
        self._folded = set() if self._folded else set(self._ends)
        self._arrange(self._line if self.shown and not self._folded else 0)

    def watch_needle(self) -> None:
        if self.needle and self.shown and not self._fits(self._line):
            self.action_find(1)
        self.refresh()

    def action_find(self, by: int) -> None:
        """Go to the next line with the text searched for, unfolding the blocks around it."""
        if not self.needle or not self.shown:
            return
        here, number = self._line, len(self.lines)
        for step in range(1, number + 1):
            line = (here + by * step) % number
            if self._fits(line):
                self._folded = {
                    start for start in self._folded if not start < line < self._ends[start]
                }
                self._arrange(line)
                return

    def _fits(self, line: int) -> bool:
        return self.needle.casefold() in self.lines[line].text.casefold()

    def on_click(self, event: events.Click) -> None:
        """A click goes to a line; twice folds it."""
        offset = event.get_content_offset(self)
        if offset is not None and self.scroll_offset.y + offset.y < len(self.shown):
            self.cursor = self.scroll_offset.y + offset.y
            if event.chain == 2:
                self.action_fold()

    @property
    def value(self) -> str:
        """The value at the cursor with its whole block; a JSON string without its quotes."""
        if not self.shown:
            return ""
        line = self._line
        block = self.lines[line : self._ends.get(line, line + 1)]
        text = "\n".join(each.text for each in block)
        if not self.lines[line].is_json:
            return self.lines[line].value or text.strip()
        named = _NAMED.fullmatch(text)
        literal = named[1] if named is not None else text.strip()
        import json  # not needed for the first frame

        with suppress(ValueError):
            value = json.loads(literal)
            return value if isinstance(value, str) else literal
        return literal

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def _style(self, tone: str) -> Style:
        style = self._styles.get(tone)
        if style is None:
            plain = tone == "plain"
            style = self._styles[tone] = (
                self.rich_style if plain else self.get_component_rich_style(f"folded--{tone}")
            )
        return style

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, at = self.size.width, self.scroll_offset.y + y
        plain = self._style("plain")
        if at >= len(self.shown):
            return Strip.blank(width, plain)
        piece = self.shown[at]
        over = Style()
        if self.has_focus and self.shown[self.cursor].line == piece.line:
            cursor = self._style("cursor")
            over = Style(bgcolor=cursor.bgcolor, bold=cursor.bold)
        segments = [
            Segment(text, self._style(tone) + over)
            for text, tone in within(self._parts(piece.line), piece)
        ]
        if piece.line in self._folded and piece.end == len(self.lines[piece.line].text):
            hidden = self._ends[piece.line] - piece.line - 1
            segments.append(Segment(f" … {hidden:,} lines", self._style("dim") + over))
        if self.needle:
            segments = list(self._marked(segments, over))
        return Strip(segments).adjust_cell_length(width, plain + over)

    def _parts(self, line: int) -> Sequence[tuple[str, str]]:
        """The pieces of a line with their tones, cached."""
        if line not in self._coloured:
            if len(self._coloured) > 500:
                self._coloured.clear()
            self._coloured[line] = tuple(parts(self.lines[line]))
        return self._coloured[line]

    def _marked(self, segments: Sequence[Segment], over: Style) -> Iterator[Segment]:
        """The segments with the matches of the search highlighted."""
        pattern = re.compile(re.escape(self.needle), re.IGNORECASE)
        style = self._style("found") + over
        for segment in segments:
            at = 0
            for match in pattern.finditer(segment.text):
                yield Segment(segment.text[at : match.start()], segment.style)
                yield Segment(match[0], style)
                at = match.end()
            yield Segment(segment.text[at:], segment.style)
