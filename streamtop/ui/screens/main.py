"""The one screen: streams, groups, consumers, pending entries, entries, and one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import parse
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.reactive import var
from textual.screen import Screen

from streamtop.ui import rows
from streamtop.ui.actions import NEEDS, Action
from streamtop.ui.messages import (
    BulkMarkRequested,
    CopyRequested,
    ExportRequested,
    UndoRequested,
)
from streamtop.ui.screens.pane_layout import LISTS, PaneLayout
from streamtop.ui.text import as_sentence
from streamtop.ui.widgets.consumers import ConsumerTable
from streamtop.ui.widgets.detail import EntryDetail
from streamtop.ui.widgets.entries import EntryTable
from streamtop.ui.widgets.filter_line import FilterLine
from streamtop.ui.widgets.foldable_text import FoldableText
from streamtop.ui.widgets.groups import GroupTable
from streamtop.ui.widgets.header import Header
from streamtop.ui.widgets.key_bar import KeyBar
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.pane_bar import PANES, PaneBar
from streamtop.ui.widgets.pending import PendingTable
from streamtop.ui.widgets.streams import StreamTable
from streamtop.ui.widgets.verdict_line import VerdictLine

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from streamtop.model.abilities import Abilities
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.operations import Operation, Receipt
    from streamtop.source import Source

_PANES_OF = {
    "faults": {"streams"},
    "recount": {"groups", "consumers"},
    "bulk": {"groups", "consumers", "pending"},
    "copy": {*LISTS, "detail"},
    "export": {*LISTS, "detail"},
}
"""The panes in which a key does something; the others work in all."""


class MainScreen(Screen[None]):
    """All panes; the selection in one decides what the next ones show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                str(number),
                f"go('{pane}')",
                pane.capitalize(),
                show=False,
                priority=True,
                id=f"pane.{pane}",
            )
            for number, pane in enumerate(PANES, start=1)
        ),
        Binding("tab", "step(1)", "Next pane", show=False, id="pane.next"),
        Binding("shift+tab", "step(-1)", "Previous pane", show=False, id="pane.previous"),
        Binding("escape", "out", "Back", id="pane.out", tooltip="Go back"),
        Binding("z", "zoom", "Zoom", id="pane.zoom", tooltip="Give the pane the whole screen"),
        Binding("l", "recount", "Count lag", id="groups.recount", tooltip="Count it in full; stop"),
        Binding("b", "bulk", "Mark by…", id="pending.bulk", tooltip="Mark entries by conditions"),
        Binding("u", "undo", "Undo", id="app.undo", tooltip="Undo one of the last operations"),
        Binding("y", "copy", "Copy", show=False, id="entry.copy", tooltip="Value, entry, command"),
        Binding(
            "e", "export", "Export", show=False, id="entries.export", tooltip="Write to a file"
        ),
        Binding("slash", "filter", "Filter", key_display="/", priority=True, id="table.filter"),
        Binding("f", "faults", "Faults", id="streams.faults", tooltip="Show trouble only"),
    ]

    snapshot: var[Snapshot | None] = var(None, always_update=True)
    source: var[Source | None] = var(None)
    abilities: var[Abilities | None] = var(None)
    """What server and user permit; `None` while that is not known."""
    faults_only: var[bool] = var(False)

    def __init__(self, judge: rows.Judge, *, keeps_journal: bool) -> None:
        """Make the screen.

        Args:
            judge: Judges the snapshots.
            keeps_journal: Whether operations are recorded, so that they can be undone.
        """
        super().__init__()
        self.judge = judge
        self.keeps_journal = keeps_journal
        self.panes = PaneLayout(lambda: self.app.size, self._fuller_list)

    def compose(self) -> ComposeResult:
        yield Header()
        yield PaneBar()
        yield StreamTable()
        with Horizontal(id="middle"):
            yield GroupTable()
            yield ConsumerTable()
        yield VerdictLine()
        with Horizontal(id="lower"):
            yield PendingTable(self.judge.limits.poison_deliveries)
            yield EntryTable()
            yield EntryDetail()
        yield FilterLine()
        yield KeyBar(show_command_palette=False)

    def on_mount(self) -> None:
        self.streams = self.query_one(StreamTable)
        self.groups = self.query_one(GroupTable)
        self.consumers = self.query_one(ConsumerTable)
        self.pending = self.query_one(PendingTable)
        self.entries = self.query_one(EntryTable)
        self.detail = self.query_one(EntryDetail)
        for table in self.query(LiveTable):
            table.show_title()
        self.streams.empty = "Looking…"
        self.lay_out()
        self.set_focus(self.streams)

    # Selection

    def _fuller_list(self) -> str:
        return "pending" if self.group is not None and self.group.pending else "entries"

    @property
    def stream(self) -> Stream | None:
        """The selected stream, as it was last seen."""
        row = self.streams.selected
        return None if row is None else row.stream

    @property
    def group(self) -> Group | None:
        """The selected group, as it was last seen."""
        row = self.groups.selected
        return None if row is None else row.group

    @on(LiveTable.Moved)
    def follow(self, event: LiveTable.Moved) -> None:
        """Another row is selected: the panes that depend on it change."""
        event.stop()
        if event.table.id in {"pending", "entries"}:
            self.show_entry()
        else:
            self.update_panes()

    @on(LiveTable.Opened)
    def go_in(self, event: LiveTable.Opened) -> None:
        """Enter goes into the row."""
        event.stop()
        match event.table.id:
            case "streams":
                has_groups = self.stream is not None and self.stream.groups
                self.action_go("groups" if has_groups else "entries")
            case "groups":
                self.action_go("consumers")
            case "consumers":
                row = self.consumers.selected
                self.pending.show_only(row.consumer.name if row else None)
                self.action_go("pending")
            case _:
                self.action_go("detail")

    def select(self, stream: str, group: str | None = None, consumer: str | None = None) -> None:
        """Go to a stream, one of its groups or one of its consumers, by name."""
        self.faults_only = False
        self.streams.needle = self.groups.needle = self.consumers.needle = ""
        self.streams.select(stream)
        self.update_panes()
        pane = "streams"
        if group is not None and self.groups.select((stream, group)):
            self.update_panes()
            pane = "groups"
        if consumer is not None and self.consumers.select(consumer):
            pane = "consumers"
        self.action_go(pane)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do nothing in a pane are not in the footer; others are greyed."""
        if action in {"filter", "go"} and isinstance(self.focused, FilterLine):
            return False
        if self.current not in _PANES_OF.get(action, PANES):
            return False
        if action == "zoom" and self.panes.small and not self.panes.zoomed:
            return False
        return True if self.why_not(action, parameters) is None else None

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str | None:
        """Why a key does nothing here, in a sentence; `None` if it does."""
        match action:
            case "request":
                return self._why_no_request(*parameters)
            case "bulk":
                return None if self.group and self.group.pending else "Nothing is pending here."
            case "copy" | "export":
                return None if self.detail.entry is not None else "No entry is selected."
            case "recount" if not self.query_one(VerdictLine).counting:
                if self.group is None:
                    return "No group is selected."
                proven = self.group.lag.trust == "exact"
                return "The lag is proven already." if proven else None
            case "undo" if self.abilities is not None and self.abilities.read_only is not None:
                return as_sentence(self.abilities.read_only)
            case "undo" if not self.keeps_journal:
                return "No journal is kept: nothing can be undone."
        return None

    def _why_no_request(self, *parameters: object) -> str | None:
        table = self.focused
        if not isinstance(table, LiveTable):
            return None
        [action] = (action for action in NEEDS if (action,) == parameters)
        lacking = None if self.abilities is None else self.abilities.why_not(*NEEDS[action])
        return table.why_not(action) if lacking is None else as_sentence(lacking)

    def on_key(self, event: events.Key) -> None:
        """Say why a greyed key does nothing."""
        active = self.active_bindings.get(event.key)
        if active is not None and not active.enabled:
            _, action, parameters = parse(active.binding.action)
            why_not = self.why_not(action, parameters)
            if why_not is not None:
                self.notify(why_not, title=active.binding.description, markup=False)

    def action_request(self, action: Action) -> None:
        """Request an action on what is selected or marked in the pane that has the focus."""
        if isinstance(self.focused, LiveTable):
            request = self.focused.request(action)
            if request is not None:
                self.post_message(request)

    def action_bulk(self) -> None:
        """Request that pending entries be marked by what they have in common."""
        stream, group = self.stream, self.group
        if stream is None or group is None:
            return
        row = self.consumers.selected if self.current == "consumers" else None
        consumer = row.consumer if row is not None else None
        self.post_message(
            BulkMarkRequested(
                stream.name,
                group.name,
                pending=group.pending if consumer is None else consumer.pending,
                consumers=tuple(consumer.name for consumer in group.consumers),
                consumer=consumer.name if consumer is not None else self.pending.only,
            )
        )

    def mark_bulk(
        self, requested: BulkMarkRequested, entries: PendingEntries, *, stopped: bool
    ) -> None:
        """Mark the entries that a request found, and go to them."""
        at = (self.stream and self.stream.name, self.group and self.group.name)
        if at != (requested.stream, requested.group):
            outcome = "The group is not there any more."
        elif not entries:
            outcome = "No pending entry matches; nothing is marked."
        else:
            self.action_go("pending")
            self.pending.marks.replace(entries)
            self.pending.marks_changed()
            some = "1 entry is" if len(entries) == 1 else f"{len(entries):,} entries are"
            outcome = f"{some} marked" + (": the search ended there." if stopped else ".")
        self.notify(outcome, markup=False)

    async def unmark(self, operation: Operation, receipt: Receipt) -> None:
        """Remove the marks of the entries that an operation reached."""
        for table in (self.pending, self.entries):
            await table.marks.remove_reached(operation, operation.total - receipt.left)
            table.marks_changed()

    def action_copy(self) -> None:
        """Request a copy of something of the entry that is shown."""
        entry, stream = self.detail.entry, self.stream
        if entry is not None and stream is not None:
            value = self.detail.value if self.current == "detail" else ""
            self.post_message(CopyRequested(stream.name, entry, value))

    def action_export(self) -> None:
        """Request that entries be written to a file."""
        stream = self.stream
        if stream is None:
            return
        in_entries = self.panes.list_shown == "entries"
        table = self.entries if in_entries else self.pending
        self.post_message(
            ExportRequested(
                stream.name,
                stream.length,
                marked=table.chosen_ids if table.marks else (),
                listed=[row.entry.id for row in table.rows],
                query=self.entries.filter.query if in_entries else None,
            )
        )

    def action_undo(self) -> None:
        """Request to undo one of the last operations."""
        self.post_message(UndoRequested())

    def action_recount(self) -> None:
        """Count the selected group's lag in full; pressed again, stop counting."""
        if self.source is not None and self.stream is not None and self.group is not None:
            self.query_one(VerdictLine).recount(self.source, self.stream.name, self.group)

    def action_filter(self) -> None:
        """Open the filter line for the pane in use."""
        if self._narrowed is not None:
            self.query_one(FilterLine).begin(self._narrowed)

    def action_faults(self) -> None:
        """Show only streams in trouble, or all again."""
        self.faults_only = not self.faults_only

    # From pane to pane

    @property
    def current(self) -> str:
        """The pane that has, or last had, the focus."""
        return self.panes.current

    def lay_out(self) -> None:
        """Show the panes for which there is room."""
        visible = self.panes.visible
        bar = self.query_one(PaneBar)
        bar.current = self.current
        _display(bar, self.panes.one_pane)
        _display(self.query_one("#middle"), bool(visible & {"groups", "consumers"}))
        _display(self.query_one("#lower"), bool(visible & {*LISTS, "detail"}))
        for pane in PANES:
            _display(self.query_one(f"#{pane}"), pane in visible)
        self.set_class(self.panes.one_pane, "-one-pane")
        self.query_one(KeyBar).compact = self.panes.narrow

    def on_resize(self) -> None:
        self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if event.widget.id in PANES and event.widget.id != self.current:
            self.panes.current = event.widget.id
            self.lay_out()
            self.refresh_bindings()
            self._pane_changed()

    def action_go(self, pane: str) -> None:
        """Go to a pane."""
        self.panes.go(pane)
        self.lay_out()
        self.set_focus(self.query_one(f"#{pane}"))
        self._pane_changed()

    def action_step(self, by: int) -> None:
        """Go to the next pane that is shown, or that could be."""
        self.action_go(self.panes.next(by))

    def action_zoom(self) -> None:
        """Give the current pane the whole screen, or give it back."""
        self.panes.zoomed = not self.panes.zoomed
        self.lay_out()
        self.refresh_bindings()

    def action_out(self) -> None:
        """Undo one step: a filter, a zoom, a pane."""
        narrowed = self._narrowed
        if narrowed is not None and narrowed.needle:
            narrowed.needle = ""
        elif self.panes.zoomed:
            self.action_zoom()
        elif self.panes.outer is not None:
            self.action_go(self.panes.outer)

    @property
    def _narrowed(self) -> LiveTable | FoldableText | None:  # type: ignore[type-arg] # of whatever rows
        """The pane that the filter line would narrow."""
        pane = self.query_one(f"#{self.current}")
        return pane if isinstance(pane, LiveTable | FoldableText) else None

    @on(PaneBar.Picked)
    def pick_pane(self, event: PaneBar.Picked) -> None:
        """Go to the pane that was clicked on the bar."""
        self.action_go(event.pane)

    def _pane_changed(self) -> None:
        if self.current == "consumers":
            self.pending.show_only(None)
        self.update_panes()

    # From a snapshot to the panes

    def watch_source(self, source: Source | None) -> None:
        if self.is_mounted:
            self.detail.source = source
            self.pending.loader.source = self.entries.browser.loader.source = source

    def watch_abilities(self) -> None:
        self.refresh_bindings()

    def watch_snapshot(self) -> None:
        if self.is_mounted:
            self.update_panes()

    def watch_faults_only(self) -> None:
        if self.is_mounted:
            self.update_panes()

    def update_panes(self) -> None:
        """Show the snapshot; each pane what is selected in the one before it."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        judge, judged = self.judge, self.judge.judged(snapshot)
        streams = judged.streams
        if self.faults_only:
            streams = [row for row in streams if row.verdict.is_trouble or row.stream.error]
        self.streams.empty = self._why_no_streams(snapshot)
        self.streams.data = streams
        stream = self.stream
        self.groups.empty = "This stream has no groups." if stream else ""
        self.groups.data = rows.group_rows(stream, judged, judge.history) if stream else ()
        group = self.group
        self.groups.stream = self.consumers.stream = stream
        self.consumers.group = group
        if self.source is not None and stream is not None and group is not None:
            self.source.prefer(stream.name, group.name)
        self.consumers.empty = "This group has no consumers." if group else ""
        past = judge.history.changes(stream.name, group.name) if stream and group else None
        self.consumers.data = (
            rows.consumer_rows(group, snapshot, judge.limits, past) if group else ()
        )
        self.lay_out()
        self.pending.show(stream, group)
        self.entries.browser.in_use = self.current in {"entries", "detail"}
        self.entries.show(stream, snapshot.time_ms)
        self.query_one(VerdictLine).show(stream, self.groups.selected)
        bar = self.query_one(PaneBar)
        bar.path = tuple(part.name for part in (stream, group) if part is not None)
        self.show_entry()

    def _why_no_streams(self, snapshot: Snapshot) -> str:
        if self.faults_only:
            return "No trouble: f shows all streams."
        return "No streams here." if snapshot.complete else "No streams yet; still scanning…"

    # One entry

    def show_entry(self) -> None:
        """Show the selected entry of the list that is in use."""
        time_ms = self.snapshot.time_ms if self.snapshot else None
        self.detail.stream = self.stream
        row = self.entries.selected
        if self.panes.list_shown == "pending" and self.stream is not None:
            pending = self.pending
            coming = pending.in_view or pending.fetching
            self.detail.show_pending(self.stream.name, pending.selected, time_ms, coming=coming)
        elif row is not None:
            self.detail.show(row.entry, time_ms)
        else:
            self.detail.say("No entry is selected.")


def _display(widget: Widget, shown: bool) -> None:
    """Show or hide a widget; an unchanged one costs no new layout."""
    if widget.display != shown:
        widget.display = shown
