"""The question before an operation: it shows everything that will be sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from streamtop.model.text import printable
from streamtop.ui.dialogs.commands import Shown, export, to_copy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from streamtop.operations import Operation


class Confirm(ModalScreen[bool]):
    """Shows the exact commands and their consequences. "No" has the focus.

    If much would be lost for good, a name must be typed before "yes" is possible.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
        Binding("c", "copy", "Copy", id="confirm.copy", tooltip="Copy the commands"),
        Binding("e", "export", "Export", id="confirm.export", tooltip="Write them to a file"),
        Binding("left,right", "app.focus_next", "Other button", show=False, id="confirm.other"),
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="confirm.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="confirm.down"),
    ]

    def __init__(self, operation: Operation, notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.notes = notes
        self.operation = operation
        self.may_be_done = operation.typed is None
        """Whether "yes" is possible: the name was typed, or none is needed."""

    def compose(self) -> ComposeResult:
        typed = self.operation.typed is not None
        with VerticalGroup(id="dialog", classes="-typed" if typed else ""):
            yield Label(self.operation.question, id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                for sentence in (*self.notes, *self.operation.consequences):
                    yield Label(sentence, classes="consequence", markup=False)
                yield Static(id="commands", classes="framed", markup=False)
            if typed:
                yield Input(id="typed")
            with HorizontalGroup(id="buttons"):
                yield Label("c copies, e exports", classes="aside")
                yield Button("No (n)", id="no", compact=True)
                yield Button(
                    Content(f"{self.operation.verb} (y)"),
                    id="yes",
                    variant="error",
                    compact=True,
                    disabled=not self.may_be_done,
                )

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(self.operation.verb)
        if self.operation.typed is not None:
            field = self.query_one("#typed", Input)
            field.border_title = Content(f"type {printable(self.operation.typed)} to confirm")
        self._show_commands()
        self.set_interval(1, self._show_commands)
        self.set_focus(self.query_one("#no" if self.operation.typed is None else "#typed"))

    def _show_commands(self) -> None:
        """Show the commands as they would be sent now: idle times keep growing."""
        shown = Shown(self.operation)
        commands = self.query_one("#commands", Static)
        commands.border_title = shown.title
        commands.update(shown.text)

    # The name, where one must be typed

    @on(Input.Changed)
    def compare(self, event: Input.Changed) -> None:
        """Allow "yes" once the name is complete."""
        self.may_be_done = event.value == printable(self.operation.typed or "")
        self.query_one("#yes").disabled = not self.may_be_done
        self.refresh_bindings()

    @on(Input.Submitted)
    def take_typed(self) -> None:
        """Enter is "yes" once the name is complete."""
        if self.may_be_done:
            self.dismiss(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey "yes" until the name is complete."""
        if action == "answer" and parameters == (True,) and not self.may_be_done:
            return None
        return super().check_action(action, parameters)

    # Answers

    def action_answer(self, yes: bool) -> None:
        """Dismiss the dialog with the answer."""
        self.dismiss(yes)

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Dismiss the dialog with the answer of the button."""
        self.dismiss(event.button.id == "yes")

    # The commands

    def action_scroll(self, by: int) -> None:
        """Scroll the sentences and the commands."""
        self.query_one("#body").scroll_relative(y=by, animate=False)

    @work(group="copy", exclusive=True)
    async def action_copy(self) -> None:
        """Copy the commands, or the first ones of very many."""
        text, complete = await asyncio.to_thread(to_copy, self.operation)
        self.app.copy_to_clipboard(text)
        number = text.count("\n") + 1
        some = "1 command" if number == 1 else f"{number:,} commands"
        text = f"{some} copied, for redis-cli."
        if not complete:
            text = f"Only the first {some} copied: e writes all of them to a file."
        self.notify(text, severity="information" if complete else "warning", markup=False)

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Write all commands to a file, in a thread."""
        try:
            path, number = await asyncio.to_thread(export, self.operation)
        except OSError as error:
            why = f"The commands could not be written: {error.strerror or error}."
            self.notify(why, title="Not exported", severity="error", markup=False)
        else:
            some = "1 command" if number == 1 else f"{number:,} commands"
            self.notify(f"{some} in {printable(str(path))}", title="Exported", markup=False)
