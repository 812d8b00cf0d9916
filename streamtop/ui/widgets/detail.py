"""The pane of one entry: everything in it, ready to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from streamtop import decode, figures
from streamtop.model.ids import age_ms

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from streamtop.model.entries import Entry
    from streamtop.model.ids import EntryId


class EntryDetail(VerticalScroll, can_focus=True):
    """All fields of an entry in their order, duplicates kept, JSON laid out."""

    HELP = "One entry, whole: its fields in their order, JSON laid out, odd bytes escaped."
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.border_title = "6 Entry"
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="parts", markup=False)

    def say(self, text: str) -> None:
        """Show a sentence instead of an entry."""
        if self._shown != text:
            self._shown = text
            self.border_title = "6 Entry"
            self.border_subtitle = ""
            self.query_one("#parts", Static).update(Content.styled(text, "$foreground 60%"))

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

    @property
    def entry_id(self) -> EntryId | None:
        """The ID of the entry that is shown."""
        return None if self._shown is None or isinstance(self._shown, str) else self._shown.id  # type: ignore[attr-defined] # an Entry

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
