"""The receipt of an operation, entry by entry."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

from streamtop import figures
from streamtop.ui.messages import UndoRequested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult

    from streamtop.operations import Outcome, Receipt

_SIGNS = {
    "done": ("✔", "$text-success"),
    "skipped": ("–", "$text-warning"),
    "failed": ("✖", "$text-error"),
}
_FIRST = ("failed", "skipped", "done")
REASONS = 20
"""Reasons that are listed, at most."""


class ShowReceipt(ModalScreen[None]):
    """Shows a receipt."""

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "Close", id="receipt.close"),
        Binding("u", "undo", "Undo", id="receipt.undo", tooltip="Undo it"),
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="receipt.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="receipt.down"),
    ]

    def __init__(
        self,
        receipt: Receipt,
        *,
        can_undo: bool = False,
        recovery: Callable[[], str] | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            receipt: The receipt.
            can_undo: Whether the operation can be undone.
            recovery: Says what has become of the moved entries by now; `None` if they are not
                followed.
        """
        super().__init__()
        self.receipt = receipt
        self.can_undo = can_undo
        self.recovery = recovery

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(f"{self.receipt.verb}: {self.receipt}", id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                for sentence in self._sentences():
                    yield Label(sentence, classes="consequence", markup=False)
                if self.recovery is not None:
                    yield Label(id="recovery", classes="consequence", markup=False)
                if reasons := self._reasons():
                    yield Static(reasons, id="reasons", classes="framed", markup=False)
                yield Static(self._outcomes(), id="outcomes", classes="framed", markup=False)
            with HorizontalGroup(id="buttons"):
                yield Label(self._known_as, classes="aside", markup=False)
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = "What was done"
        self.query_one("#outcomes").border_title = "entry by entry"
        for reasons in self.query("#reasons"):
            reasons.border_title = "not done, and why"
        if self.recovery is not None:
            self._show_recovery()
            self.set_interval(0.5, self._show_recovery)

    def _show_recovery(self) -> None:
        if self.recovery is not None:
            self.query_one("#recovery", Label).update(Content(self.recovery()))

    def on_button_pressed(self) -> None:
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the key of undo if the operation cannot be undone."""
        return self.can_undo if action == "undo" else super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Close, and list what can be undone, this operation first."""
        self.dismiss(None)
        self.app.post_message(UndoRequested())

    def action_scroll(self, by: int) -> None:
        """Scroll the outcomes."""
        self.query_one("#body").scroll_relative(y=by, animate=False)

    @property
    def _known_as(self) -> str:
        """The ID in the journal, and the duration."""
        took = f"in {figures.duration(max(1, round(self.receipt.seconds * 1000)))}"
        known = self.receipt.operation_id
        return f"operation {known}, {took}" if known else took

    def _sentences(self) -> Iterator[str]:
        receipt = self.receipt
        if receipt.error is not None:
            yield f"It ended early: {receipt.error}"
        elif receipt.left:
            yield "It was stopped after the batch under way: the others are unchanged."
        yield from receipt.notes
        if self.can_undo:
            yield "u undoes it."

    def _reasons(self) -> Content | None:
        """Why entries were not done, the most frequent reason first."""
        receipt = self.receipt
        not_done = [each for each in receipt.outcomes if each.outcome != "done"]
        counts = Counter[tuple[str, str]]()
        for each in not_done:
            counts[each.outcome, each.reason or each.outcome] += each.count
        lines = [
            Content.assemble(_sign(outcome), f"{count:>9,}  {reason}")
            for (outcome, reason), count in counts.most_common(REASONS)
        ]
        untold = receipt.skipped + receipt.failed - sum(counts.values())
        if untold > 0:
            lines.append(Content(f"  {untold:>9,}  more, whose reasons are in the journal"))
        if len(not_done) == 1 and untold <= 0:
            return None  # the list of outcomes says it
        return Content("\n").join(lines) if lines else None

    def _outcomes(self) -> Content:
        ordered = sorted(self.receipt.outcomes, key=lambda each: _FIRST.index(each.outcome))
        lines = []
        for each in ordered:
            text = f"{each.outcome}: {each.reason}" if each.reason else each.outcome
            if each.copy is not None:
                text += f", copied as {each.copy}"
            lines.append(Content.assemble(_sign(each.outcome), f"{_about(each)}  {text}"))
        receipt = self.receipt
        told_of = sum(each.count for each in ordered)
        more = receipt.done + receipt.skipped + receipt.failed - told_of
        if more > 0:
            lines.append(Content.styled(f"… and {more:,} more", "$foreground 60%"))
        if receipt.left:
            lines.append(Content.styled(f"… {receipt.left:,} not reached", "$foreground 60%"))
        return Content("\n").join(lines)


def _sign(outcome: str) -> tuple[str, str]:
    sign, tone = _SIGNS[outcome]
    return f"{sign} ", tone


def _about(outcome: Outcome) -> str:
    """The entry, or the number of entries."""
    if outcome.id is not None:
        return str(outcome.id)
    return "it" if outcome.count == 1 else f"{outcome.count:,} entries"
