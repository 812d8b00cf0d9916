"""What an operation did, entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from streamtop.operations import Receipt

SHOWN = 1000
"""Outcomes that are listed, at most; those that were not done come first."""
_SIGNS = {
    "done": ("✔", "$text-success"),
    "skipped": ("–", "$text-warning"),
    "failed": ("✖", "$text-error"),
}
_FIRST = ("failed", "skipped", "done")


class ShowReceipt(ModalScreen[None]):
    """The receipt of an operation; any of the closing keys ends it."""

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "Close", id="receipt.close"),
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="receipt.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="receipt.down"),
    ]

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(f"{self.receipt.verb}: {self.receipt}", id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                if self.receipt.note:
                    yield Label(self.receipt.note, classes="consequence", markup=False)
                yield Static(self._outcomes(), id="outcomes", classes="framed", markup=False)
            with HorizontalGroup(id="buttons"):
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = "What was done"

    def on_button_pressed(self) -> None:
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scroll the outcomes."""
        self.query_one("#body").scroll_relative(y=by, animate=False)

    def _outcomes(self) -> Content:
        ordered = sorted(self.receipt.outcomes, key=lambda each: _FIRST.index(each.outcome))
        lines = []
        for each in ordered[:SHOWN]:
            sign, tone = _SIGNS[each.outcome]
            told = f"{each.outcome}: {each.reason}" if each.reason else each.outcome
            lines.append(Content.assemble((f"{sign} ", tone), f"{each.id}  {told}"))
        if len(ordered) > SHOWN:
            lines.append(Content(f"… and {len(ordered) - SHOWN:,} more, done"))
        return Content("\n").join(lines)
