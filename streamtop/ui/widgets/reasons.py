"""The sentence: what is wrong with the selected group, or how its lag is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from streamtop.ui.widgets.streams import sign_of

if TYPE_CHECKING:
    from textual.app import RenderResult

    from streamtop.model.snapshot import Stream
    from streamtop.ui.rows import GroupRow


class Reasons(Widget):
    """A few lines of always the same height: what is above and below never moves."""

    said: reactive[Content] = reactive(Content(""))

    def show(self, stream: Stream | None, row: GroupRow | None) -> None:
        """Say what there is to say of this group."""
        if stream is not None and stream.error is not None:
            self.said = Content.styled(stream.error, "$text-error")
        elif row is None:
            self.said = Content("")
        elif row.verdict.reasons:
            tone = "$text-error" if sign_of(row.verdict).tone == "error" else "$text-warning"
            told = Content(" ".join(row.verdict.reasons))
            self.said = Content.assemble((f"{row.verdict.kind}: ", f"bold {tone}"), told)
        else:
            self.said = Content.styled(f"lag: {row.group.lag.because}", "$foreground 60%")

    def render(self) -> RenderResult:
        """As many lines as there is room for; an ellipsis says that there are more."""
        lines = self.said.wrap(max(1, self.content_size.width))
        room = max(1, self.content_size.height)
        if len(lines) > room:
            last = Content.assemble(lines[room - 1].rstrip(), "…")
            lines = [*lines[: room - 1], last.truncate(self.content_size.width, ellipsis=True)]
        return Content("\n").join(lines)
