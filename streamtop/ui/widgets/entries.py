"""The browser of a stream's entries, newest first, paged both ways."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding
from textual.content import Content

from streamtop import figures
from streamtop.decode import SlowQueryError
from streamtop.model.ids import EntryId, age_ms
from streamtop.model.text import printable
from streamtop.source import SourceError
from streamtop.ui.actions import ActionRequested, bindings_of
from streamtop.ui.messages import PositionRequested
from streamtop.ui.text import as_sentence
from streamtop.ui.widgets.entry_browser import TAIL_EVERY, EntryBrowser
from streamtop.ui.widgets.entry_filter import EntryFilter, EntrySearch
from streamtop.ui.widgets.entry_rows import FIRST, LAST, EntryRow, columns_for, entry_row
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType

    from streamtop.model.entries import Entry
    from streamtop.model.snapshot import Stream
    from streamtop.source import Direction
    from streamtop.ui.actions import Action
    from streamtop.ui.widgets.columns import Column
    from streamtop.ui.widgets.entry_browser import CursorMove, Place


class EntryTable(LiveTable[EntryRow]):
    """One row for each loaded entry, in the terms of the framework that wrote it."""

    NAME = "5 Entries"
    HELP = (
        "The entries of the selected stream, newest first; more are loaded at either end. **g** "
        "goes to an entry, a time, or the position of a group; **t** follows live. **/** filters "
        "by words, `/regex/`, `name=value` or `$.path=value`, and **n** searches the whole stream "
        "for more of it. Mark some with **space**; **r** replays them, **e** exports."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "go_to", "Go to", id="entries.go-to", tooltip="An ID, a time, a group"),
        Binding("t", "follow", "Follow", id="entries.follow", tooltip="Show what is added, live"),
        Binding(
            *("n", "search(1)", "Search on"),
            show=False,
            id="entries.search",
            tooltip="Search older entries for more; stop",
        ),
        Binding(
            *("N", "search(-1)", "Search back"),
            show=False,
            id="entries.search-back",
            tooltip="Search newer entries for more",
        ),
        *bindings_of("entries"),
    ]

    marks: Marks[EntryRow]

    def __init__(self) -> None:
        super().__init__(
            (*FIRST, LAST),
            key=lambda row: row.entry.id,
            marks=Marks(lambda row: row.entry.id),
            id="entries",
        )
        self.browser = EntryBrowser(
            self._window_changed, in_view=lambda: self.in_view, failed=self._load_failed
        )
        self.filter = EntryFilter()
        self.search = EntrySearch()
        self.time_ms: int | None = None

    def on_mount(self) -> None:
        self.run_worker(self.browser.loader.run(), group="loading")
        self.set_interval(TAIL_EVERY, self.browser.read_tail)

    def on_resize(self) -> None:
        self.browser.lines = self.size.height

    def on_show(self) -> None:
        self.browser.loader.request("shown")

    # The stream

    @property
    def stream(self) -> Stream | None:
        """The stream whose entries are listed."""
        return self.browser.stream

    def show(self, stream: Stream | None, time_ms: int | None) -> None:
        """List the entries of this stream, as it is now."""
        self.time_ms = time_ms
        if (self.stream and self.stream.name) != (stream and stream.name):
            self.browser.begin(stream)
            self.start_over()
            if stream is None:
                self.empty = "No stream is selected."
        elif stream is not None:
            self.browser.look(stream, anchored=bool(self.marks))
            if self.in_view:
                self._show_rows(
                    EntryRow(row.entry, row.summary, row.facts, age_ms(row.entry.id, time_ms))
                    for row in self.data
                )

    def go_to(self, place: Place) -> None:
        """Go to an end of the stream, or to the first entry at or after an ID."""
        self.follow(False)
        self.needle = ""
        self.browser.go_to(place)

    def follow(self, following: bool) -> None:
        """Begin to show entries live, as they are added, or stop."""
        self.browser.follow(following)
        if following:
            self.needle = ""
        self.show_title()

    # From the window to rows

    def _window_changed(self, move: CursorMove) -> None:
        if move == "first" or (self.browser.following and self.cursor == 0):
            self.to_top()
        self.empty = "The stream holds no entries."
        if self.search.found is None:
            self._show_entries(self.browser.window.entries)
        if move == "last":
            self.cursor = len(self.rows) - 1
        elif isinstance(move, EntryId):
            self.select(move)

    def _load_failed(self, why: str) -> None:
        self.empty = why

    def _show_entries(self, entries: Iterable[Entry]) -> None:
        """List these entries; those that are listed already are not decoded again."""
        known = {row.entry.id: row for row in self.data}
        self._show_rows(known.get(entry.id) or entry_row(entry, self.time_ms) for entry in entries)

    def _show_rows(self, rows: Iterable[EntryRow]) -> None:
        """List these rows in the columns that suit them."""
        rows = list(rows)
        columns = columns_for(rows)
        if _titles(columns) != _titles(self.columns):
            self._change_columns(columns)
        self.data = rows
        self.marks.refresh(rows)
        self.show_title()

    def _change_columns(self, columns: Sequence[Column[EntryRow]]) -> None:
        sorted_by = None if self.sort_column is None else self.columns[self.sort_column].title
        self.columns = columns
        titles = [column.title for column in columns]
        at = titles.index(sorted_by) if sorted_by in titles else None
        self.set_reactive(EntryTable.sort_column, at)
        self.place_columns()

    # Filter and search

    def watch_needle(self) -> None:
        self._end_search()
        self.filter.set(self.needle)
        self._evaluate_filter()

    @work(group="filter", exclusive=True)
    async def _evaluate_filter(self) -> None:
        await self.filter.evaluate(row.entry for row in self.data)
        self.rearrange()

    def fits(self, row: EntryRow) -> bool:
        """Whether a row matches the query."""
        return self.filter.fits(row.entry)

    def rearrange(self) -> None:
        """Filter and sort the data again."""
        self.filter.forget_beyond(len(self.data))
        super().rearrange()

    @property
    def searching(self) -> bool:
        """Whether a search is running."""
        return any(
            worker.group == "search" and not worker.is_finished and worker.node is self
            for worker in self.workers
        )

    def action_search(self, by: int) -> None:
        """Search for further matches in older entries, or newer ones; pressed again, stop."""
        if self.searching:
            self.workers.cancel_group(self, "search")
            self.search.stopped()
            self.show_title()
        elif self.filter.query is None:
            self.notify("Type a filter first: press /.", title="Search", markup=False)
        else:
            self.follow(False)
            self._search("newest_first" if by > 0 else "oldest_first")

    @work(group="search", exclusive=True)
    async def _search(self, direction: Direction) -> None:
        """Read on from the last row, page by page, and list the matches."""
        source, stream, query = self.browser.loader.source, self.stream, self.filter.query
        if source is None or stream is None or query is None:
            return
        matching = [row.entry for row in self.data if self.fits(row)]
        pages = self.search.read_on(
            source, stream.name, query, direction, self.browser.window, matching, self.time_ms
        )
        try:
            async with aclosing(pages):
                async for _ in pages:
                    if self.search.found is not None:
                        self._show_entries(self.search.found.values())
        except (SourceError, SlowQueryError) as error:
            why = as_sentence(str(error))
            self.notify(why, title="Search ended", severity="error", markup=False)
        self.show_title()

    def _end_search(self) -> None:
        """Stop searching, and list the loaded window again."""
        self.workers.cancel_group(self, "search")
        if self.search.clear():
            self._show_entries(self.browser.window.entries)

    # The border

    def title(self) -> Content:
        """The name of the pane, the filter, and whether entries are shown live."""
        parts = [super().title()]
        if self.browser.following:
            parts.append(Content.styled("live", "$text-success"))
        if self.filter.error:
            parts.append(Content(printable(self.filter.error)))
        return Content(" ─ ").join(parts)

    @property
    def tally(self) -> str:
        """How many entries are listed, of how many, and what else there is."""
        if self.stream is None or not (self.data or self.search.status):
            return ""
        parts = [self._skipped] if self.browser.following else []
        if self.search.status:
            parts.append(self.search.status)
        elif self.browser.newer:
            parts.append("newer entries: Home")
        parts.append(self._shown(self.stream))
        return " ─ ".join(filter(None, parts))

    def _shown(self, stream: Stream) -> str:
        """How many entries are listed, and among how many they were looked for."""
        shown, window = f"{len(self.rows):,}", self.browser.window
        loaded = len(window.entries)
        if not self.filter.query or self.search.covers(window):
            return f"{shown} of {stream.length:,}"
        if self.search.found is None:
            return f"{shown} of the {loaded:,} loaded; n searches all {stream.length:,}"
        return f"{shown} of the {loaded + self.search.read:,} searched"

    @property
    def why_empty(self) -> str:
        if self.filter.query and (self.data or self.search.status):
            told = self._shown(self.stream) if self.stream else ""
            return f"Nothing matches /{self.needle}: {told}"
        return super().why_empty

    @property
    def _skipped(self) -> str:
        """How many entries were added too fast to be shown."""
        tail = self.browser.tail
        if tail.skipped:
            return f"{figures.count(tail.skipped)} skipped"
        return "some skipped" if tail.skipped is None and tail.jumped else ""

    # Keys

    def watch_cursor(self) -> None:
        super().watch_cursor()
        if self.data and self.in_own_order:
            self.browser.approach(self.cursor)

    def action_move(self, by: int) -> None:
        """Move the cursor; beyond either end further entries are loaded."""
        self._load_beyond(by)
        super().action_move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful; beyond either end further entries are loaded."""
        self._load_beyond(by)
        super().action_page(by)

    def _load_beyond(self, by: int) -> None:
        if not self.needle:
            at_last = self.cursor >= len(self.rows) - 1
            self.browser.step(by, at_first=self.cursor == 0, at_last=at_last)

    def action_edge(self, which: int) -> None:
        """Home goes to the newest entry there is now, End to the oldest."""
        if not self.needle:
            browser = self.browser
            if which < 0 and (browser.newer or not browser.window.at_newest):
                browser.go_to("newest")
            elif which > 0 and not browser.window.at_oldest:
                self.go_to("oldest")
                return
        super().action_edge(which)

    def action_go_to(self) -> None:
        """Ask where to go in the stream."""
        if self.stream is not None:
            self.post_message(PositionRequested(self.stream.name))

    def action_follow(self) -> None:
        """Follow live from the first row, or stop."""
        if self.stream is not None:
            self.follow(not self.browser.following)
            if self.browser.following:
                self.cursor = 0

    # Requests

    def why_not(self, action: Action) -> str | None:
        if self.stream is None:
            return "No stream is selected."
        if action == "edit":
            return None if self.selected is not None else "No entry is selected."
        return None if action == "add" or self.has_chosen else "No entry is chosen."

    def request(self, action: Action) -> ActionRequested | None:
        """The request for the action on the marked entries, or else the selected one."""
        if self.stream is None:
            return None
        ids = self.chosen_ids
        if action == "add":
            ids = ()
        elif action == "edit":
            ids = () if self.selected is None else (self.selected.entry.id,)
        return ActionRequested(action, self.stream.name, entries=ids)


def _titles(columns: Sequence[Column[EntryRow]]) -> list[tuple[str, int]]:
    return [(column.title, column.width) for column in columns]
