"""The pane of one entry, decoded, as its fields or as bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.reactive import var

from streamtop import figures
from streamtop.model.entries import Entry
from streamtop.model.ids import age_ms
from streamtop.model.text import printable
from streamtop.source import SourceError
from streamtop.ui.widgets.foldable_text import FoldableText
from streamtop.ui.widgets.text_lines import TextLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Group, Stream
    from streamtop.source import Source
    from streamtop.ui.rows import PendingRow
    from streamtop.ui.widgets.entry_layout import View

_GROUPS = 20
"""Groups whose pending entries are looked up, at most."""
_GROUPS_FRESH = 2.0
"""Seconds after which they are looked up again."""


class EntryDetail(FoldableText):
    """An entry as its framework reads it, as its fields, or as its bytes."""

    HELP = (
        "One entry, whole. **v** shows it decoded, as its fields, or as bytes; **Enter** folds "
        "a block, **/** looks for words, **n** for the next; **y** copies."
    )
    NAME: ClassVar[str] = "6 Entry"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "view", "View", id="entry.view", tooltip="Decoded, its fields, its bytes"),
    ]

    view: var[View] = var("decoded")

    def __init__(self) -> None:
        super().__init__(id="detail")
        self.border_title = self.NAME
        self.source: Source | None = None
        self.stream: Stream | None = None
        """The stream of the entry, in the latest snapshot."""
        self._shown: Entry | str | None = None
        self._wanted: tuple[str, EntryId] | None = None
        self._fetching = False
        self._time_ms: int | None = None
        self._body = 0
        self._asked: tuple[EntryId, float] | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry that is shown, if one is."""
        return self._shown if isinstance(self._shown, Entry) else None

    def say(self, text: str) -> None:
        """Show a sentence instead of an entry."""
        if self._shown != text:
            self._shown = text
            self.border_title = self.NAME
            self.border_subtitle = ""
            self.lines = [TextLine(text, "dim")]

    def show_pending(
        self, stream: str, row: PendingRow | None, time_ms: int | None, *, coming: bool
    ) -> None:
        """Show the entry of a row of the pending list, fetching it first.

        Args:
            stream: The stream of the row.
            row: The row; a large payload is taken from it and not fetched again.
            time_ms: The server's clock.
            coming: Whether a missing payload is being loaded for the list.
        """
        before, self._wanted = self._wanted, (stream, row.entry.id) if row is not None else None
        self._time_ms = time_ms
        if row is None:
            self.say("No entry is selected.")
        elif row.payload is not None and row.payload.gone:
            self.say(
                f"Entry {row.entry.id} is no longer in the stream: it was deleted or trimmed "
                "while it was pending. Acknowledging it (a) clears it from the list."
            )
        elif row.payload is not None and row.payload.entry is not None:
            self.show(row.payload.entry, time_ms)
        elif isinstance(self._shown, Entry) and self._shown.id == row.entry.id:
            self.show(self._shown, time_ms)
        elif row.payload is None and coming:
            self._wanted = before  # shown once the list has it
        elif self._wanted != before or not self._fetching:
            self.fetch()

    @work(exclusive=True, group="detail")
    async def fetch(self) -> None:
        """Fetch the wanted entry and show it; a newer request replaces this one."""
        key = self._wanted
        if key is None or self.source is None:
            return
        stream, entry_id = key
        self._fetching = True
        try:
            entry = (await self.source.entries_by_id(stream, [entry_id])).get(entry_id)
        except SourceError as error:
            if self._wanted == key:
                self.say(str(error))
            return
        finally:
            if self._wanted == key:
                self._fetching = False
        if self._wanted != key:
            return  # another entry is shown meanwhile
        if entry is None:
            self.say(f"Entry {entry_id} is no longer in the stream.")
        else:
            self.show(entry, self._time_ms)

    def show(self, entry: Entry, time_ms: int | None) -> None:
        """Show an entry; the same one is not drawn again."""
        age = figures.duration(age_ms(entry.id, time_ms))
        fields = "1 field" if len(entry.fields) == 1 else f"{len(entry.fields):,} fields"
        self.border_subtitle = f"{fields}, {figures.size(entry.size)}, {age} old"
        # An entry never changes: one of the same ID and size needs no comparison of its bytes.
        before, self._wanted = self.entry, None
        if before is None or before.id != entry.id or before.size != entry.size:
            self._shown = entry
            self._lay_out()
        self._ask_groups(entry)

    def watch_view(self) -> None:
        if self.entry is not None:
            self._lay_out()

    def _lay_out(self) -> None:
        from streamtop.ui.widgets.entry_layout import entry_lines  # brings all decoders

        entry = self.entry
        if entry is not None:
            self.border_title = f"{self.NAME} {entry.id} ─ {self.view}"
            lines = entry_lines(entry, self.view)
            self._body, self._asked = len(lines), None
            self.lines = lines

    # Which groups have it

    def _ask_groups(self, entry: Entry) -> None:
        """Look up the entry in the groups, if that is unknown or outdated."""
        now = asyncio.get_running_loop().time()
        asked_id, asked_at = self._asked or (None, 0.0)
        if asked_id != entry.id or now - asked_at > _GROUPS_FRESH:
            self._asked = entry.id, now
            self.ask_groups(entry)

    @work(exclusive=True, group="groups")
    async def ask_groups(self, entry: Entry) -> None:
        """Show below the entry how each group stands to it."""
        stream, source = self.stream, self.source
        if stream is None or source is None or not stream.groups:
            return
        try:
            lines = [
                await _group_line(source, stream.name, group, entry.id)
                for group in stream.groups[:_GROUPS]
            ]
        except SourceError:
            return  # the header says what is wrong with the server
        more = len(stream.groups) - _GROUPS
        if more > 0:
            lines.append(TextLine(f"  … and {more:,} more groups", "dim"))
        if self.entry is not None and self.entry.id == entry.id:
            self.replace_end(self._body, [TextLine("groups", "title"), *lines])

    # Keys

    def action_view(self) -> None:
        """Show the next view."""
        order: Sequence[View] = ("decoded", "fields", "bytes")
        self.view = order[(order.index(self.view) + 1) % len(order)]


async def _group_line(source: Source, stream: str, group: Group, entry_id: EntryId) -> TextLine:
    """How a group stands to an entry: undelivered, pending with a consumer, or done."""
    name = printable(group.name)
    if entry_id > group.last_delivered_id:
        return TextLine(f"  {name}  not delivered yet")
    [row] = await source.pending_now(stream, group.name, [entry_id]) if group.pending else [None]
    if row is None:
        return TextLine(f"  {name}  passed, and not pending", "dim")
    if row.idle_ms < 0:
        return TextLine(f"  {name}  pending, held by nobody")
    times = "1 delivery" if row.deliveries == 1 else f"{figures.count(row.deliveries)} deliveries"
    held = f"{printable(row.consumer)} for {figures.duration(row.idle_ms)}"
    return TextLine(f"  {name}  pending with {held}, {times}")
