"""A form: asks for several fields at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Label, OptionList, TextArea

from streamtop.ui.dialogs.form_fields import Answers, MultilineField, NameField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from streamtop.ui.dialogs.form_fields import Field

FRAME = 9
"""Lines of a form beside its fields: border, heading, hint and button."""


class Form(ModalScreen[Answers | None]):
    """Asks for its fields; dismissed with valid answers to all of them, or with `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="form.leave"),
        Binding("enter", "go_on", "Continue", show=False, priority=True, id="form.go-on"),
        Binding(
            "ctrl+s", "go_on(True)", "Continue", show=False, priority=True, id="form.go-on-now"
        ),
        Binding("down", "step(1)", "Next", show=False, priority=True, id="form.next"),
        Binding("up", "step(-1)", "Previous", show=False, priority=True, id="form.previous"),
    ]

    def __init__(
        self,
        heading: str,
        fields: Sequence[Field[object]],
        *,
        notes: Sequence[str] = (),
        problem: str = "",
    ) -> None:
        """Make the form.

        Args:
            heading: The question.
            fields: The fields, from the top.
            notes: Sentences to read before the answers.
            problem: Why the previous answers were refused.
        """
        super().__init__()
        self.heading = heading
        self.fields = fields
        self.notes = notes
        self.problem = problem

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(self.heading, id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                for sentence in self.notes:
                    yield Label(sentence, classes="note", markup=False)
                yield from self.fields
                problem = Label(self.problem, id="problem", classes="problem", markup=False)
                problem.display = bool(self.problem)
                yield problem
            with HorizontalGroup(id="form-foot"):
                yield Label(self._hint, classes="hint", markup=False)
                yield Button("Continue" if self.fields else "Close", id="go-on", compact=True)

    @property
    def _hint(self) -> str:
        if not self.fields:
            return "Escape closes"
        several = "Tab next   " if len(self.fields) > 1 else ""
        lines = any(isinstance(field, MultilineField) for field in self.fields)
        return f"{several}{'Ctrl+S' if lines else 'Enter'} continues   Escape cancels"

    def on_mount(self) -> None:
        for field in self.fields:
            field.refuse("")
        self._fit()
        if entrances := self._entrances:
            self.set_focus(entrances[0])

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Share the remaining lines among the lists of names."""
        lists = [field for field in self.fields if isinstance(field, NameField)]
        taken = FRAME + 2 * len(self.notes) + sum(field.lines for field in self.fields)
        height = self.app.size.height
        for field in lists:
            field.fit(min((height - taken) // len(lists), height // (2 + len(lists))))

    # Keys

    @property
    def _entrances(self) -> list[Widget]:
        return [widget for field in self.fields if (widget := field.entrance) is not None]

    @property
    def _current(self) -> Field[object] | None:
        """The field that has the focus."""
        above = self.focused.ancestors if self.focused is not None else ()
        return next((field for field in self.fields if field in above), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In several lines of text, Enter and the arrows edit."""
        if isinstance(self.focused, TextArea) and (
            action == "step" or (action == "go_on" and not parameters)
        ):
            return False
        return super().check_action(action, parameters)

    def action_step(self, by: int) -> None:
        """Move within the field, and beyond its end to the next one."""
        current = self._current
        if current is not None and current.step(by):
            return
        entrances = self._entrances
        at = entrances.index(current.entrance) if current and current.entrance else -1
        if 0 <= at + by < len(entrances):
            self.set_focus(entrances[at + by])

    def action_go_on(self, now: bool = False) -> None:
        """Dismiss the form with its answers, unless one is refused."""
        answers: dict[Field[object], object] = {}
        at_fault: Widget | None = None
        self.query_one("#problem").display = False
        for field in self.fields:
            try:
                answers[field] = field.answer()
            except ValueError as error:
                field.refuse(str(error))
                at_fault = at_fault or field.entrance
            else:
                field.refuse("")
        if len(answers) == len(self.fields):
            self.dismiss(Answers(answers))
        elif at_fault is not None:
            self.set_focus(at_fault)

    @on(Button.Pressed)
    def pressed(self) -> None:
        """A click on the button is Enter."""
        self.action_go_on(now=True)

    @on(OptionList.OptionSelected)
    def picked(self, event: OptionList.OptionSelected) -> None:
        """A click on a name chooses it, and goes on if nothing else is asked."""
        event.stop()
        if len(self.fields) == 1 and isinstance(self.fields[0], NameField):
            self.action_go_on(now=True)
