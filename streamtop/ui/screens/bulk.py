"""What is done to many entries, and what of them is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import var

from streamtop.ui.messages import BulkMarkRequested, CopyRequested, ExportRequested, UndoRequested
from streamtop.ui.screens.panes import PaneScreen
from streamtop.ui.text import as_sentence

if TYPE_CHECKING:
    from streamtop.model.abilities import Abilities
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.model.snapshot import Group, Stream
    from streamtop.operations import Operation, Receipt
    from streamtop.ui.widgets.consumers import ConsumerTable
    from streamtop.ui.widgets.detail import EntryDetail
    from streamtop.ui.widgets.entries import EntryTable
    from streamtop.ui.widgets.pending import PendingTable

_LISTS = {"pending", "entries", "detail"}


class BulkScreen(PaneScreen):
    """Panes whose entries are marked together, undone, copied and exported."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "b", "bulk", "Mark by…", id="pending.bulk", tooltip="Mark all that have … in common"
        ),
        Binding("u", "undo", "Undo", id="app.undo", tooltip="Undo one of the last operations"),
        Binding("y", "copy", "Copy", show=False, id="entry.copy", tooltip="Value, entry, command"),
        Binding(
            "e", "export", "Export", show=False, id="entries.export", tooltip="Write to a file"
        ),
    ]

    abilities: var[Abilities | None] = var(None)
    """What can be done here; `None` while nobody knows."""
    keeps_journal: bool
    """Whether what is done is recorded, so that it can be undone."""
    consumers: ConsumerTable
    pending: PendingTable
    entries: EntryTable
    detail: EntryDetail

    @property
    def stream(self) -> Stream | None:
        """The selected stream."""
        raise NotImplementedError

    @property
    def group(self) -> Group | None:
        """The selected group."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do nothing in a pane are not in the footer; others are greyed."""
        if action == "bulk" and self.current not in {"groups", "consumers", "pending"}:
            return False
        if action in {"copy", "export"} and self.current not in _LISTS:
            return False
        if action in {"bulk", "undo", "copy", "export"}:
            return None if self.why_not(action) else True
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str | None:
        """Why a key of this screen does nothing here, in a sentence; `None` if it does."""
        if action == "bulk":
            return None if self.group and self.group.pending else "Nothing is pending here."
        if action in {"copy", "export"}:
            return None if self.detail.entry is not None else "No entry is selected."
        if action == "undo":
            if self.abilities is not None and self.abilities.read_only is not None:
                return as_sentence(self.abilities.read_only)
            return None if self.keeps_journal else "No journal is kept: nothing can be undone."
        return super().why_not(action)

    # Copies

    def action_copy(self) -> None:
        """Wish to copy something of the entry that is shown."""
        entry, stream = self.detail.entry, self.stream
        if entry is not None and stream is not None:
            value = self.detail.value if self.current == "detail" else ""
            self.post_message(CopyRequested(stream.name, entry, value))

    def action_export(self) -> None:
        """Wish to write entries to a file."""
        stream = self.stream
        if stream is None:
            return
        in_entries = self.list_shown == "entries"
        table = self.entries if in_entries else self.pending
        self.post_message(
            ExportRequested(
                stream.name,
                stream.length,
                marked=table.chosen_ids() if table.marks else (),
                listed=[table.entry_id(row) for row in table.rows],  # type: ignore[arg-type]
                query=self.entries.looked_for if in_entries else None,
            )
        )

    # What an operation is about

    async def unmark(self, operation: Operation, receipt: Receipt) -> None:
        """Remove the marks of the entries that an operation reached."""
        for table in (self.pending, self.entries):
            await table.unmark_reached(operation, operation.total - receipt.left)

    def action_bulk(self) -> None:
        """Wish to mark entries by what they have in common."""
        stream, group = self.stream, self.group
        if stream is None or group is None:
            return
        row = self.consumers.selected if self.current == "consumers" else None
        wanted = row.consumer if row is not None else None
        self.post_message(
            BulkMarkRequested(
                stream.name,
                group.name,
                pending=group.pending if wanted is None else wanted.pending,
                consumers=tuple(consumer.name for consumer in group.consumers),
                consumer=wanted.name if wanted is not None else self.pending.only,
            )
        )

    def mark_gathered(
        self, wanted: BulkMarkRequested, found: PendingEntries, *, stopped: bool
    ) -> None:
        """Mark what was found, and go there."""
        at = (self.stream and self.stream.name, self.group and self.group.name)
        if at != (wanted.stream, wanted.group):
            told = "The group is not there any more."
        elif not found:
            told = "No pending entry is meant; nothing is marked."
        else:
            self.action_go("pending")
            self.pending.mark_gathered(found)
            some = "1 entry is" if len(found) == 1 else f"{len(found):,} entries are"
            told = f"{some} marked" + (": the search ended there." if stopped else ".")
        self.notify(told, markup=False)

    def action_undo(self) -> None:
        """Wish to undo something."""
        self.post_message(UndoRequested())
