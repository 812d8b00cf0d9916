"""A full count of a group's lag, where what the server says of it is not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.reactive import var

from streamtop import figures
from streamtop.model.text import printable
from streamtop.source import SourceError
from streamtop.ui.messages import LookRequested
from streamtop.ui.screens.panes import PaneScreen
from streamtop.ui.widgets.verdict_line import VerdictLine

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group, Stream
    from streamtop.source import Source


class RecountScreen(PaneScreen):
    """Panes in which the lag of the selected group can be counted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "recount", "Count lag", id="groups.recount", tooltip="Count it in full; stop"),
    ]

    source: var[Source | None] = var(None)

    @property
    def stream(self) -> Stream | None:
        """The selected stream."""
        raise NotImplementedError

    @property
    def group(self) -> Group | None:
        """The selected group."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A lag that is proven is not counted."""
        if action == "recount":
            if self.current not in {"groups", "consumers"}:
                return False
            proven = self.group is None or self.group.lag.trust == "exact"
            return None if proven and not self.query_one(VerdictLine).counting else True
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str | None:
        """Why a key of this screen does nothing here."""
        if action == "recount":
            return "The lag is proven already." if self.group else "No group is selected."
        return super().why_not(action)

    def action_recount(self) -> None:
        """Count the selected group's lag in full; pressed again, stop counting."""
        reasons = self.query_one(VerdictLine)
        if reasons.counting:
            self.workers.cancel_group(self, "recount")
            reasons.counting = ""
        else:
            self.recount()

    @work(group="recount", exclusive=True)
    async def recount(self) -> None:
        """Count, and tell how far it is; the next look goes by the count."""
        stream, group = self.stream, self.group
        if self.source is None or stream is None or group is None:
            return
        reasons = self.query_one(VerdictLine)
        what = f"counting the lag of {printable(group.name)}"
        reasons.counting = f"{what}…  l stops"
        try:
            async for counted in self.source.recount(stream.name, group.name):
                of = "" if group.lag.count is None else f" of {figures.lag(group.lag)}"
                reasons.counting = f"{what}: {counted.count:,}{of} so far.  l stops"
        except SourceError as error:
            self.notify(str(error), title="Not counted", severity="error", markup=False)
        reasons.counting = ""
        self.post_message(LookRequested())
