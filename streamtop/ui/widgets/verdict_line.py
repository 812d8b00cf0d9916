"""The sentence: what is wrong with the selected group, or how its lag is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from streamtop import figures
from streamtop.ui.widgets.streams import sign_of

if TYPE_CHECKING:
    from textual.app import RenderResult

    from streamtop.model.snapshot import Stream
    from streamtop.ui.rows import GroupRow


class VerdictLine(Widget):
    """A few lines of always the same height: what is above and below never moves."""

    said: reactive[Content] = reactive(Content(""))
    lag: reactive[Content] = reactive(Content(""))
    """By which rule the lag is known."""
    counting: reactive[str] = reactive("")
    """How far a count of the lag has come; empty while none is under way."""

    def show(self, stream: Stream | None, row: GroupRow | None) -> None:
        """Say what there is to say of this group: what is wrong, and how its lag is known."""
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
        told = Content(" ".join(row.verdict.reasons))
        kind = row.verdict.kind.replace("_", " ")
        self.said = (
            Content.assemble((f"{kind}: ", f"bold {tone or ''}"), told) if told else Content("")
        )

    def render(self) -> RenderResult:
        """As many lines as there is room for; the last tells how the lag is known."""
        lag = Content.styled(self.counting, "$text-accent") if self.counting else self.lag
        room = max(1, self.content_size.height)
        width = max(1, self.content_size.width)
        lines = self.said.wrap(width) if self.said else []
        if len(lines) > room - 1:
            last = Content.assemble(lines[room - 2].rstrip(), "…")
            lines = [*lines[: room - 2], last.truncate(width, ellipsis=True)]
        return Content("\n").join([*lines, lag.truncate(width, ellipsis=True)])
