"""What widgets wish for: messages that go up."""

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
    from streamtop.operations import Operation

Action = OperationName | Literal["take-over", "edit"]
"""An operation, or another form for one."""

NEEDS: Mapping[Action, tuple[str, ...]] = {
    **{name: row.needs for name, row in CATALOGUE.items()},
    "take-over": CATALOGUE["claim"].needs,
    "edit": CATALOGUE["add"].needs,
}
"""The commands without which an action is disabled."""


class LookRequested(Message):
    """Something is known to have changed: the server is to be looked at now."""


class OperationReady(Message):
    """An operation is wanted; it is shown and confirmed before it is run."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


class ActionRequested(Message):
    """Something is wished for; what it still lacks is asked before it is an operation."""

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
        """The group that it is about; where the entries are pending, if they are."""
        self.consumer = consumer
        self.entries = entries
        """Captured when the key was pressed: a `PendingEntries` from the pending entries list."""


class BulkMarkRequested(Message):
    """Pending entries of a group are to be marked by what they have in common."""

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
        """How many there are, when it was last looked."""
        self.consumers = consumers
        """The names of all consumers."""
        self.consumer = consumer
        """The one whose entries are meant, unless something else is said."""


class UndoRequested(Message):
    """One of the last operations is to be undone; which, has yet to be chosen."""


class PositionRequested(Message):
    """A place in a stream is to be gone to; which, has yet to be chosen."""

    def __init__(self, stream: str) -> None:
        super().__init__()
        self.stream = stream


class ExportRequested(Message):
    """Entries of a stream are to be written to a file; which and how, has yet to be chosen."""

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
        """Entries of the stream, when it was last seen."""
        self.marked = marked
        self.listed = listed
        self.query = query
        """What the filter asks for, if there is one."""


class CopyRequested(Message):
    """Something of an entry is to be copied; what, has yet to be chosen."""

    def __init__(self, stream: str, entry: Entry, value: str) -> None:
        super().__init__()
        self.stream = stream
        self.entry = entry
        self.value = value
        """The value under the cursor."""
