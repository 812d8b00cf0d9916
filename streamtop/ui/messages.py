"""Requests of widgets: messages that go up to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.decode.query import Query
    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId


class LookRequested(Message):
    """Take a new snapshot now: something has changed."""


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
