"""The pane of one entry: everything in it, ready to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from streamtop import decode, figures
from streamtop.model.entries import Entry
from streamtop.model.ids import age_ms
from streamtop.source import SourceError

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from streamtop.model.ids import EntryId
    from streamtop.source import Source
    from streamtop.ui.rows import PendingRow


class EntryDetail(VerticalScroll, can_focus=True):
    """All fields of an entry in their order, duplicates kept, JSON laid out."""

    HELP = "One entry, whole: its fields in their order, JSON laid out, odd bytes escaped."
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.border_title = "6 Entry"
        self.source: Source | None = None
        self._shown: Entry | str | None = None
        self._wanted: tuple[str, EntryId] | None = None
        self._fetching = False
        self._time_ms: int | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="parts", markup=False)

    def say(self, text: str) -> None:
        """Show a sentence instead of an entry."""
        if self._shown != text:
            self._shown = text
            self.border_title = "6 Entry"
            self.border_subtitle = ""
            self.query_one("#parts", Static).update(Content.styled(text, "$foreground 60%"))

    def show_pending(self, stream: str, row: PendingRow | None, time_ms: int | None) -> None:
        """Show the entry of a row of the pending list, fetching it first."""
        before, self._wanted = self._wanted, (stream, row.entry.id) if row is not None else None
        self._time_ms = time_ms
        if row is None:
            self.say("No entry is selected.")
        elif row.payload is not None and row.payload.gone:
            self.say(
                f"Entry {row.entry.id} is no longer in the stream: it was deleted or trimmed "
                "while it was pending. Acknowledging it (a) clears it from the list."
            )
        elif isinstance(self._shown, Entry) and self._shown.id == row.entry.id:
            self.show(self._shown, time_ms)
        elif self._wanted != before or not self._fetching:
            self.fetch()

    @work(exclusive=True, group="detail")
    async def fetch(self) -> None:
        """Fetch the wanted entry and show it; a newer wish takes the place of this one."""
        wanted = self._wanted
        if wanted is None or self.source is None:
            return
        stream, entry_id = wanted
        self._fetching = True
        try:
            entry = (await self.source.entries_by_id(stream, [entry_id])).get(entry_id)
        except SourceError as error:
            self.say(str(error))
            return
        finally:
            if self._wanted == wanted:
                self._fetching = False
        if entry is None:
            self.say(f"Entry {entry_id} is no longer in the stream.")
        else:
            self.show(entry, self._time_ms)

    def show(self, entry: Entry, time_ms: int | None) -> None:
        """Show an entry; the same one is not drawn again."""
        age = figures.duration(age_ms(entry.id, time_ms))
        fields = "1 field" if len(entry.fields) == 1 else f"{len(entry.fields):,} fields"
        self.border_subtitle = f"{fields}, {figures.size(entry.size)}, {age} old"
        if self._shown == entry:
            return
        self._shown = entry
        self.border_title = f"6 Entry {entry.id}"
        self.scroll_home(animate=False)
        self.query_one("#parts", Static).update(self._content(entry))

    @staticmethod
    def _content(entry: Entry) -> Content:
        from textual.highlight import highlight  # brings pygments: not needed for the first frame

        lines: list[Content] = []
        for part in decode.parts(entry):
            note = f"  {part.note}" if part.note else ""
            title = Content.assemble((part.title, "$text-accent bold"), (note, "$foreground 60%"))
            if part.language == "json":
                lines += (title, highlight(part.text, language="json"))
            elif "\n" not in part.text and len(part.text) < 60 and not part.note:
                lines.append(Content.assemble(title, "  ", part.text))
            else:
                lines += (title, Content(part.text))
        return Content("\n").join(lines)
