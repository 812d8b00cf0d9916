"""What widgets wish for: messages that go up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from streamtop.model.entries import PendingEntry
    from streamtop.model.ids import EntryId
    from streamtop.operations import Operation


class LookWanted(Message):
    """Something is known to have changed: the server is to be looked at now."""


class Wanted(Message):
    """An operation is wanted; it is shown and confirmed before it is run."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


class ClaimWanted(Message):
    """Entries are to be claimed, for a consumer that has yet to be chosen."""

    def __init__(
        self, stream: str, group: str, entries: tuple[PendingEntry, ...], without_payload: int
    ) -> None:
        super().__init__()
        self.stream = stream
        self.group = group
        self.entries = entries
        self.without_payload = without_payload


class ReplayWanted(Message):
    """Entries are to be replayed, to a stream that has yet to be chosen."""

    def __init__(
        self, stream: str, entries: tuple[PendingEntry | EntryId, ...], group: str | None
    ) -> None:
        super().__init__()
        self.stream = stream
        self.entries = entries
        self.group = group
        """The group for which the entries are pending, if they are."""
