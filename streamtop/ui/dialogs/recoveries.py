"""The list of recoveries: what has become of the entries that operations moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

from streamtop import figures
from streamtop.model.text import printable
from streamtop.ui.text import as_sentence

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from streamtop.model.recovery import Recovery, RecoveryState
    from streamtop.planning.recoveries import Recoveries

_NONE = (
    "Nothing was moved in this session. What a claim, take-over, hand-over, release, replay, "
    "redrive or undo moves is followed here until it is acknowledged."
)


class ShowRecoveries(ModalScreen[None]):
    """Shows all recoveries of the session, newest first, as they go on."""

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w,enter", "dismiss(None)", "Close", id="recoveries.close"),
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="recoveries.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="recoveries.down"),
    ]

    def __init__(self, recoveries: Recoveries) -> None:
        super().__init__()
        self.recoveries = recoveries

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label("What became of the entries that were moved", id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                yield Static(id="recoveries", markup=False)
            with HorizontalGroup(id="buttons"):
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = "Recoveries"
        self.show()
        self.set_interval(1, self.show)

    def show(self) -> None:
        """Show how far each has come by now."""
        lines = [self._line(recovery) for recovery in self.recoveries.all]
        self.query_one("#recoveries", Static).update(
            Content("\n").join(lines) if lines else Content(_NONE)
        )

    def _line(self, recovery: Recovery) -> Content:
        aim, state = recovery.aim, self.recoveries.state(recovery)
        known = f" ({aim.operation_id})" if aim.operation_id else ""
        return Content.assemble(
            _sign(state),
            f"{aim.verb}, {printable(aim.stream)}, group {printable(aim.group)}",
            (f", {figures.duration(state.age_ms)} ago{known}", "$text-muted"),
            f"\n  {as_sentence(self.recoveries.in_words(recovery))}\n",
        )

    def on_button_pressed(self) -> None:
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scroll the list."""
        self.query_one("#body").scroll_relative(y=by, animate=False)


def _sign(state: RecoveryState) -> tuple[str, str]:
    if state.recovered:
        return "✔ ", "$text-success"
    return ("✖ ", "$text-error") if state.finished else ("▲ ", "$text-warning")
