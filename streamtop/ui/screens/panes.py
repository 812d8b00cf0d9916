"""Panes that share a screen, or take turns to fill it; keys and clicks go from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.screen import Screen

from streamtop.ui.widgets.foldable_text import FoldableText
from streamtop.ui.widgets.key_bar import KeyBar
from streamtop.ui.widgets.live_table import LiveTable
from streamtop.ui.widgets.pane_bar import PANES, PaneBar

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

LEAST_WIDTH, LEAST_HEIGHT = 110, 30
"""Cells that all panes need; in a smaller terminal one pane is shown at a time."""
_OUT = {
    "groups": "streams",
    "consumers": "groups",
    "pending": "consumers",
    "entries": "streams",
}
"""Where Escape leads from each pane."""


class PaneScreen(Screen[None]):
    """Where the panes are and which has the focus; nothing of what they show."""

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
        Binding("escape", "out", "Back", id="pane.out", tooltip="Go out"),
        Binding("z", "zoom", "Zoom", id="pane.zoom", tooltip="Give the pane the whole screen"),
    ]

    zoomed: var[bool] = var(False)
    current: var[str] = var("streams")
    """The pane that has, or last had, the focus."""
    chosen_list: str | None = None
    """The list that the user chose, pending or entries; `None` while none was."""

    @property
    def fuller_list(self) -> str:
        """The list in which there is something, while the user chose none."""
        return "entries"

    def pane_changed(self) -> None:
        """Another pane is in use: what depends on that is brought up to date."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no zoom where one pane fills the screen anyway."""
        if action == "zoom" and self.one_pane and not self.zoomed:
            return False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str | None:
        """Why a key of this screen does nothing here, in a sentence; `None` if it does."""
        return None

    def on_key(self, event: events.Key) -> None:
        """A greyed key says why it is grey."""
        active = self.active_bindings.get(event.key)
        if active is not None and not active.enabled and active.node is self:
            why_not = self.why_not(active.binding.action)
            if why_not is not None:
                self.notify(why_not, title=active.binding.description, markup=False)

    @property
    def one_pane(self) -> bool:
        """Whether one pane fills the screen."""
        size = self.app.size
        return self.zoomed or size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT

    @property
    def list_shown(self) -> str:
        """Which of the two lists is shown."""
        return self.current if self.current in {"pending", "entries"} else self._list_in_use

    @property
    def _list_in_use(self) -> str:
        """The list that the user chose, or else the one in which there is something."""
        return self.chosen_list or self.fuller_list

    def lay_out(self) -> None:
        """Show the panes for which there is room."""
        one = self.one_pane
        visible = {self.current} if one else {*PANES} - {"pending", "entries"} | {self.list_shown}
        bar = self.query_one(PaneBar)
        bar.current = self.current
        self._display(bar, one)
        self._display(self.query_one("#middle"), bool(visible & {"groups", "consumers"}))
        self._display(self.query_one("#lower"), bool(visible & {"pending", "entries", "detail"}))
        for pane in PANES:
            self._display(self.query_one(f"#{pane}"), pane in visible)
        self.set_class(one, "-one-pane")
        self.query_one(KeyBar).compact = self.app.size.width < LEAST_WIDTH

    @staticmethod
    def _display(widget: Widget, shown: bool) -> None:
        """Show or hide a widget; what stays as it is costs no new layout."""
        if widget.display != shown:
            widget.display = shown

    def on_resize(self) -> None:
        self.lay_out()

    def watch_zoomed(self) -> None:
        if self.is_mounted:
            self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if event.widget.id in PANES and event.widget.id != self.current:
            self.current = event.widget.id
            self.lay_out()
            self.refresh_bindings()
            self.pane_changed()

    def action_go(self, pane: str) -> None:
        """Go to a pane."""
        if pane in {"pending", "entries"}:
            self.chosen_list = pane
        self.current = pane
        self.lay_out()
        self.set_focus(self.query_one(f"#{pane}"))
        self.pane_changed()

    def action_step(self, by: int) -> None:
        """Go to the next pane that is shown, or that could be."""
        reachable = [
            pane
            for pane in PANES
            if self.one_pane or pane not in {"pending", "entries"} or pane == self.list_shown
        ]
        at = reachable.index(self.current) if self.current in reachable else 0
        self.action_go(reachable[(at + by) % len(reachable)])

    def action_zoom(self) -> None:
        """Give the current pane the whole screen, or give it back."""
        self.zoomed = not self.zoomed

    def action_out(self) -> None:
        """Undo one step: a filter, a zoom, a pane."""
        narrowed = self.narrowed
        if narrowed is not None and narrowed.needle:
            narrowed.needle = ""
        elif self.zoomed:
            self.zoomed = False
        elif self.current == "detail":
            self.action_go(self._list_in_use)
        elif self.current in _OUT:
            self.action_go(_OUT[self.current])

    @property
    def table(self) -> LiveTable | None:  # type: ignore[type-arg] # of whatever rows
        """The table that keys go to."""
        pane = self.query_one(f"#{self.current}")
        return pane if isinstance(pane, LiveTable) else None

    @property
    def narrowed(self) -> LiveTable | FoldableText | None:  # type: ignore[type-arg] # of whatever rows
        """What a filter is typed for."""
        pane = self.query_one(f"#{self.current}")
        return pane if isinstance(pane, LiveTable | FoldableText) else None

    @on(PaneBar.Picked)
    def pick_pane(self, event: PaneBar.Picked) -> None:
        """A click on the bar goes to the pane."""
        self.action_go(event.pane)
