"""Yes or no to an operation, after it was shown in full."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

from streamtop.operations import as_redis_cli

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from streamtop.operations import Operation
    from streamtop.source import Command

SHOWN = 200
"""Commands that are shown, at most; the rest are counted."""


class Confirm(ModalScreen[bool]):
    """Shows the exact commands and what follows from them. "No" has the focus."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
        Binding("left,right", "app.focus_next", "Other button", show=False, id="confirm.other"),
        Binding("up", "scroll(-1)", "Scroll up", show=False, id="confirm.up"),
        Binding("down", "scroll(1)", "Scroll down", show=False, id="confirm.down"),
    ]

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label(self.operation.question, id="question", markup=False)
            with VerticalScroll(id="body", can_focus=False):
                for sentence in self.operation.consequences:
                    yield Label(sentence, classes="consequence", markup=False)
                yield Static(id="commands", classes="framed", markup=False)
            with HorizontalGroup(id="buttons"):
                yield Button("No (n)", id="no", compact=True)
                yield Button(
                    Content(f"{self.operation.verb} (y)"), id="yes", variant="error", compact=True
                )

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = self.operation.verb
        self._show_commands()
        self.set_interval(1, self._show_commands)

    def _show_commands(self) -> None:
        """The commands as they would be sent now: idle times grow while the question stands."""
        commands = self.operation.commands(time.monotonic())
        number = "1 command" if len(commands) == 1 else f"{len(commands):,} commands"
        shown = self.query_one("#commands", Static)
        shown.border_title = f"{number}, exactly"
        shown.update(_as_lines(commands))

    def action_answer(self, yes: bool) -> None:
        """Be dismissed with the answer."""
        self.dismiss(yes)

    def action_scroll(self, by: int) -> None:
        """Scroll what is said and the commands."""
        self.query_one("#body").scroll_relative(y=by, animate=False)

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """A button is an answer."""
        self.dismiss(event.button.id == "yes")


def _as_lines(commands: tuple[Command, ...]) -> Content:
    """The commands as redis-cli would take them; a script is named in them and written once."""
    scripts: dict[bytes, str] = {}
    lines = []
    for command in commands[:SHOWN]:
        if command[0] == b"EVAL":
            name = scripts.setdefault(command[1], f"<script {len(scripts) + 1}>")
            rest = as_redis_cli(command[2:])
            lines.append(Content(f"EVAL {name} {rest}"))
        else:
            lines.append(Content(as_redis_cli(command)))
    if len(commands) > SHOWN:
        lines.append(Content.styled(f"… and {len(commands) - SHOWN:,} more", "$foreground 60%"))
    for script, name in scripts.items():
        lines.append(Content.styled(f"\n{name}:\n{script.decode().rstrip()}", "$foreground 60%"))
    return Content("\n").join(lines)
