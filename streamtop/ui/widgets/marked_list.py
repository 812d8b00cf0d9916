"""A list whose highlighted line can be told without colours."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class MarkedList(OptionList):
    """Lines to choose from, the highlighted one marked."""

    def __init__(self, mark: str, unmarked: str) -> None:
        super().__init__(markup=False, compact=True)
        self.marks = unmarked, mark
        self.texts: list[Content] = []

    def add_line(self, line: Content, line_id: str, *, disabled: bool = False) -> None:
        """Add a line at the end."""
        self.texts.append(line)
        self.add_option(Option(self.marked(len(self.texts) - 1), line_id, disabled))

    def clear_lines(self) -> None:
        """Remove all lines."""
        self.texts.clear()
        self.clear_options()

    def marked(self, at: int) -> Content:
        """A line as it is drawn."""
        return Content.assemble(self.marks[at == self.highlighted], self.texts[at])

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        for at in range(self.option_count):
            self.replace_option_prompt_at_index(at, self.marked(at))
