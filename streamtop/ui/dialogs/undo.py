"""The list of past operations, to choose one to undo."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import VerticalGroup
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from streamtop.journal.past_operations import JournalQuery, UnreadableError, read_operations
from streamtop.model.text import printable
from streamtop.planning.undo import why_not

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

    from streamtop.journal.past_operations import PastOperation

LAST = 200
"""Operations that are listed, at most."""


class Undo(ModalScreen["PastOperation | None"]):
    """The last operations on this server, newest first; dismissed with the one to undo."""

    AUTO_FOCUS = "#operations"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Cancel", id="undo.leave"),
    ]

    def __init__(self, journal: Path, url: str) -> None:
        """Make the dialog.

        Args:
            journal: The file in which operations are recorded.
            url: The server's URL; operations on other servers are not listed.
        """
        super().__init__()
        self.journal = journal
        self.url = url
        self.operations: tuple[PastOperation, ...] = ()

    def compose(self) -> ComposeResult:
        with VerticalGroup(id="dialog"):
            yield Label("Undo which operation?", id="question", markup=False)
            yield OptionList(id="operations", markup=False)
            yield Label("Reading the journal…", id="summary", markup=False)
            yield Label("Enter undoes it, after a question   Escape cancels", classes="hint")

    def on_mount(self) -> None:
        self.query_one("#dialog").border_title = "Undo"
        self.query_one("#operations").display = False
        self.read()

    @work
    async def read(self) -> None:
        """List the operations in the journal, which is read in a thread."""
        summary = self.query_one("#summary", Label)
        try:
            self.operations = await asyncio.to_thread(_last_of, self.journal, self.url)
        except UnreadableError as error:
            summary.update(f"{error}.")
            return
        none = "The journal holds no operation on this server."
        summary.update("" if self.operations else none)
        summary.display = not self.operations
        operations = self.query_one(OptionList)
        operations.display = bool(self.operations)
        operations.add_options(Option(_in_words(done)) for done in self.operations)
        operations.highlighted = 0 if self.operations else None
        operations.focus()

    @on(OptionList.OptionSelected)
    def take(self, event: OptionList.OptionSelected) -> None:
        """Dismiss the dialog with the operation, or say why it cannot be undone."""
        done = self.operations[event.option_index]
        reason = why_not(done)
        if reason is None:
            self.dismiss(done)
        else:
            self.notify(reason, title="Cannot be undone", severity="warning", markup=False)


def _last_of(journal: Path, url: str) -> tuple[PastOperation, ...]:
    """The last operations on a server, newest first."""
    done = read_operations(journal, JournalQuery(server=url)).operations
    return tuple(each for each in done if each.server.url == url)[:LAST]


def _in_words(done: PastOperation) -> Content:
    """The time, the operation, its outcome, and whether it can be undone."""
    reason = why_not(done)
    undoing = (reason, "$text-muted") if reason else ("can be undone", "$text-success")
    return Content.assemble(
        (f"{_when(done.at)}  ", "$text-muted"),
        printable(done.question.rstrip("?")),
        "\n          ",
        f"{_outcome(done)} ─ ",
        undoing,
    )


def _when(at: datetime) -> str:
    """The time if it was today, otherwise the date; eight cells."""
    here = at.astimezone()
    today = here.date() == datetime.now(here.tzinfo).date()
    return here.strftime("%H:%M:%S" if today else "%d.%m.%y")


def _outcome(done: PastOperation) -> str:
    """How many entries came out how."""
    counts = {
        "done": done.done,
        "skipped": done.skipped,
        "failed": done.failed,
        "of which nobody knows": done.unknown,
        "not reached": done.left,
    }
    outcome = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return outcome or "nothing done"
