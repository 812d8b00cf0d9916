"""What widgets wish for: messages that go up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamtop.decode.query import Query
    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations import Operation

Action = Literal[
    "acknowledge",
    "claim",
    "replay",
    "release",
    "delete",
    "dead-letter",
    "hand-over",
    "take-over",
    "redrive",
    "add",
    "edit",
    "create-group",
    "set-id",
    "destroy-group",
    "create-consumer",
    "remove-consumer",
    "trim",
    "delete-stream",
]
"""What can be wished for."""

NEEDS: Mapping[Action, tuple[str, ...]] = {
    "acknowledge": ("EVAL", "XACK"),
    "claim": ("EVAL", "XCLAIM"),
    "replay": ("EVAL", "XADD"),
    "release": ("EVAL", "XNACK"),
    "delete": ("EVAL", "XDEL"),
    "dead-letter": ("EVAL", "XADD", "XACK"),
    "hand-over": ("EVAL", "XCLAIM"),
    "take-over": ("EVAL", "XCLAIM"),
    "redrive": ("EVAL", "XADD"),
    "add": ("XADD",),
    "edit": ("XADD",),
    "create-group": ("EVAL", "XGROUP CREATE"),
    "set-id": ("EVAL", "XGROUP SETID"),
    "destroy-group": ("EVAL", "XGROUP DESTROY"),
    "create-consumer": ("XGROUP CREATECONSUMER",),
    "remove-consumer": ("EVAL", "XGROUP DELCONSUMER"),
    "trim": ("EVAL", "XTRIM"),
    "delete-stream": ("EVAL", "UNLINK"),
}
"""The commands without which a wish cannot come true, whatever is chosen for it."""


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
