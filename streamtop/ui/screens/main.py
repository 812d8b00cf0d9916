"""The one screen: streams, groups, consumers, pending entries, entries, and one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.reactive import var

from streamtop.ui import rows
from streamtop.ui.screens.bulk import BulkScreen
from streamtop.ui.screens.recount import RecountScreen
from streamtop.ui.widgets.consumers import ConsumerTable
from streamtop.ui.widgets.detail import EntryDetail
from streamtop.ui.widgets.entries import EntryTable
from streamtop.ui.widgets.filter_line import FilterLine
from streamtop.ui.widgets.groups import GroupTable
from streamtop.ui.widgets.header import Header
from streamtop.ui.widgets.key_bar import KeyBar
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.pane_bar import PaneBar
from streamtop.ui.widgets.pending import PendingTable
from streamtop.ui.widgets.streams import StreamTable
from streamtop.ui.widgets.verdict_line import VerdictLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from streamtop.model.abilities import Abilities
    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.source import Source


class MainScreen(BulkScreen, RecountScreen):
    """All panes; the selection in one decides what the next ones show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", priority=True, id="table.filter"),
        Binding("f", "faults", "Faults", id="streams.faults", tooltip="Show trouble only"),
    ]

    snapshot: var[Snapshot | None] = var(None, always_update=True)
    faults_only: var[bool] = var(False)

    def __init__(self, judge: rows.Judge, *, keeps_journal: bool) -> None:
        super().__init__()
        self.judge = judge
        self.keeps_journal = keeps_journal

    def compose(self) -> ComposeResult:
        yield Header()
        yield PaneBar()
        yield StreamTable(id="streams")
        with Horizontal(id="middle"):
            yield GroupTable(id="groups")
            yield ConsumerTable(id="consumers")
        yield VerdictLine()
        with Horizontal(id="lower"):
            yield PendingTable(id="pending")
            yield EntryTable(id="entries")
            yield EntryDetail(id="detail")
        yield FilterLine()
        yield KeyBar(show_command_palette=False)

    def on_mount(self) -> None:
        self.streams = self.query_one(StreamTable)
        self.groups = self.query_one(GroupTable)
        self.consumers = self.query_one(ConsumerTable)
        self.pending = self.query_one(PendingTable)
        self.entries = self.query_one(EntryTable)
        self.detail = self.query_one(EntryDetail)
        self.grey(self.abilities)
        for table in self.query(LiveTable):
            table.show_title()
        self.streams.empty = "Looking…"
        self.lay_out()
        self.set_focus(self.streams)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do nothing here are not in the footer; those of the filter line are text."""
        if action in {"filter", "go"} and isinstance(self.focused, FilterLine):
            return False
        if action == "faults" and self.current != "streams":
            return False
        return super().check_action(action, parameters)

    # What is selected

    @property
    def fuller_list(self) -> str:
        """Pending entries, if the group has any."""
        return "pending" if self.group is not None and self.group.pending else "entries"

    def pane_changed(self) -> None:
        if self.current == "consumers":
            self.pending.show_only(None)
        self.update_panes()

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

    # From a snapshot to the panes

    def watch_source(self, source: Source | None) -> None:
        if self.is_mounted:
            self.pending.source = self.entries.source = self.detail.source = source

    def watch_abilities(self, abilities: Abilities | None) -> None:
        if self.is_mounted:
            self.grey(abilities)

    def grey(self, abilities: Abilities | None) -> None:
        """Let each pane grey the keys that cannot work."""
        for pane in (self.streams, self.groups, self.consumers, self.pending, self.entries):
            pane.abilities = abilities
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
        found = judged.streams
        if self.faults_only:
            found = [row for row in found if row.verdict.is_trouble or row.stream.error]
        self.streams.empty = self._why_no_streams(snapshot)
        self.streams.data = found
        stream = self.stream
        self.groups.empty = "This stream has no groups." if stream else ""
        self.groups.data = rows.group_rows(stream, judged, judge.history) if stream else ()
        group = self.group
        self.groups.within(stream)
        self.consumers.within(stream, group)
        self.consumers.empty = "This group has no consumers." if group else ""
        past = judge.history.changes(stream.name, group.name) if stream and group else None
        self.consumers.data = (
            rows.consumer_rows(group, snapshot, judge.limits, past) if group else ()
        )
        self.lay_out()
        self.pending.show(stream, group)
        self.entries.in_use = self.current in {"entries", "detail"}
        self.entries.show(stream, snapshot.time_ms)
        self.query_one(VerdictLine).show(stream, self.groups.selected)
        bar = self.query_one(PaneBar)
        bar.path = tuple(each.name for each in (stream, group) if each is not None)
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
        if self.list_shown == "pending" and self.stream is not None:
            pending = self.pending
            coming = pending.in_view or pending.fetching
            self.detail.show_pending(self.stream.name, pending.selected, time_ms, coming=coming)
        elif row is not None:
            self.detail.show(row.entry, time_ms)
        else:
            self.detail.say("No entry is selected.")

    # What rows must hold

    def action_filter(self) -> None:
        """Ask for the words that rows must hold."""
        if self.narrowed is not None:
            self.query_one(FilterLine).begin(self.narrowed)

    def action_faults(self) -> None:
        """Show only streams in trouble, or all again."""
        self.faults_only = not self.faults_only
