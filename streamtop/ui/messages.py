"""Requests of widgets: messages that go up to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.message import Message

from streamtop.operations.catalogue import CATALOGUE, OperationName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamtop.decode.query import Query
    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries

Action = OperationName | Literal["take-over", "edit"]
"""An operation, or another form for one."""

NEEDS: Mapping[Action, tuple[str, ...]] = {
    **{name: row.needs for name, row in CATALOGUE.items()},
    "take-over": CATALOGUE["claim"].needs,
    "edit": CATALOGUE["add"].needs,
}
"""The commands without which an action is disabled."""


class LookRequested(Message):
    """Take a new snapshot now: something has changed."""


class ActionRequested(Message):
    """Ask for what an action lacks; then confirm and run it."""

    def __init__(
        self,
        kind: Action,
        stream: str,
        *,
        group: str | None = None,
        consumer: str | None = None,
        entries: PendingEntries | tuple[EntryId, ...] = (),
    ) -> None:
        super().__init__()
        self.kind: Action = kind
        self.stream = stream
        self.group = group
        """The group; for pending entries, the one in which they are pending."""
        self.consumer = consumer
        self.entries = entries
        """The entries chosen when the key was pressed; `PendingEntries` if they are pending."""


class BulkMarkRequested(Message):
    """Mark pending entries of a group by what they have in common."""

    def __init__(
        self,
        stream: str,
        group: str,
        *,
        pending: int,
        consumers: tuple[str, ...],
        consumer: str | None = None,
    ) -> None:
        super().__init__()
        self.stream = stream
        self.group = group
        self.pending = pending
        """How many there are, in the latest snapshot."""
        self.consumers = consumers
        """The names of the group's consumers."""
        self.consumer = consumer
        """The consumer that is proposed."""


class UndoRequested(Message):
    """Ask which of the last operations to undo, and undo it."""


class PositionRequested(Message):
    """Ask for a place in a stream, and go there."""

    def __init__(self, stream: str) -> None:
        super().__init__()
        self.stream = stream


class ExportRequested(Message):
    """Ask which entries of a stream to write to a file, and write them."""

    def __init__(
        self,
        stream: str,
        length: int,
        *,
        marked: Sequence[EntryId],
        listed: Sequence[EntryId],
        query: Query | None,
    ) -> None:
        super().__init__()
        self.stream = stream
        self.length = length
        """Entries of the stream, in the latest snapshot."""
        self.marked = marked
        self.listed = listed
        self.query = query
        """The filter."""


class CopyRequested(Message):
    """Ask what to copy of an entry, and copy it."""

    def __init__(self, stream: str, entry: Entry, value: str) -> None:
        super().__init__()
        self.stream = stream
        self.entry = entry
        self.value = value
        """The value under the cursor."""
