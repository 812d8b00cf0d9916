"""The line on the selected group: what is wrong with it, and how its lag is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from streamtop import figures
from streamtop.model.text import printable
from streamtop.source import SourceError
from streamtop.ui.messages import LookRequested
from streamtop.ui.widgets.streams import sign_of

if TYPE_CHECKING:
    from textual.app import RenderResult

    from streamtop.model.snapshot import Group, Stream
    from streamtop.source import Source
    from streamtop.ui.rows import GroupRow


class VerdictLine(Widget):
    """A few lines of a constant height, so that nothing above or below moves."""

    said: reactive[Content] = reactive(Content(""))
    lag: reactive[Content] = reactive(Content(""))
    """By which rule the lag is known."""
    counting: reactive[str] = reactive("")
    """The progress of a full count of the lag; empty while none is running."""

    def show(self, stream: Stream | None, row: GroupRow | None) -> None:
        """Show the verdict on a group, and the rule by which its lag is known."""
        self.lag = Content("")
        if stream is not None and stream.error is not None:
            self.said = Content.styled(stream.error, "$text-error")
            return
        if row is None:
            self.said = Content("")
            return
        self.lag = Content.styled(
            f"lag {figures.lag(row.group.lag)}: {row.group.lag.because}", "$foreground 60%"
        )
        tone = {"error": "$text-error", "warning": "$text-warning"}.get(sign_of(row.verdict).tone)
        reasons = Content(" ".join(row.verdict.reasons))
        kind = row.verdict.kind.replace("_", " ")
        self.said = (
            Content.assemble((f"{kind}: ", f"bold {tone or ''}"), reasons)
            if reasons
            else Content("")
        )

    def recount(self, source: Source, stream: str, group: Group) -> None:
        """Count the lag of a group in full; while a count is running, stop it."""
        if self.counting:
            self.workers.cancel_group(self, "recount")
            self.counting = ""
        else:
            self._recount(source, stream, group)

    @work(group="recount", exclusive=True)
    async def _recount(self, source: Source, stream: str, group: Group) -> None:
        counting = f"counting the lag of {printable(group.name)}"
        of = "" if group.lag.count is None else f" of {figures.lag(group.lag)}"
        self.counting = f"{counting}…  l stops"
        try:
            async for counted in source.recount(stream, group.name):
                self.counting = f"{counting}: {counted.count:,}{of} so far.  l stops"
        except SourceError as error:
            self.notify(str(error), title="Not counted", severity="error", markup=False)
        self.counting = ""
        self.post_message(LookRequested())  # the next look shows the count

    def render(self) -> RenderResult:
        """As many lines as fit; the last one is for the lag."""
        lag = Content.styled(self.counting, "$text-accent") if self.counting else self.lag
        room = max(1, self.content_size.height)
        width = max(1, self.content_size.width)
        lines = self.said.wrap(width) if self.said else []
        if len(lines) > room - 1:
            last = Content.assemble(lines[room - 2].rstrip(), "…")
            lines = [*lines[: room - 2], last.truncate(width, ellipsis=True)]
        return Content("\n").join([*lines, lag.truncate(width, ellipsis=True)])
